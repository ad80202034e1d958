"""The bytes that are hashed: entries from years ago must give the same ones."""

import json

from hypothesis import given
from hypothesis import strategies as st

from audit.events import canonical

VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
"""What a fact may hold, and a payload around it."""


@given(st.dictionaries(st.text(), VALUES | st.dictionaries(st.text(), VALUES)))
def test_they_are_what_pythons_own_json_makes(content: dict[str, object]) -> None:
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(content) == plain.encode()
