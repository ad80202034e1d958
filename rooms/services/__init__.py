"""What changes rooms. Every function is one transaction, takes its actor as ``by`` and refuses with a DomainError.

Live sockets are told by ``sync.notices`` once the change is committed; who wants to know inside the transaction
listens to ``rooms.signals``.
"""

from rooms.services.bans import ban, unban
from rooms.services.hosts import hand_over, stand_in, take_back
from rooms.services.invites import accept_invite, admit_guest, create_invite, preview_invite, revoke_invite
from rooms.services.members import change_role, join, kick, leave
from rooms.services.messages import delete_message, say
from rooms.services.queue import (
    add_to_queue,
    move_in_queue,
    next_in_queue,
    remember_plays,
    remove_from_queue,
    vote_to_skip,
)
from rooms.services.rights import ask_for_control, grant_control, mute
from rooms.services.rooms import RoomFields, change_room, close_room, create_room

__all__ = [
    "RoomFields",
    "accept_invite",
    "add_to_queue",
    "admit_guest",
    "ask_for_control",
    "ban",
    "change_role",
    "change_room",
    "close_room",
    "create_invite",
    "create_room",
    "delete_message",
    "grant_control",
    "hand_over",
    "join",
    "kick",
    "leave",
    "move_in_queue",
    "mute",
    "next_in_queue",
    "preview_invite",
    "remember_plays",
    "remove_from_queue",
    "revoke_invite",
    "say",
    "stand_in",
    "take_back",
    "unban",
    "vote_to_skip",
]
