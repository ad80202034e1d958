"""The pages of the audit trail."""

from django.urls import URLPattern, path

from audit import pages

urlpatterns: list[URLPattern] = [
    path("rooms/<str:code>/settings/audit/", pages.room_audit, name="room-audit-page"),
]
