from django.urls import path

from audit import views

urlpatterns = [
    path("rooms/<str:code>/audit/", views.RoomAudit.as_view(), name="room-audit"),
    path("audit/export/", views.Export.as_view(), name="audit-export"),
    path("audit/entries/", views.Entries.as_view(), name="audit-entries"),
    path("audit/entries/<uuid:id>/", views.Entry.as_view(), name="audit-entry"),
    path("audit/entries/<uuid:id>/verify/", views.VerifyEntry.as_view(), name="audit-entry-verify"),
]
