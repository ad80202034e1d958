"""Bundles, checked as a stranger would: by the script alone, in a Python without Django or this project."""

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts.models import User
from audit.bundles import export
from audit.facts import Fact
from audit.ledger.local import LocalLedger
from audit.models import LedgerEntry, OutboxEvent

SCRIPT = Path(__file__).parents[2] / "scripts/check_audit_bundle.py"
Lines = list[dict[str, Any]]


def check(folder: Path, *bundles: str, roots: tuple[str, ...] = ()) -> tuple[int, str]:
    paths = [folder / f"{number}.jsonl" for number in range(len(bundles))]
    for path, bundle in zip(paths, bundles, strict=True):
        path.write_text(bundle)
    asked = [part for root in roots for part in ("--root", root)]
    # -I: isolated from this project's folder, -S: from its installed packages.
    command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, paths), *asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, env={})
    return done.returncode, done.stdout + done.stderr


def test_it_works(five: list[OutboxEvent], tmp_path: Path) -> None:
    head = LocalLedger().head()
    assert head is not None
    code, said = check(tmp_path, export(by=None), roots=(f"{head.tx}:{head.hash}",))
    assert (code, said) == (0, f"5 entries hold together, and your roots are in it.\nroot 5:{head.hash}\n")
    assert OutboxEvent.objects.get(tx=None).fact == Fact.AUDIT_EXPORTED


def test_bundles_follow_each_other(five: list[OutboxEvent], tmp_path: Path) -> None:
    first, second = export(by=None, most=3), export(by=None, after=3)
    assert check(tmp_path, first, second)[0] == 0
    assert check(tmp_path, second)[0] == 0
    assert check(tmp_path, second, first)[0] == 1
    assert check(tmp_path, first, export(by=None, after=4))[0] == 1


def edit(lines: Lines) -> None:
    lines[3]["payload"] = lines[3]["payload"].replace("member.joined", "member.kicked")


def remove(lines: Lines) -> None:
    del lines[3]


def cut_the_end_off(lines: Lines) -> None:
    del lines[5]


def file_under_another_event(lines: Lines) -> None:
    lines[3]["event"] = lines[4]["event"]


@pytest.mark.parametrize("change", [edit, remove, cut_the_end_off, file_under_another_event])
def test_what_was_changed_is_seen(change: Callable[[Lines], None], five: list[OutboxEvent], tmp_path: Path) -> None:
    lines = [json.loads(line) for line in export(by=None).splitlines()]
    change(lines)
    code, said = check(tmp_path, "\n".join(json.dumps(line) for line in lines))
    assert code == 1
    assert "NOT TRUE" in said


def test_another_history_does_not_fit_a_root_from_before(five: list[OutboxEvent], tmp_path: Path) -> None:
    assert check(tmp_path, export(by=None), roots=(f"3:{'0' * 64}",))[0] == 1
    assert check(tmp_path, export(by=None), roots=(f"9:{'0' * 64}",))[0] == 1


def test_what_is_no_bundle_is_not_taken_for_one(tmp_path: Path) -> None:
    for text in ("", "{}", "[]\n[]\n", "\x00"):
        assert check(tmp_path, text)[0] == 2


def test_the_command_prints_one(five: list[OutboxEvent]) -> None:
    out = StringIO()
    call_command("export_audit", "--after", "2", stdout=out)
    assert len(out.getvalue().splitlines()) == 5


def test_the_staff_who_may_get_one(five: list[OutboxEvent], api: Callable[..., APIClient], alice: User) -> None:
    assert api(alice).get("/api/v1/audit/export/").status_code == 403
    admin = User.objects.create_superuser(username="root", password=None)
    answer = api(admin).get("/api/v1/audit/export/?after=3")
    assert len(answer.content.splitlines()) == 4
    assert OutboxEvent.objects.get(fact=Fact.AUDIT_EXPORTED).actor == admin.pk
    LedgerEntry._base_manager.filter(tx=4).update(payload="{}")
    assert api(admin).get("/api/v1/audit/export/").status_code == 409
