"""Lists are ``{count, next, previous, results}``; ``?page=`` and ``?page_size=`` (at most 100) choose."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        # Relative to the host, as everywhere in the API: a proxy in front may be reached by another name.
        for link in ("next", "previous"):
            if response.data[link]:
                response.data[link] = _without_origin(response.data[link])
        return response


def _without_origin(url: str) -> str:
    return "/" + url.split("://", 1)[-1].split("/", 1)[1]
