"""What happened to accounts."""

from django.dispatch import Signal

# Sent inside the transaction of the change, so that a receiver's rows live or die with it. Each carries ``user`` and
# ``by`` (the acting User; None when the server itself did it) beside the keys named here. The sender is User.
user_registered = Signal()  # a guest too: user.is_guest
user_signed_in = Signal()  # session
# user may be None; reason: "unknown_user" | "wrong_password" | "disabled"; ip, user_agent: "" where unknown; by is None
sign_in_failed = Signal()
password_changed = Signal()
profile_edited = Signal()  # changed: the names of the fields
data_exported = Signal()
email_verified = Signal()
user_deactivated = Signal()
user_activated = Signal()
rights_changed = Signal()  # user.is_staff, user.is_superuser as they are now
session_refreshed = Signal()  # session
session_closed = Signal()  # session, reason: "signed_out" | "reuse" | "password" | "disabled" | "erased"
# Before the rows vanish: what hangs on them outside of the database (rooms that are open, files) goes now.
user_erased = Signal()

# Sent after the commit, for what is outside of the database: open sockets. The sender is None.
session_ended = Signal()  # sid: str
user_disabled = Signal()  # user_id: str; the account was deactivated or erased
profile_changed = Signal()  # user_id: str, name: str
