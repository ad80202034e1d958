"""What happened in the rooms. Sent inside the transaction of the change, so that a receiver's rows live or die with it.

Every signal carries ``room`` and ``by`` (the acting User; None when the server itself did it) and the keys named here.
The sender is the model class of what was changed.
"""

from django.dispatch import Signal

room_created = Signal()
room_changed = Signal()  # changes: {field: new value}; a password shows as "set" or ""
room_closed = Signal()

member_joined = Signal()  # user, role, invite: Invite | None
member_left = Signal()  # user
member_kicked = Signal()  # user
role_changed = Signal()  # user, role, before
member_muted = Signal()  # user, muted
control_asked = Signal()  # user
control_granted = Signal()  # user, granted: False when it was declined or taken back
member_banned = Signal()  # user
member_unbanned = Signal()  # user
guest_admitted = Signal()  # user, invite; follows member_joined

invite_created = Signal()  # invite
invite_revoked = Signal()  # invite
invite_accepted = Signal()  # invite, user; follows member_joined

queue_entry_added = Signal()  # entry
queue_entry_moved = Signal()  # entry, position
queue_entry_removed = Signal()  # entry

message_deleted = Signal()  # message: its text is gone already
