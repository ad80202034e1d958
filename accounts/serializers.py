"""Shapes of what goes in and out of the REST endpoints."""

from typing import Any

from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts import selectors
from accounts.models import Session, User
from accounts.names import DISPLAY_NAME_MAX, USERNAME_MAX, USERNAME_MIN, username_characters, visible_name

EMAIL_MAX = 254
# Longer than anybody types, short enough to be hashed at once.
PASSWORD_MAX = 256
# Refresh tokens have 43 characters; uids and mailed tokens fewer.
OPAQUE_MAX = 200


class TextOnly:
    """DRF would take the number 7 for the text "7"."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(_("Not a valid string."), code="invalid")
        text: str = super().to_internal_value(data)  # type: ignore[misc]  # of the field that it is mixed into
        return text


class TextField(TextOnly, serializers.CharField):
    pass


class AddressField(TextOnly, serializers.EmailField):
    pass


def password_field() -> TextField:
    """Taken as it is, blanks at its ends included."""
    return TextField(max_length=PASSWORD_MAX, trim_whitespace=False, style={"input_type": "password"})


class ProfileSerializer(serializers.Serializer[User]):
    """What a person may say of themselves."""

    username = TextField(
        max_length=USERNAME_MAX,
        validators=[MinLengthValidator(USERNAME_MIN), username_characters],
        help_text=_("Unique, whatever its case."),
    )
    email = AddressField(max_length=EMAIL_MAX)
    display_name = TextField(max_length=DISPLAY_NAME_MAX, required=False, allow_blank=True, validators=[visible_name])


class RegisterSerializer(ProfileSerializer):
    password = password_field()


class AccountSerializer(serializers.ModelSerializer[User]):
    """A person, as they see themselves."""

    name = serializers.CharField(help_text=_("What other people are shown."))

    class Meta:
        model = User
        fields = ["id", "username", "email", "display_name", "name", "is_guest", "email_verified_at", "date_joined"]
        read_only_fields = fields


class TokensSerializer(serializers.Serializer[Any]):
    access = TextField(help_text=_("For Authorization: Bearer; good for minutes."))
    refresh = TextField(help_text=_("Good once, for the next pair."))


class SignedInSerializer(TokensSerializer):
    user = AccountSerializer()


class CredentialsSerializer(serializers.Serializer[Any]):
    username = TextField(max_length=EMAIL_MAX, help_text=_("Or the mail address."))
    password = password_field()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = TextField(max_length=OPAQUE_MAX)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    old_password = password_field()
    new_password = password_field()


class PasswordResetSerializer(serializers.Serializer[Any]):
    email = AddressField(max_length=EMAIL_MAX)


class MailedLinkSerializer(serializers.Serializer[Any]):
    """What a mailed link carries."""

    uid = TextField(max_length=OPAQUE_MAX)
    token = TextField(max_length=OPAQUE_MAX)


class PasswordResetConfirmSerializer(MailedLinkSerializer):
    new_password = password_field()


class DeviceSerializer(serializers.ModelSerializer[Session]):
    """A signed-in device."""

    current = serializers.SerializerMethodField(help_text=_("Whether this request came from it."))

    class Meta:
        model = Session
        fields = ["id", "kind", "user_agent", "ip", "created_at", "last_seen_at", "expires_at", "current"]
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_current(self, session: Session) -> bool:
        return str(session.pk) == selectors.sid_of(self.context["request"])
