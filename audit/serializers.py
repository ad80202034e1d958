"""Audit entries as JSON."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.facts import Fact
from audit.ledger.port import LedgerUnavailable, Proof
from audit.models import OutboxEvent
from audit.personal import State, read
from audit.selectors import Names
from audit.verification import verify_one
from rooms.models import Room


class AuditActorSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(allow_null=True, help_text="null once the account was erased")


class AuditRoomSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField(allow_null=True, help_text="null once the room is gone")


class AuditEntrySerializer(serializers.ModelSerializer[OutboxEvent]):
    """Something that was done. No fact holds names; they are looked up now, and gone when the person is."""

    # The context has ``names``, the selectors' for these entries.

    id = serializers.UUIDField(source="event", read_only=True)
    what = serializers.CharField(source="get_fact_display", read_only=True, help_text="the fact in words")
    actor = serializers.SerializerMethodField(help_text="who did it; null when the server did")
    room = serializers.SerializerMethodField(help_text="where; null when it wasn't in a room")
    subject_name = serializers.SerializerMethodField(help_text="its name, if that is a person who still has one")

    class Meta:
        model = OutboxEvent
        fields = ["id", "fact", "what", "actor", "room", "subject", "subject_name", "data", "at", "tx"]
        read_only_fields = fields

    @property
    def _names(self) -> Names:
        names: Names = self.context["names"]
        return names

    @extend_schema_field(AuditActorSerializer(allow_null=True))
    def get_actor(self, event: OutboxEvent) -> dict[str, Any] | None:
        return {"id": event.actor, "name": self._names.users.get(event.actor)} if event.actor else None

    @extend_schema_field(AuditRoomSerializer(allow_null=True))
    def get_room(self, event: OutboxEvent) -> dict[str, Any] | None:
        return {"id": event.room, "code": self._names.rooms.get(event.room)} if event.room else None

    def get_subject_name(self, event: OutboxEvent) -> str | None:
        return self._names.subject(event)


class LedgerHeadSerializer(serializers.Serializer[Any]):
    tx = serializers.IntegerField()
    hash = serializers.CharField()
    signature = serializers.CharField()


class AuditProofSerializer(serializers.Serializer[Any]):
    """How an entry stands in the ledger. Hashes are hexadecimal SHA-256."""

    verified = serializers.BooleanField()
    state = serializers.ChoiceField(choices=["verified", "pending", "tampered", "unavailable"])
    detail = serializers.CharField(help_text="what is wrong; empty when nothing is")
    ledger = serializers.CharField()
    transaction = serializers.IntegerField(allow_null=True, help_text="ImmuDB's, for the batch that it came with")
    tx = serializers.IntegerField(allow_null=True)
    hash = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    head = LedgerHeadSerializer(allow_null=True)


class AuditPersonalSerializer(serializers.Serializer[Any]):
    """What is personal in an entry, decrypted with the key of the person that it is about."""

    state = serializers.ChoiceField(
        choices=[state.value for state in State],
        help_text="`erased`: their account is gone, and the key with it; `unreadable`: the key doesn't fit",
    )
    values = serializers.DictField(child=serializers.CharField(), help_text="empty unless it is readable")


class AuditEntryWithProofSerializer(AuditEntrySerializer):
    personal = serializers.SerializerMethodField(help_text="null where the entry holds nothing personal")
    proof = serializers.SerializerMethodField()

    class Meta(AuditEntrySerializer.Meta):
        fields = [*AuditEntrySerializer.Meta.fields, "personal", "proof"]
        read_only_fields = fields

    @extend_schema_field(AuditPersonalSerializer(allow_null=True))
    def get_personal(self, event: OutboxEvent) -> dict[str, Any] | None:
        found = read([event]).get(event.event)
        return {"state": found.state.value, "values": dict(found.fields)} if found else None

    @extend_schema_field(AuditProofSerializer)
    def get_proof(self, event: OutboxEvent) -> dict[str, Any]:
        try:
            return as_json(verify_one(event), self.context["ledger"])
        except LedgerUnavailable as away:
            # The entry is worth seeing all the same.
            return without_proof("unavailable", away.detail, self.context["ledger"])


def as_json(proof: Proof | None, ledger: str) -> dict[str, Any]:
    """A proof in the form of AuditProofSerializer; None is an entry that waits to be shipped."""
    if proof is None:
        return without_proof("pending", "", ledger)
    return {
        "verified": proof.verified,
        "state": "verified" if proof.verified else "tampered",
        "detail": proof.problem,
        "ledger": proof.ledger,
        "transaction": proof.transaction,
        "tx": proof.tx,
        "hash": proof.hash or None,
        "previous": proof.previous or None,
        "head": {"tx": proof.head_tx, "hash": proof.head_hash, "signature": proof.head_signature},
    }


def without_proof(state: str, detail: str, ledger: str) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(("transaction", "tx", "hash", "previous", "head"))
    return {"verified": False, "state": state, "detail": detail, "ledger": ledger, **blank}


class AuditFilterSerializer(serializers.Serializer[Any]):
    """The query of the list."""

    fact = serializers.ChoiceField(choices=Fact.choices, required=False)
    actor = serializers.UUIDField(required=False)
    room = serializers.CharField(required=False, max_length=36, help_text="a room's code or id")
    subject = serializers.CharField(required=False, max_length=64)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="not included")
    shipped = serializers.BooleanField(required=False, allow_null=True, default=None)

    def validate_room(self, said: str) -> UUID:
        """Its id, whichever was said."""
        try:
            return UUID(said)
        except ValueError:
            found = Room.objects.filter(code=said.lower()).values_list("pk", flat=True).first()
        if found is None:
            raise serializers.ValidationError(_("No room has this code."), code="not_found")
        return found

    def narrow(self, events: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        """Call after ``is_valid``."""
        wanted: dict[str, Any] = dict(self.validated_data)
        shipped = wanted.pop("shipped")
        if shipped is not None:
            events = events.filter(tx__isnull=not shipped)
        lookups = {"since": "at__gte", "until": "at__lt"}
        return events.filter(Q(**{lookups.get(name, name): value for name, value in wanted.items()}))


class AuditStretchSerializer(serializers.Serializer[Any]):
    """Which part of the ledger."""

    after = serializers.IntegerField(min_value=0, max_value=2**53, default=0, help_text="the last entry you have")
