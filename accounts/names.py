"""What people may be called: the user name that they sign in with, and the name that others are shown."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

USERNAME_MIN, USERNAME_MAX = 2, 64
DISPLAY_NAME_MAX = 60

# ASCII only, so that "the same but for its case" means one thing to every database, and no letter looks like another
# alphabet's. Never an @: what has one is a mail address. ``display_name`` is where every script is welcome.
username_characters = RegexValidator(
    re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z"),
    _("Use letters a to z, digits and . _ - only, beginning with a letter or digit."),
    code="characters",
)

# They reorder or hide what stands around them, in every list that the name is shown in.
_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\u200b")


def visible_name(value: str) -> None:
    """Refuses control characters, marks that reorder text, and names of which nothing is seen."""
    if any(unicodedata.category(letter) in _UNSEEN or letter in _REORDERING for letter in value):
        raise ValidationError(_("Leave out control characters and line breaks."), code="characters")
    if value and not any(unicodedata.category(letter)[0] in "LNPS" for letter in value):
        raise ValidationError(_("A name needs at least one visible character."), code="blank")
