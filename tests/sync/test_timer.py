"""When a room is looked at again by itself, on the loop of production too."""

from msgspec.structs import replace

from sync import commits, settling
from sync.limits import Limits
from sync.live import Live
from sync.protocol import Cause
from sync.timeline import Timeline
from tests.sync.alone import SETTINGS, NoArchive, NoItems, Rival

ON_BOTH_LOOPS = True


async def test_news_of_a_room_in_which_something_is_due_already_are_taken_as_any_other() -> None:
    """Two of one read: uvloop made a handle of the first's timer that didn't know when."""
    live = Live(store=Rival(NoArchive().new_epoch), archive=NoArchive(), limits=Limits())
    room = await live.open(SETTINGS, NoItems())
    over = Timeline(seq=room.timeline.seq, item="m", duration=1.0, state="playing", anchor=room.now() - 10)
    for held in (replace(over, seq=over.seq + 1), replace(over, seq=over.seq + 2)):
        commits.adopt(room, held, Cause("play"), stopped=None, leaves_behind=False)
        settling.arm(room)
    assert room.timeline.seq == over.seq + 2
    assert room.timer is not None
    await live.close(room)
