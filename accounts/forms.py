"""What people fill in about themselves. Checking is the services'; here is what is asked, and how."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.names import DISPLAY_NAME_MAX, USERNAME_MAX

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Long enough for any phrase; without a bound, hashing a megabyte would be anybody's to ask for.
PASSWORD_MAX = 256


def _password(label: "str | _StrPromise", autocomplete: str, help_text: "str | _StrPromise" = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=PASSWORD_MAX,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def _new_password(label: "str | _StrPromise") -> forms.CharField:
    return _password(label, "new-password", _("At least 8 characters, and not only digits. A short sentence is best."))


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("User name or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = _password(_("Password"), "current-password")


class RegisterForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=USERNAME_MAX,
        help_text=_("To sign in with: letters a to z, digits and . _ -"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("For a forgotten password, and nothing else."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = _new_password(_("Password"))
    display_name = forms.CharField(
        label=_("Display name"),
        max_length=DISPLAY_NAME_MAX,
        required=False,
        help_text=_("What others see in a room."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=_("Display name"),
        max_length=DISPLAY_NAME_MAX,
        required=False,
        help_text=_("What others see in a room. Empty: your user name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class PasswordForm(forms.Form):
    old_password = _password(_("Present password"), "current-password")
    new_password = _new_password(_("New password"))


class EraseForm(forms.Form):
    password = _password(_("Your password"), "current-password")


class ResetForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class NewPasswordForm(forms.Form):
    new_password = _new_password(_("New password"))
