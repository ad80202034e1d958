"""What people fill in about movies."""

from django import forms
from django.utils.translation import gettext_lazy as _

TITLE_MAX = 200


class TitleForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=TITLE_MAX, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class UploadForm(TitleForm):
    file = forms.FileField(
        label=_("Film"),
        help_text=_("MP4, MOV, MKV, WebM or AVI"),
        max_length=None,
        widget=forms.FileInput(attrs={"accept": "video/*,.mkv,.mp4,.m4v,.mov,.webm,.avi"}),
    )
    field_order = ("file", "title")
