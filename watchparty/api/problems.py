"""Errors as application/problem+json (RFC 9457), one form for ours, DRF's and Django's.

``{type, title, status, detail, errors: [{field, code, detail}]}``.
"""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from watchparty.errors import DomainError, RateLimited, Unavailable

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


def problem(
    status: int, detail: str, *, title: str = "", code: str = "", errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The body of a problem. ``code`` is a stable word for programs, beside the members that RFC 9457 names."""
    phrase = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": title or phrase,
        "status": status,
        "code": code or phrase.lower().replace(" ", "_"),
        "detail": detail,
        "errors": errors or [],
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER."""
    if isinstance(error, DomainError):
        response = _from_domain(error)
    elif isinstance(error, OperationalError | InterfaceError):
        # It is down, or all its connections have been busy for longer than one waits for them.
        logger.error("The database did not answer", exc_info=error)
        response = _from_domain(Unavailable(_("The database doesn't answer. Try again in a few seconds.")))
    elif isinstance(error, RequestDataTooBig):
        response = Response(problem(413, _("The body is larger than this server takes.")), status=413)
    else:
        found = drf_exception_handler(error, context)
        if found is None:
            return None
        response = _from_drf(error, found)
    # Whatever the client accepts, an error is a problem document; only the browsable pages keep their HTML.
    renderer = getattr(context.get("request"), "accepted_renderer", None)
    if renderer is None or renderer.format != "api":
        response.content_type = CONTENT_TYPE
    return response


def _from_domain(error: DomainError) -> Response:
    errors = [{"field": error.field, "code": error.code, "detail": str(error.detail)}] if error.field else []
    body = problem(error.status, str(error.detail), title=error.title, code=error.code, errors=errors)
    headers = {"Retry-After": str(ceil(error.retry_after))} if isinstance(error, RateLimited) else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, status=error.status, headers=headers)


def _from_drf(error: Exception, response: Response) -> Response:
    status = response.status_code
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flat(error.get_full_details()))
        detail = errors[0]["detail"] if len(errors) == 1 else _("%d values are not as expected.") % len(errors)
        body = problem(status, detail, title=_("Invalid input"), code="invalid", errors=errors)
    else:
        if isinstance(error, exceptions.APIException):
            detail, code = str(error.detail), str(getattr(error.detail, "code", ""))
        else:
            detail = _("There is nothing here.") if isinstance(error, Http404) else _("You may not do this.")
            code = "forbidden" if isinstance(error, PermissionDenied) else "not_found"
        body = problem(status, detail, code=code)
    response.data = body
    return response


def _flat(details: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """DRF's nested details as rows, the field with its path in dots."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"} and isinstance(details["message"], str):
        yield {"field": path or None, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            here = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from _flat(inner, here)
    else:
        for index, inner in enumerate(details):
            nested = isinstance(inner, Mapping) and set(inner) != {"message", "code"}
            yield from _flat(inner, f"{path}.{index}" if nested and path else path)


def as_response(status: int, detail: str, *, code: str = "") -> HttpResponse:
    """A problem outside of DRF: in a plain view or a middleware."""
    return JsonResponse(problem(status, detail, code=code), status=status, content_type=CONTENT_TYPE)


def wants_problem(request: HttpRequest) -> bool:
    """The API speaks problem+json; pages speak HTML."""
    return request.path.startswith("/api/")
