"""Writes."""

from accounts.services.email import send_verification, verify_email
from accounts.services.passwords import change_password, request_password_reset, reset_password, set_password
from accounts.services.people import disable, enable, erase, set_rights, shut_out, update_profile
from accounts.services.registration import create_guest, register
from accounts.services.sessions import (
    Tokens,
    end_all_sessions,
    end_app_sessions,
    end_session,
    issue_tokens,
    keep_web_session,
    log_out,
    open_web_session,
    rotate,
    seen,
)
from accounts.services.signing_in import sign_in

__all__ = [
    "Tokens",
    "change_password",
    "create_guest",
    "disable",
    "enable",
    "end_all_sessions",
    "end_app_sessions",
    "end_session",
    "erase",
    "issue_tokens",
    "keep_web_session",
    "log_out",
    "open_web_session",
    "register",
    "request_password_reset",
    "reset_password",
    "rotate",
    "seen",
    "send_verification",
    "set_password",
    "set_rights",
    "shut_out",
    "sign_in",
    "update_profile",
    "verify_email",
]
