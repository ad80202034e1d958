"""No service writes without a fact: read from the source of the apps, so that a new one is found too."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.dispatch import Signal

import accounts.signals
import movies.signals
import rooms.signals
from audit.receivers.hearing import heard

ROOT = Path(__file__).parents[2]
APPS = {"accounts": accounts.signals, "rooms": rooms.signals, "movies": movies.signals}
WRITES = {
    *("save", "create", "update", "delete", "get_or_create", "update_or_create"),
    *("bulk_create", "bulk_update", "add", "set", "clear", "remove"),
}

# Writes that are nobody's deed, or that another fact tells.
WITHOUT_A_FACT = {
    "accounts.keep_web_session": "Django's own change of a key; the device stays the same one",
    "accounts.seen": "when a device was last used",
    "rooms.seed_bench": "rooms of a benchmark, by command",
    "rooms.remove_bench": "the same",
    "rooms.purge_expired": "what ended before, which was told, or is as old as was set; guests are erased, and told of",
    "rooms.unseat": "the end of a kick, a ban and a change of role, which are told",
    "rooms.remember_plays": "the history of what the playback commands did, which are told",
    "movies.add_subtitle": "part of the demo film, by command",
}


@dataclass
class Function:
    public: bool
    writes: bool = False
    calls: set[str] = field(default_factory=set)
    sends: set[str] = field(default_factory=set)


def functions(app: str) -> dict[str, Function]:
    """The functions of an app's services by name, each with what it does by itself."""
    package = ROOT / app / "services"
    found: dict[str, Function] = {}
    for path in sorted(package.glob("*.py")) if package.is_dir() else [package.with_suffix(".py")]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = _read(node)
    return found


def _read(node: ast.FunctionDef) -> Function:
    read = Function(public=not node.name.startswith("_"))
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        match call.func:
            case ast.Name(id=name):
                read.calls.add(name)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="signals"), attr=signal), attr="send"):
                read.sends.add(signal)
            case ast.Attribute(value=ast.Name(id=signal), attr="send"):
                read.sends.add(signal)
            case ast.Attribute(attr=name) if name in WRITES:
                read.writes = True
            case ast.Attribute(attr=name):
                read.calls.add(name)
    return read


def whole(name: str, of: dict[str, Function]) -> tuple[bool, set[str]]:
    """Whether it writes, and the signals that it sends, by itself or by what it calls."""
    seen: set[str] = set()
    waiting = {name}
    writes, sends = False, set[str]()
    while waiting:
        one = waiting.pop()
        seen.add(one)
        writes |= of[one].writes
        sends |= of[one].sends
        waiting |= (of[one].calls & set(of)) - seen
    return writes, sends


@pytest.mark.parametrize("app", APPS)
def test_a_service_that_writes_says_so(app: str) -> None:
    found = functions(app)
    assert len(found) > 5, "the services are read from elsewhere now"
    audited = {name for name, value in vars(APPS[app]).items() if isinstance(value, Signal) and value in heard}
    silent = []
    for name, function in found.items():
        writes, sends = whole(name, found)
        if function.public and writes and not sends & audited and f"{app}.{name}" not in WITHOUT_A_FACT:
            silent.append(f"{app}.{name}")
    assert silent == [], "Send a signal that audit/receivers hears, or say here why it needs none."


def test_none_is_excused_that_is_gone() -> None:
    there = {f"{app}.{name}" for app in APPS for name in functions(app)}
    assert set(WITHOUT_A_FACT) <= there
