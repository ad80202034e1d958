"""Rooms, their people, invites and chat in the admin."""

from rooms.admin.chat import MessageAdmin
from rooms.admin.invites import InviteAdmin
from rooms.admin.people import BanAdmin, MembershipAdmin
from rooms.admin.queue import QueueEntryAdmin, WatchedAdmin
from rooms.admin.rooms import RoomAdmin

__all__ = [
    "BanAdmin",
    "InviteAdmin",
    "MembershipAdmin",
    "MessageAdmin",
    "QueueEntryAdmin",
    "RoomAdmin",
    "WatchedAdmin",
]
