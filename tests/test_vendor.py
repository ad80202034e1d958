"""Other people's code in static/vendor/: what scripts/vendor fetched, unchanged, with its licence."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted((ROOT / "static/vendor").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_it_is_what_was_fetched(folder: Path):
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    noted = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    del found["SHA256SUMS"]
    assert found == noted
    assert "LICENSE" in noted


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_module_of_ours_loads_this_version(folder: Path):
    modules = "".join(path.read_text() for path in (ROOT / "static/js").rglob("*.js"))
    assert any(f"vendor/{folder.name}/{path.name}" in modules for path in folder.glob("*js"))
