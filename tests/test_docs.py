"""Documentation that points somewhere: every relative link leads to a file, every make target that is named exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("http") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path):
    text = page.read_text()
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake (run|test|check|lock|format|stack|bench|clean)\b", text)) <= targets


def test_every_feature_has_its_ways_in_and_a_test():
    """No cell is empty: where a way in is missing, it says why after a dash; and the tests that are named exist."""
    lines = (ROOT / "docs/features.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    features = [row for row in rows[1:] if not row[0].startswith("**")]
    assert len(features) > 20
    for row in features:
        assert len(row) == 6, row
        assert all(cell and cell != "–" for cell in row), row
        named = re.findall(r"`([\w/]+(?:\.test)?\.(?:py|js))`", row[5])
        assert named, row
        assert all((ROOT / "tests" / name).is_file() for name in named), row


def test_what_is_said_to_a_bad_upload_is_what_the_code_says():
    """Each sentence in quotes is one of the code's, with other numbers; each test that is named exists."""
    rows = [line.split("|") for line in (ROOT / "docs/movies.md").read_text().splitlines() if line.startswith("| ")]
    code = "".join(path.read_text() for path in (ROOT / "movies").glob("*.py"))
    said = re.sub(r"%(\(\w+\))?d|\d+", "0", code)
    assert len(rows) > 15
    for _, bad_input, answer, tests, _ in rows[1:]:
        for sentence in re.findall('"(.+?)"', answer):
            assert re.sub(r"\d+", "0", sentence) in said, (bad_input, sentence)
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert named, bad_input
        for file, test in named:
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(), (file, test)
