"""What people fill in about movies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from movies.models import Subtitle

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


class PosterForm(forms.Form):
    """``prefix`` keeps its ids apart from those of the other forms on the page."""

    prefix = "poster"

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, 1 MB at most"),
        max_length=None,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


class SubtitleForm(forms.Form):
    """``prefix`` keeps its ids apart from those of the other forms on the page."""

    prefix = "subtitles"

    file = forms.FileField(
        label=_("File"),
        help_text=_("SRT, WebVTT or ASS"),
        max_length=None,
        widget=forms.FileInput(attrs={"accept": ".srt,.vtt,.ass,.ssa"}),
    )
    language = forms.CharField(
        label=_("Language"),
        help_text=_("Its tag: en, pt-BR, zh-Hant"),
        max_length=Subtitle.LANGUAGE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    label = forms.CharField(
        label=_("Name"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
