"""The OpenAPI document: served, complete, and what docs/api.md lists."""

import re
from pathlib import Path

import pytest
import yaml
from django.test import Client

from sync.protocol import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
METHODS = {"get", "post", "patch", "delete", "put"}


@pytest.fixture
def operations(client: Client, db: None) -> set[str]:
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    paths = yaml.safe_load(answer.content)["paths"]
    return {
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, found in paths.items()
        for method in METHODS & set(found)
    }


def test_the_docs_list_every_operation_and_no_other(operations: set[str]):
    listed = re.findall(
        r"`((?:GET|POST|PUT|PATCH|DELETE)(?:/\w+)*) (\S+(?:/|\.m3u8|\.mp4))`", (ROOT / "docs/api.md").read_text()
    )
    assert {f"{method} {path}" for methods, path in listed for method in methods.split("/")} == operations


def test_every_operation_tells_of_its_problems(client: Client, db: None):
    paths = yaml.safe_load(client.get("/api/schema/").content)["paths"]
    for path, found in paths.items():
        for method in METHODS & set(found):
            assert "default" in found[method]["responses"], f"{method} {path}"


def test_every_command_has_its_twin(client: Client, db: None):
    parts = yaml.safe_load(client.get("/api/schema/").content)["components"]["schemas"]
    assert parts["CommandRequest"]["properties"]["type"]["enum"] == list(COMMANDS)
