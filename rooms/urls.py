"""Below /api/v1/."""

from django.urls import URLPattern, path, register_converter
from django.urls.converters import IntConverter

from rooms.views import invites, live, members, queue
from rooms.views import rooms as views


class ChatSeq(IntConverter):
    """A line's number: no more digits than a database can count with."""

    regex = "[0-9]{1,18}"


register_converter(ChatSeq, "chat_seq")

urlpatterns: list[URLPattern] = [
    path("auth/guest/", invites.Guest.as_view(), name="guest"),
    path("invites/<str:token>/", invites.Preview.as_view(), name="invite"),
    path("invites/<str:token>/accept/", invites.Accept.as_view(), name="invite-accept"),
    path("rooms/", views.Rooms.as_view(), name="rooms"),
    # No code is like this: its first group has three letters.
    path("rooms/templates/", views.Templates.as_view(), name="room-templates"),
    path("rooms/<slug:code>/", views.OneRoom.as_view(), name="room"),
    path("rooms/<slug:code>/join/", views.Join.as_view(), name="room-join"),
    path("rooms/<slug:code>/leave/", views.Leave.as_view(), name="room-leave"),
    path("rooms/<slug:code>/members/", members.Members.as_view(), name="room-members"),
    path("rooms/<slug:code>/members/<uuid:user_id>/", members.OneMember.as_view(), name="room-member"),
    path("rooms/<slug:code>/host/", members.Host.as_view(), name="room-host"),
    path("rooms/<slug:code>/control-requests/", members.Wishes.as_view(), name="room-wishes"),
    path("rooms/<slug:code>/control-requests/<uuid:user_id>/", members.OneWish.as_view(), name="room-wish"),
    path("rooms/<slug:code>/bans/", members.Bans.as_view(), name="room-bans"),
    path("rooms/<slug:code>/bans/<uuid:user_id>/", members.OneBan.as_view(), name="room-ban"),
    path("rooms/<slug:code>/invites/", invites.Invites.as_view(), name="room-invites"),
    path("rooms/<slug:code>/invites/<uuid:invite_id>/", invites.OneInvite.as_view(), name="room-invite"),
    path("rooms/<slug:code>/ticket/", live.Ticket.as_view(), name="room-ticket"),
    path("rooms/<slug:code>/state/", live.State.as_view(), name="room-state"),
    path("rooms/<slug:code>/commands/", live.Commands.as_view(), name="room-commands"),
    path("rooms/<slug:code>/messages/", live.Messages.as_view(), name="room-messages"),
    path("rooms/<slug:code>/messages/<chat_seq:chat_seq>/", live.OneMessage.as_view(), name="room-message"),
    path("rooms/<slug:code>/queue/", queue.Queue.as_view(), name="room-queue"),
    path("rooms/<slug:code>/queue/next/", queue.Next.as_view(), name="room-queue-next"),
    path("rooms/<slug:code>/queue/skip/", queue.Skip.as_view(), name="room-queue-skip"),
    path("rooms/<slug:code>/history/", queue.History.as_view(), name="room-history"),
    path("rooms/<slug:code>/queue/<uuid:entry_id>/", queue.OneEntry.as_view(), name="room-queue-entry"),
]
