"""Below /api/v1/. ``auth/guest/`` is with the rooms, whose invites let guests in."""

from django.urls import path

from accounts.views import mailed_links, me, sessions, signing_in

urlpatterns = [
    path("auth/register/", signing_in.Register.as_view(), name="api-register"),
    path("auth/token/", signing_in.Token.as_view(), name="api-token"),
    path("auth/token/refresh/", signing_in.TokenRefresh.as_view(), name="api-token-refresh"),
    path("auth/logout/", signing_in.Logout.as_view(), name="api-logout"),
    path("auth/sessions/", sessions.Sessions.as_view(), name="api-sessions"),
    path("auth/sessions/<uuid:id>/", sessions.OneSession.as_view(), name="api-session"),
    path("auth/password/change/", mailed_links.PasswordChange.as_view(), name="api-password-change"),
    path("auth/password/reset/", mailed_links.PasswordReset.as_view(), name="api-password-reset"),
    path(
        "auth/password/reset/confirm/", mailed_links.PasswordResetConfirm.as_view(), name="api-password-reset-confirm"
    ),
    path("auth/email/verify/", mailed_links.EmailVerify.as_view(), name="api-email-verify"),
    path("users/me/", me.Me.as_view(), name="api-me"),
    path("users/me/export/", me.Export.as_view(), name="api-me-export"),
]
