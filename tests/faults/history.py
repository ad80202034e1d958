"""What the players were told, held against what docs/protocol.md promises."""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.faults.player import STATE, Message, Player

HELD_BACK = 3.0
"""How far back a room that stops for somebody may go, in seconds."""
EXACT = 1e-3


def position_at(timeline: Message, now: float) -> float:
    """Where the movie is, by the words of docs/protocol.md."""
    running = max(0.0, now - timeline["anchor"]) if timeline["state"] == "playing" else 0.0
    return float(timeline["position"] + timeline["rate"] * running)


def told_timelines(player: Player) -> Iterator[Message]:
    """Each timeline as it came, with its `cause` if it came by itself."""
    for heard in player.heard:
        message = heard.message
        if message["type"] == "timeline":
            yield message
        elif "timeline" in message:
            yield message["timeline"]


def history(players: Iterable[Player]) -> list[Message]:
    """All timelines that anybody was told, by `seq`. Fails if two different ones have the same."""
    known: dict[int, Message] = {}
    for player in players:
        for told in told_timelines(player):
            before = known.setdefault(told["seq"], told)
            ours, theirs = [told[key] for key in STATE], [before[key] for key in STATE]
            assert ours == theirs, f"two timelines with seq {told['seq']}: {ours} and {theirs}"
            if told.get("cause", {}).get("id"):
                known[told["seq"]] = told
    return [known[seq] for seq in sorted(known)]


def assert_seq_never_goes_back(player: Player) -> None:
    """Nobody is told of a timeline after one that follows it."""
    newest = 0
    for heard in player.heard:
        told = heard.message.get("timeline", heard.message)
        if "timeline" in heard.message or heard.message["type"] == "timeline":
            assert told["seq"] >= newest, f"{told['seq']} came after {newest}"
        if heard.message["type"] != "ack":
            newest = max(newest, told.get("seq", 0))
    newest = 0
    for exchange in player.exchanges:
        assert exchange.seq >= newest, f"a clock said {exchange.seq} after {newest}"
        newest = exchange.seq


def superseded(timelines: list[Message], players: Iterable[Player]) -> list[Message]:
    """Those that the later ones don't follow from. Fails if one follows from none, or a command took effect twice."""
    asked = {(player.id, id): one.message for player in players for id, one in player.asked.items()}
    effects: dict[tuple[str, str], int] = {}
    line: list[Message] = []
    lost: list[Message] = []
    for told in timelines:
        cause = told.get("cause", {"action": None, "by": None, "id": None})
        key = cause["by"], cause["id"]
        assert not cause["id"] or key in asked, f"nobody asked for {told}"
        command: Message = asked[key] if cause["id"] else {}
        since = next((n for n in range(len(line), 0, -1) if _follows(line[n - 1], told, cause["action"], command)), 0)
        assert since or not line, f"{told} follows from nothing that was told; the last ones: {line[-3:]}"
        lost += line[since:]
        line = [*line[:since], told]
        if cause["id"]:
            twice = effects.get(key)
            assert twice is None or twice in [one["seq"] for one in lost], f"{command} took effect twice"
            effects[key] = told["seq"]
    return lost


def _follows(before: Message, after: Message, action: str | None, command: Message) -> bool:
    """Whether `action` makes this of that; `command` is what was asked for, if it was."""
    if action is None:
        return True  # it was told by a snapshot only, which doesn't say how it came about
    here = command.get("position", position_at(before, after["anchor"]))
    back = HELD_BACK if action == "buffering" else 0.0
    was, now = before["state"], after["state"]
    states = {
        "pause": now == "paused",
        "play": now != "paused",
        "seek": (was == "paused") == (now == "paused"),
        "rate": now == was,
    }
    return bool(
        after["rate"] == command.get("rate", before["rate"])
        and here - back - EXACT <= after["position"] <= here + EXACT
        and states.get(action, True)
    )


def chat_of(player: Player) -> list[Message]:
    return [heard.message for heard in player.heard if heard.message["type"] == "chat"]


def assert_chat_is_whole(players: list[Player], log: list[dict[str, Any]]) -> None:
    """Everybody heard every line since they came, in order, none twice; what was acknowledged is in the log, once."""
    kept = {line["chat_seq"]: line["text"] for line in log}
    for player in players:
        lines = chat_of(player)
        first = next(heard.message for heard in player.heard if heard.message["type"] == "welcome")["chat_seq"]
        heard = [line["chat_seq"] for line in lines]
        assert heard == list(range(first + 1, len(kept) + 1)), f"{player.person} heard {heard}, of {len(kept)} lines"
        assert all(kept[line["chat_seq"]] == line["text"] for line in lines)
        said = [one.message["text"] for one in player.asked.values() if one.message["type"] == "chat" and one.done]
        for text in said:
            assert list(kept.values()).count(text) == 1, f"{text} was acknowledged"


def agree(players: list[Player]) -> bool:
    """Whether all hold the same timeline and have heard the same lines."""
    return all(one.timeline == players[0].timeline and one.chat_seq == players[0].chat_seq for one in players)


def clock_jump(player: Player) -> float:
    """Seconds by which the room clock, as this player sees it, has certainly left its course."""
    best = min(player.exchanges[:20], key=lambda exchange: exchange.rtt)
    return max(abs(one.offset - best.offset) - (one.rtt + best.rtt) / 2 for one in player.exchanges)


def longest_wait(players: list[Player], begin: float, end: float) -> float:
    """The longest time between `begin` and `end` in which no command of these players was acknowledged."""
    done = sorted(
        one.answered for player in players for one in player.asked.values() if one.done and begin < one.answered < end
    )
    return max(after - before for before, after in zip([begin, *done], [*done, end], strict=True))


def p(fraction: float, values: Iterable[float]) -> float:
    """That quantile: `p(0.99, …)` is what 99 % are at most."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]
