"""docs/asyncapi.yaml as validators: what the server sends is checked against what is documented."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = yaml.safe_load((Path(__file__).resolve().parents[2] / "docs/asyncapi.yaml").read_text())


def documented(operation: str) -> dict[str, dict[str, Any]]:
    """The payload schemas of an operation, by `type`."""
    payloads = {}
    for reference in DOCUMENT["operations"][operation]["messages"]:
        name = reference["$ref"].rpartition("/")[2]
        target = DOCUMENT["channels"]["room"]["messages"][name]["$ref"].rpartition("/")[2]
        payload = DOCUMENT["components"]["messages"][target]["payload"]
        payloads[payload["properties"]["type"]["const"]] = payload
    return payloads


@cache
def _validators(operation: str) -> dict[str, Draft202012Validator]:
    return {
        type: Draft202012Validator({**payload, "components": DOCUMENT["components"], "additionalProperties": False})
        for type, payload in documented(operation).items()
    }


def check(operation: str, message: dict[str, Any]) -> None:
    """Raises unless the message is as documented, without a key that is not."""
    _validators(operation)[message["type"]].validate(message)
