"""``.env.example`` lists every setting, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)"|environ\.get\(\s*"([A-Z_]+)\"""")


def test_every_setting_is_listed():
    sources = [ROOT / "watchparty/settings.py", ROOT / "watchparty/server.py"]
    read = {a or b for source in sources for a, b in READ.findall(source.read_text())}
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == read
