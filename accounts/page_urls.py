from django.urls import URLPattern, path
from django.views.generic import TemplateView

urlpatterns: list[URLPattern] = [
    path("accounts/login/", TemplateView.as_view(template_name="base.html"), name="login"),
    path("accounts/register/", TemplateView.as_view(template_name="base.html"), name="register"),
    path("accounts/profile/", TemplateView.as_view(template_name="base.html"), name="profile"),
]
