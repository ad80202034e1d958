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


def test_every_attack_names_tests_that_there_are() -> None:
    matrix = TEXT.partition("## Tampering")[2].partition("\n## ")[0]
    attacks = re.findall(r"^\| (?!attack|---)[^|]+ \| [^|]+ \| [^|]+ \| ([^|]+) \|$", matrix, re.M)
    assert len(attacks) == matrix.count("\n| ") - 1
    for named in attacks:
        tests = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", named)
        assert tests, named
        for file, test in tests:
            text = (settings.BASE_DIR / "tests/audit" / file).read_text()
            assert f"def {test}(" in text if test else "def test_" in text, f"{file}::{test}"
