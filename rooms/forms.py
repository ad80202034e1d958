"""What people fill in about rooms. Checking is the services'; here is what is asked, and how."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from movies.models import Movie
from rooms.models import Membership, Room
from rooms.services import RoomFields
from rooms.templates import TEMPLATES
from watchparty.pages import plate

VISIBILITY = [
    (Room.Visibility.PRIVATE, plate(_("Private"), _("Only whom you invite. To others it doesn't exist."))),
    (Room.Visibility.UNLISTED, plate(_("Unlisted"), _("Anyone with the code may join."))),
    (Room.Visibility.PUBLIC, plate(_("Public"), _("Listed on the front page for everyone."))),
]
CONTROL = [
    (Room.Control.EVERYONE, plate(_("Everyone"), _("All may play, pause and seek."))),
    (Room.Control.MODERATORS, plate(_("Host and moderators"), _("The others watch and chat."))),
    (Room.Control.HOST, plate(_("Host only"), _("One hand on the projector."))),
]
POLICY = [
    (Room.Policy.EVERYONE, plate(_("Everyone"), _("Nobody misses a second."))),
    (Room.Policy.QUORUM, plate(_("Most"), _("A few slow ones catch up on their own."))),
    (Room.Policy.HOST, plate(_("Host only"), _("Just the host's player counts."))),
    (Room.Policy.NOBODY, plate(_("Nobody"), _("The film runs; the slow catch up."))),
]


class RoomForm(forms.Form):
    """What both a new room and a changed one ask."""

    name = forms.CharField(
        label=_("Name of the room"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    visibility = forms.ChoiceField(
        label=_("Who may come"), choices=VISIBILITY, widget=forms.RadioSelect, initial=Room.Visibility.PRIVATE
    )
    control = forms.ChoiceField(
        label=_("Who may play, pause and seek"),
        choices=CONTROL,
        widget=forms.RadioSelect,
        initial=Room.Control.EVERYONE,
    )
    policy = forms.ChoiceField(
        label=_("Whom the film waits for"), choices=POLICY, widget=forms.RadioSelect, initial=Room.Policy.EVERYONE
    )
    password = forms.CharField(
        label=_("Password of the room"),
        required=False,
        max_length=128,
        help_text=_("Asked of who joins by the code. An invite works without it."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    allow_guests = forms.BooleanField(
        label=_("Let guests in"),
        required=False,
        initial=True,
        help_text=_("Who has an invite needs no account, just a name."),
    )

    def room_fields(self) -> RoomFields:
        """The cleaned input as the services take it."""
        data = self.cleaned_data
        return RoomFields(
            name=data["name"],
            visibility=data["visibility"],
            control=data["control"],
            allow_guests=data["allow_guests"],
            password=data["password"],
            buffering={"policy": data["policy"]},
        )


class NewRoomForm(RoomForm):
    movie = forms.ModelChoiceField(
        label=_("First film"),
        queryset=Movie.objects.none(),
        required=False,
        empty_label=_("Choose later"),
    )
    # What the page was opened with: the settings that it doesn't ask come from there.
    template = forms.ChoiceField(choices=[(id, one.name) for id, one in TEMPLATES.items()], required=False)

    @staticmethod
    def initial_of(template: str) -> dict[str, Any]:
        """What a template answers of the questions on the page."""
        settings = TEMPLATES[template].settings
        return {
            "template": template,
            "control": settings["control"],
            "policy": settings["buffering"]["policy"],
            "allow_guests": settings["allow_guests"],
        }

    def __init__(self, *args: Any, movies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["movie"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = movies


class RoomSettingsForm(RoomForm):
    """An empty password leaves it as it is; ``open_door`` takes it away."""

    open_door = forms.BooleanField(label=_("Remove the password"), required=False)
    percent = forms.IntegerField(label=_("Most, in percent"), min_value=1, max_value=100, required=False, initial=50)
    grace = forms.FloatField(
        label=_("Patience"),
        min_value=0,
        max_value=10,
        help_text=_("Seconds, 0 to 10. A shorter hiccup doesn't hold the film."),
        widget=forms.NumberInput(attrs={"step": "0.1"}),
    )
    timeout = forms.FloatField(
        label=_("Longest wait"),
        min_value=1,
        max_value=300,
        help_text=_("Seconds, 1 to 300. Then it goes on without the slow."),
        widget=forms.NumberInput(attrs={"step": "1"}),
    )
    auto_next = forms.BooleanField(
        label=_("Go on by itself"),
        required=False,
        help_text=_("Five seconds after a film the next one of the queue starts."),
    )
    skip_votes = forms.BooleanField(
        label=_("Let the majority skip"),
        required=False,
        help_text=_("When more than half of those present want the next film, it comes."),
    )
    capacity = forms.IntegerField(label=_("Seats"), min_value=1, max_value=10000)
    slow_mode = forms.IntegerField(
        label=_("Slow chat"),
        min_value=0,
        max_value=3600,
        help_text=_("Seconds between two lines of one person. 0: as fast as they type."),
    )
    host_handover = forms.BooleanField(
        label=_("Somebody stands in for the host"),
        required=False,
        help_text=_(
            "When no host has been here for a minute: who is here longest, moderators first. Until the owner is back."
        ),
    )

    @staticmethod
    def initial_of(room: Room) -> dict[str, Any]:
        return {
            "name": room.name,
            "visibility": room.visibility,
            "control": room.control,
            "policy": room.buffering_policy,
            "percent": room.buffering_percent or 50,
            "grace": f"{room.buffering_grace:g}",
            "timeout": f"{room.buffering_timeout:g}",
            "allow_guests": room.allow_guests,
            "auto_next": room.auto_next,
            "skip_votes": room.skip_votes,
            "capacity": room.capacity,
            "slow_mode": room.slow_mode,
            "host_handover": room.host_handover,
        }

    def room_fields(self) -> RoomFields:
        data, fields = self.cleaned_data, super().room_fields()
        buffering: dict[str, Any] = {name: data[name] for name in ("policy", "grace", "timeout")}
        if data["percent"] is not None:
            buffering["percent"] = data["percent"]
        fields["buffering"] = buffering
        for name in ("capacity", "auto_next", "skip_votes", "slow_mode", "host_handover"):
            fields[name] = data[name]
        if data["open_door"]:
            fields["password"] = ""
        elif not data["password"]:
            del fields["password"]
        return fields


class JoinForm(forms.Form):
    password = forms.CharField(
        label=_("Password of the room"),
        max_length=128,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "required": True}),
    )


class GuestForm(forms.Form):
    display_name = forms.CharField(
        label=_("What shall we call you?"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class InviteForm(forms.Form):
    HOUR, DAY = 3600, 86400

    email = forms.EmailField(
        label=_("Mail it to"),
        required=False,
        help_text=_("Empty: just a link to hand on."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    expires_in = forms.TypedChoiceField(
        label=_("Good for"),
        coerce=int,
        initial=7 * DAY,
        choices=[(HOUR, _("an hour")), (DAY, _("a day")), (7 * DAY, _("a week")), (30 * DAY, _("a month"))],
    )
    max_uses = forms.IntegerField(
        label=_("Uses"), required=False, min_value=1, max_value=100_000, help_text=_("Empty: as often as wanted.")
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (Membership.Role.MEMBER, _("member")),
            (Membership.Role.MODERATOR, _("moderator")),
            (Membership.Role.HOST, _("host")),
        ],
    )
