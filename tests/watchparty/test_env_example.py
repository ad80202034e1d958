"""``.env.example`` lists every setting, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "audit", "movies", "rooms", "sync", "watchparty")
READ = re.compile(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)"|environ(?:\.get\(|\[)\s*"([A-Z_]+)\"""")
ASKED_FOR = re.compile(r"""(?:settings\.|settings,\s*")((?:SYNC|RATE_LIMIT)_[A-Z_]+)""")


def test_every_setting_is_listed():
    sources = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    read = {a or b for source in sources for a, b in READ.findall(source)}
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == read
    # One that the code asks for, and that the environment can't set, could only be changed by editing settings.py.
    assert {name for source in sources for name in ASKED_FOR.findall(source)} <= listed
