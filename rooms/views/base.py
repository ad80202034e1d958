"""What the endpoints below ``rooms/{code}/`` share."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from accounts.addresses import client_address, limit_key
from accounts.models import User
from rooms import selectors
from rooms.access import Standing

CODE = OpenApiParameter("code", OpenApiTypes.STR, OpenApiParameter.PATH, description="The room's code.")


def asker_of(request: Request) -> str:
    """What limits on invites count by: the user, or the address of who isn't signed in."""
    return str(request.user.pk) if request.user.is_authenticated else limit_key(client_address(request))


class SignedInView(GenericAPIView[Any]):
    @property
    def me(self) -> User:
        return cast(User, self.request.user)

    def checked(self, *, partial: bool = False) -> dict[str, Any]:
        """The request's body by this view's serializer; a body that doesn't fit is answered by 400."""
        serializer: BaseSerializer[Any] = self.get_serializer(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)


class RoomView(SignedInView):
    def seen(self) -> Standing:
        """The room of the path, if I may know of it. Raises NotFound."""
        return selectors.seen_by(self.me, self.kwargs["code"])

    def entered(self) -> Standing:
        """The room of the path, if I am in it. Raises NotFound, Forbidden."""
        found = self.seen()
        found.require_member()
        return found

    def moderated(self) -> Standing:
        """The room of the path, if I am a moderator or host of it. Raises NotFound, Forbidden."""
        found = self.seen()
        found.require_moderator()
        return found
