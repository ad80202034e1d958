"""What was done, for those who may know: a room's hosts and moderators, and the staff for everything."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from audit import bundles, ledger, selectors
from audit.ledger.port import LedgerBroken
from audit.models import OutboxEvent
from audit.serializers import (
    AuditEntrySerializer,
    AuditEntryWithProofSerializer,
    AuditFilterSerializer,
    AuditProofSerializer,
    AuditStretchSerializer,
    as_json,
)
from audit.verification import verify_one
from rooms.selectors import seen_by
from watchparty.errors import Conflict


class MayReadTheTrail(BasePermission):
    """The staff who may see it in the admin: being staff alone is not enough."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_staff and request.user.has_perm("audit.view_outboxevent")


class _EntryList(GenericAPIView[OutboxEvent]):
    serializer_class = AuditEntrySerializer
    queryset = OutboxEvent.objects.none()

    def page(self, events: QuerySet[OutboxEvent]) -> Response:
        page = self.paginate_queryset(events) or []
        serializer = self.get_serializer(page, many=True, context={"names": selectors.names(page)})
        return self.get_paginated_response(serializer.data)


@extend_schema(tags=["audit"])
class RoomAudit(_EntryList):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="rooms_audit_list", responses=AuditEntrySerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        """What was done in this room, newest first: for its host and moderators."""
        assert request.user.is_authenticated
        standing = seen_by(request.user, code)
        standing.require_moderator()
        return self.page(selectors.of_room(standing.room))


@extend_schema(tags=["audit"])
class Entries(_EntryList):
    permission_classes = [MayReadTheTrail]

    @extend_schema(parameters=[AuditFilterSerializer], responses=AuditEntrySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Everything that was done, newest first: for the staff who may."""
        wanted = AuditFilterSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        return self.page(wanted.narrow(selectors.entries()))


@extend_schema(tags=["audit"])
class Export(APIView):
    permission_classes = [MayReadTheTrail]

    @extend_schema(
        operation_id="audit_export",
        parameters=[AuditStretchSerializer],
        responses={(200, "application/jsonl"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """A bundle of the ledger, at most 10,000 entries of it, that anybody can check without this server."""
        assert isinstance(request.user, User)
        wanted = AuditStretchSerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        try:
            bundle = bundles.export(by=request.user.pk, after=wanted.validated_data["after"])
        except LedgerBroken as broken:
            raise Conflict(str(broken), code="tampered") from broken
        name = f'attachment; filename="audit-after-{wanted.validated_data["after"]}.jsonl"'
        return HttpResponse(bundle, content_type="application/jsonl", headers={"Content-Disposition": name})


@extend_schema(tags=["audit"])
class Entry(APIView):
    permission_classes = [MayReadTheTrail]

    @extend_schema(operation_id="audit_entries_retrieve", responses=AuditEntryWithProofSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """One entry with its proof."""
        found = selectors.entry(id)
        context: dict[str, Any] = {
            "names": selectors.names([found]),
            "ledger": ledger.current().name,
        }
        return Response(AuditEntryWithProofSerializer(found, context=context).data)


@extend_schema(tags=["audit"])
class VerifyEntry(APIView):
    permission_classes = [MayReadTheTrail]

    @extend_schema(operation_id="audit_entries_verify", request=None, responses=AuditProofSerializer)
    def post(self, request: Request, id: UUID) -> Response:
        """Check one entry against the ledger now: its content, its place, and that the chain after it holds."""
        return Response(as_json(verify_one(selectors.entry(id)), ledger.current().name))
