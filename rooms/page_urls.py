"""The pages of rooms and invites, and the front page."""

from django.urls import URLPattern, path

from rooms.pages import front, invites, people, room, settings

urlpatterns: list[URLPattern] = [
    path("", front.home, name="home"),
    path("robots.txt", front.robots, name="robots"),
    path("favicon.ico", front.favicon, name="favicon"),
    path("rooms/", front.by_code, name="room-by-code"),
    path("rooms/new/", room.new, name="room-new"),
    path("rooms/<str:code>/", room.room, name="room"),
    path("rooms/<str:code>/join/", room.join, name="room-join"),
    path("rooms/<str:code>/leave/", room.leave, name="room-leave"),
    path("rooms/<str:code>/settings/", settings.settings, name="room-settings"),
    path("rooms/<str:code>/settings/close/", settings.close, name="room-close"),
    path("rooms/<str:code>/settings/invites/", settings.create_invite, name="room-invite"),
    path("rooms/<str:code>/settings/invites/<uuid:invite_id>/revoke/", settings.revoke_invite, name="room-revoke"),
    path("rooms/<str:code>/settings/members/<uuid:user_id>/role/", people.role, name="room-role"),
    path("rooms/<str:code>/settings/members/<uuid:user_id>/mute/", people.mute, name="room-mute"),
    path("rooms/<str:code>/settings/members/<uuid:user_id>/control/", people.control, name="room-control"),
    path("rooms/<str:code>/settings/members/<uuid:user_id>/host/", people.host, name="room-make-host"),
    path("rooms/<str:code>/settings/members/<uuid:user_id>/kick/", people.kick, name="room-kick"),
    path("rooms/<str:code>/settings/members/<uuid:user_id>/ban/", people.ban, name="room-ban"),
    path("rooms/<str:code>/settings/bans/<uuid:user_id>/lift/", people.unban, name="room-unban"),
    path("i/<str:token>/", invites.invite, name="invite"),
    path("i/<str:token>/qr.svg", invites.qr, name="invite-qr"),
]
