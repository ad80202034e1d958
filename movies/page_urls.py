from django.urls import URLPattern, path
from django.views.generic import TemplateView

urlpatterns: list[URLPattern] = [path("movies/", TemplateView.as_view(template_name="base.html"), name="movies")]
