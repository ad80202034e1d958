"""Strict decoding, and frames as RFC 6455 wants them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from sync import protocol
from sync.protocol import BadMessage, Seek, decode, text_frame
from sync.timeline import Timeline


def test_it_works() -> None:
    assert decode('{"type":"seek","id":"a","position":5,"unknown":[{}]}') == Seek("a", 5.0)
    assert protocol.command({"type": "seek", "id": "a", "position": 5}) == Seek("a", 5.0)


VALID: dict[str, dict[str, Any]] = {
    "clock": {"t0": 1},
    "status": {"state": "ready", "seq": 1, "position": 0, "buffered": 1},
    "play": {"id": "a"},
    "pause": {"id": "a"},
    "seek": {"id": "a", "position": 1},
    "rate": {"id": "a", "rate": 1},
    "load": {"id": "a", "item": "m"},
    "chat": {"id": "a", "text": "x"},
    "reaction": {"id": "a", "emoji": "x"},
    "typing": {},
    "sync": {},
}


@pytest.mark.parametrize("type", VALID)
def test_every_type_is_read_and_its_keys_are_required(type: str) -> None:
    whole = {"type": type, **VALID[type]}
    assert decode(json.dumps(whole)).__class__.__name__.lower() == type
    for key in VALID[type]:
        with pytest.raises(BadMessage) as refused:
            decode(json.dumps({name: value for name, value in whole.items() if name != key}))
        assert not refused.value.rubbish


@pytest.mark.parametrize(
    ("type", "keys"),
    [
        ("seek", {"position": -0.1}),
        ("seek", {"position": True}),
        ("seek", {"position": "1"}),
        ("seek", {"position": None}),
        ("seek", {"id": ""}),
        ("seek", {"id": "x" * 65}),
        ("seek", {"id": 1}),
        ("rate", {"rate": 0.24}),
        ("rate", {"rate": 4.01}),
        ("rate", {"rate": False}),
        ("pause", {"at": "now"}),
        ("play", {"force": 1}),
        ("clock", {"t0": None}),
        ("clock", {"t0": True}),
        ("clock", {"down": -1}),
        ("status", {"state": "asleep"}),
        ("status", {"seq": 1.5}),
        ("status", {"position": -1}),
        ("chat", {"text": ""}),
        ("chat", {"text": "x" * 2001}),
        ("load", {"item": None}),
        ("load", {"after": 5}),
    ],
)
def test_wrong_values(type: str, keys: dict[str, Any]) -> None:
    with pytest.raises(BadMessage) as refused:
        decode(json.dumps({"type": type} | VALID[type] | keys))
    assert not refused.value.rubbish


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400])
def test_numbers_are_finite(number: str) -> None:
    with pytest.raises(BadMessage) as refused:
        decode(f'{{"type":"seek","id":"a","position":{number}}}')
    assert (refused.value.id, refused.value.rubbish) == ("a", False)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "0x1", "01", ".5"])
def test_what_is_no_json_is_rubbish(number: str) -> None:
    with pytest.raises(BadMessage) as refused:
        decode(f'{{"type":"seek","id":"a","position":{number}}}')
    assert refused.value.rubbish


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_message_or_a_bad_one(frame: bytes) -> None:
    try:
        decode(frame)
    except BadMessage:
        return


@pytest.mark.parametrize("depth", [10, 1000, 100_000])
def test_deep_nesting(depth: int) -> None:
    with pytest.raises(BadMessage):
        decode("[" * depth)
    with pytest.raises(BadMessage):
        decode('{"type":"seek","id":"a","position":' + "[" * depth + "]" * depth + "}")


def test_a_rest_command_is_as_strict() -> None:
    for fields in ({}, {"type": "chat", "id": "a", "text": "x"}, {"type": 5}, {"type": ["play"]}):
        with pytest.raises(BadMessage):
            protocol.command(fields)
    for value in (float("nan"), float("inf"), -1, True, "5"):
        with pytest.raises(BadMessage):
            protocol.command({"type": "seek", "id": "a", "position": value})


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70_000])
def test_frames_are_as_the_library_makes_them(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_the_timeline_frame() -> None:
    held = Timeline(seq=2**53 - 1, item="m", position=0.1, anchor=1.5, waiting_for=("p1",), duration=9, mark=7)
    message = protocol.timeline(held, protocol.Cause("play", "p2", "7"))
    assert json.loads(message.payload) == {
        "type": "timeline",
        "seq": 2**53 - 1,
        "item": "m",
        "position": 0.1,
        "rate": 1.0,
        "state": "paused",
        "anchor": 1.5,
        "waiting_for": ["p1"],
        "cause": {"action": "play", "by": "p2", "id": "7"},
    }
