"""docs/asyncapi.yaml tells the truth: the harness checks every message that any test receives against it."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from sync import protocol
from tests.sync.contract import DOCUMENT, check, documented
from tests.sync.test_protocol import VALID

PAGE = (Path(__file__).resolve().parents[2] / "docs/protocol.md").read_text()


def test_it_works() -> None:
    check("fromServer", {"type": "ack", "id": "a", "seq": 1})
    with pytest.raises(ValidationError):
        check("fromServer", {"type": "ack", "id": "a", "seq": 1, "undocumented": 1})


@pytest.mark.parametrize("operation", ["fromClient", "fromServer"])
def test_every_schema_is_one(operation: str) -> None:
    for payload in documented(operation).values():
        Draft202012Validator.check_schema(payload)


def test_what_clients_may_send() -> None:
    assert set(documented("fromClient")) == protocol.incoming.TYPES
    for type, keys in VALID.items():
        check("fromClient", {"type": type, **keys})


@pytest.mark.parametrize("operation", ["fromClient", "fromServer"])
def test_the_page_names_every_message(operation: str) -> None:
    rows = set(re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in PAGE.splitlines() if line[:2] == "| ")))
    assert set(documented(operation)) <= rows


def test_all_parts_are_referred_to() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/asyncapi.yaml").read_text()
    for kind in ("messages", "schemas"):
        for name in DOCUMENT["components"][kind]:
            assert f"#/components/{kind}/{name}" in text
