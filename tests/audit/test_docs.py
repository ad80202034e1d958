"""docs/audit.md says what there is."""

import re

import pytest
from django.conf import settings

from audit.facts import FIELDS, PERSONAL, Fact

TEXT = (settings.BASE_DIR / "docs/audit.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \|([^|]*)\|$", TEXT, re.M))
PERSONAL_ROWS = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|$", TEXT, re.M))


def test_no_fact_is_told_of_that_does_not_exist() -> None:
    assert set(ROWS) <= set(Fact.values)


@pytest.mark.parametrize("fact", Fact)
def test_every_fact_is_told_of_with_its_fields(fact: Fact) -> None:
    assert set(re.findall(r"`(\w+)`", ROWS[fact.value])) == FIELDS[fact]


def test_what_is_personal_is_told_of() -> None:
    assert {fact: set(re.findall(r"`(\w+)`", row)) for fact, row in PERSONAL_ROWS.items()} == PERSONAL
