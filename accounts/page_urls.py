"""The pages of one's account."""

from django.urls import URLPattern, path

from accounts.pages import entrance, mailed, profile

urlpatterns: list[URLPattern] = [
    path("accounts/login/", entrance.login, name="login"),
    path("accounts/register/", entrance.register, name="register"),
    path("accounts/logout/", entrance.logout, name="logout"),
    path("accounts/profile/", profile.profile, name="profile"),
    path("accounts/profile/change/", profile.change, name="profile-change"),
    path("accounts/profile/password/", profile.change_password, name="profile-password"),
    path("accounts/profile/sessions/others/end/", profile.end_other_sessions, name="profile-end-others"),
    path("accounts/profile/sessions/<uuid:session_id>/end/", profile.end_session, name="profile-end-session"),
    path("accounts/profile/verification/", profile.send_verification, name="profile-verification"),
    path("accounts/profile/erase/", profile.erase, name="profile-erase"),
    path("accounts/reset/", mailed.ask_reset, name="password-reset"),
    path("accounts/reset/<str:uid>/<str:token>/", mailed.reset, name="password-reset-confirm"),
    path("accounts/verify/<str:uid>/<str:token>/", mailed.verify, name="email-verify"),
]
