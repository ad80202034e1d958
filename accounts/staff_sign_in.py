"""The admin's sign-in form, with the lock-out that every other way in has."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from accounts import services
from accounts.addresses import client_address
from watchparty.errors import DomainError


class StaffSignInForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "username" in given and "password" in given:
            try:
                user = services.sign_in(
                    username=given["username"], password=given["password"], ip=client_address(self.request)
                )
            except DomainError as refusal:
                raise ValidationError(refusal.detail, code=refusal.code) from None
            self.confirm_login_allowed(user)
            self.user_cache = user
        return given
