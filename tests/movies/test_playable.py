"""Pure: what is refused by the facts of a probe alone, before any work is done on the file."""

from typing import Any

import pytest

from movies.confined.answers import MAX_SIDE, Facts, Video
from movies.containers import AviLayout, Layout, MatroskaLayout, Mp4Layout
from movies.playable import MAX_DURATION, Unplayable, check_duration, plan

WHOLE = Mp4Layout(brand="isom", faststart=True, fragmented=False, truncated=False)


def facts(duration: float | None = 60.0, **video: Any) -> Facts:
    shape = {"width": 320, "height": 180, "coded_width": 320, "coded_height": 180} | video
    return Facts(duration=duration, video=Video(codec="h264", pixel_format="yuv420p", **shape), audio="aac", streams=2)


def test_it_works() -> None:
    assert plan(facts(MAX_DURATION, width=MAX_SIDE), WHOLE).repack is False
    assert check_duration(MAX_DURATION) == MAX_DURATION


@pytest.mark.parametrize("seconds", [MAX_DURATION + 1, -1.0, float("inf"), float("nan")])
def test_a_length_that_no_movie_has(seconds: float) -> None:
    with pytest.raises(Unplayable, match="24 hours"):
        plan(facts(seconds), WHOLE)


def test_packed_anew_it_can_turn_out_to_be_longer() -> None:
    with pytest.raises(Unplayable, match="24 hours"):
        check_duration(MAX_DURATION + 1)


@pytest.mark.parametrize("seconds", [None, 0.0, -1.0, float("nan")])
def test_a_length_that_could_not_be_found_out(seconds: float | None) -> None:
    with pytest.raises(Unplayable, match="how long it is"):
        check_duration(seconds)


@pytest.mark.parametrize("side", ["width", "height", "coded_width", "coded_height"])
def test_a_picture_of_no_size_and_one_that_is_too_large(side: str) -> None:
    with pytest.raises(Unplayable, match="no picture size"):
        plan(facts(**{side: 0}), WHOLE)
    with pytest.raises(Unplayable, match=f"at most {MAX_SIDE} a side"):
        plan(facts(**{side: MAX_SIDE + 1}), WHOLE)


@pytest.mark.parametrize(
    "layout",
    [
        Mp4Layout(brand="isom", faststart=True, fragmented=False, truncated=True),
        MatroskaLayout(doctype="webm", truncated=True),
        AviLayout(truncated=True),
    ],
)
def test_what_is_cut_off(layout: Layout) -> None:
    with pytest.raises(Unplayable, match="cut off"):
        plan(facts(), layout)
