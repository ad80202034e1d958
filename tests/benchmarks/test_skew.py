"""The picture-skew meter: its arithmetic and its slow network."""

import asyncio
import time

import pytest

from benchmarks.skew import pictures
from benchmarks.skew.__main__ import Step, parse
from benchmarks.skew.delay import Delay, delayed
from benchmarks.skew.pictures import Screen, Spread


def showing(offset_ms: float) -> Screen:
    """A page that shows 30 pictures a second for 4 s, that late; its player's place is asked for every 50 ms."""
    frames = [(1000 / 30 * number + offset_ms, number / 30) for number in range(120)]
    return Screen(frames, [(50.0 * n + offset_ms, n / 20, 1.0) for n in range(80)])


def test_pages_that_show_the_same_are_not_apart():
    assert pictures.pictures_apart([showing(0), showing(0)], 500, 3500) == Spread(120, 0, 0, 0)


def test_a_page_that_lags_by_three_frames_is_a_tenth_of_a_second_apart():
    apart = pictures.pictures_apart([showing(0), showing(100)], 500, 3500)
    assert apart
    assert (apart.p50, apart.largest) == (100, 100)


def test_positions_between_the_pictures_are_told_to_the_millisecond():
    apart = pictures.timelines_apart([showing(0), showing(7)], 500, 3500)
    assert apart
    assert (apart.p50, apart.p95, apart.largest) == (7, 7, 7)


def test_every_pair_of_pages_counts():
    apart = pictures.timelines_apart([showing(0), showing(10), showing(30)], 500, 600)
    assert apart
    assert (apart.samples, apart.p50, apart.largest) == (4 * 3, 20, 30)


def test_before_its_first_picture_a_page_is_not_compared():
    assert pictures.pictures_apart([showing(0), showing(0)], -500, -100) is None


def test_a_stopped_player_stays_where_it_is():
    parked = Screen([], [(0.0, 4.0, 0.0)])
    assert parked.place_at(5000) == 4.0


def test_pages_whose_displays_refresh_at_other_moments_show_the_same():
    """The same film, each picture half a picture later on one display, and its place in the film half a picture on."""
    late = Screen([(shown + 1000 / 60, media + 1 / 60) for shown, media in showing(0).frames], [])
    apart = pictures.pictures_apart([showing(0), late], 500, 3500)
    assert apart
    assert apart.largest < 0.1


def test_between_a_standstill_and_a_seek_the_last_picture_stays():
    screen = Screen([(0, 1.0), (500, 1.1), (530, 9.0)], [])
    assert [screen.picture_at(at) for at in (499, 515, 530)] == [1.0, 1.1, 9.0]


def test_a_play_shows_with_the_first_picture_further_on():
    screen = Screen([(0, 1.0), (100, 1.0), (180, 1.03), (213, 1.07)], [])
    assert screen.effect_of("play", 50, 1000) == 180
    assert screen.effect_of("play", 220, 1000) is None


def test_a_seek_shows_with_the_first_picture_that_playing_on_would_not_have_brought():
    playing_on = [(number * 33.3, number * 0.0333) for number in range(20)]
    screen = Screen([*playing_on, (700, 40.0), (733, 40.0333)], [])
    assert screen.effect_of("seek", 300, 1000) == 700
    assert Screen(playing_on, []).effect_of("seek", 0, 660) is None


def test_a_pause_shows_with_the_last_picture_before_it_stood():
    screen = Screen([(number * 33.0, number * 0.033) for number in range(10)], [])
    assert screen.effect_of("pause", 100, 1000) == 297
    assert screen.effect_of("pause", 100, 600) is None


def test_another_clocks_times_are_moved():
    assert pictures.moved(Screen([(20, 1.0), (10, 0.9)], [(5, 1.0, 1.0)], 2), 100) == Screen(
        [(110, 0.9), (120, 1.0)], [(105, 1.0, 1.0)], 2
    )


def test_a_script_is_read():
    assert parse("play 12; seek 40 8 ;pause 5") == [Step("play", None, 12), Step("seek", 40, 8), Step("pause", None, 5)]
    for wrong in ("dance 3", "seek 4", "play", ""):
        with pytest.raises(ValueError, match="Expected"):
            parse(wrong)


async def test_a_slow_network_delays_both_ways_and_keeps_the_order():
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with delayed("127.0.0.1", port, Delay(up=60, down=40, jitter=20)) as near:
        reader, writer = await asyncio.open_connection("127.0.0.1", near)
        begin = time.monotonic()
        writer.write(b"0\n")
        await reader.readline()
        # 100 ms less twice the jitter; how much more depends on the machine.
        assert time.monotonic() - begin >= 0.06
        for number in range(1, 50):
            writer.write(b"%d\n" % number)
            await asyncio.sleep(0.002)
        assert [int(await reader.readline()) for _ in range(1, 50)] == list(range(1, 50))
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
    server.close()


async def test_a_server_that_is_gone_ends_the_connection():
    async with delayed("127.0.0.1", 1, Delay()) as near:
        reader, writer = await asyncio.open_connection("127.0.0.1", near)
        assert await reader.read() == b""
        writer.close()
