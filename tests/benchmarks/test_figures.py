"""Medians, ratios and the table that `make bench` prints."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.figures import Run
from benchmarks.run import missing, turned
from benchmarks.scenarios import FAULTS, SCENARIOS, Figure, Scenario, best, change_of_p99, crowd, step

SPEED = Figure("speed", "1/s", "higher", step("deliveries_per_s"))
OWN = Figure("own", "", "none", step("own_cpu_share"))
SCENARIO = Scenario("some", "some load", 1, 2, {"": ()}, (SPEED, OWN))


def report(**numbers: float):
    return {"": {"steps": [{"own_cpu_share": 0.1, "sustained": True} | numbers]}}


def run_of(contender: str, number: int, speed: float) -> Run:
    return Run("some", contender, number, report(deliveries_per_s=speed))


RUNS = [
    *(run_of("watchparty", number, speed) for number, speed in enumerate([300, 900, 330])),
    *(run_of("go", number, speed) for number, speed in enumerate([220, 100, 5000])),
    Run("another", "watchparty", 1, {}),
]


def test_a_ratio_is_that_of_the_medians():
    speed, base, *others = figures.lines(SCENARIO, RUNS)
    assert (speed.contender, speed.median, speed.ratio) == ("watchparty", 330, 1.5)
    assert (base.contender, base.median, base.ratio) == ("go", 220, None)
    assert [line.ratio for line in others] == [None, None]


def test_without_the_reference_there_is_no_ratio():
    alone = [run for run in RUNS if run.contender != "go"]
    assert [line.ratio for line in figures.lines(SCENARIO, alone)] == [None, None]


def test_the_table_says_median_range_and_ratio():
    text = figures.table(SCENARIO, RUNS)
    assert "(rounds: 3)" in text
    ours = next(line for line in text.splitlines() if line.startswith("| watchparty"))
    assert [part.strip() for part in ours.strip("|").split("|")] == ["watchparty", "330 (300–900) 1.50×", "0.100"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.2714, "0.271"), (1.234, "1.23"), (12.34, "12.3"), (48_300.4, "48,300")]
)
def test_numbers_have_three_digits_that_count(value, text):
    assert figures.shown(value) == text


def test_what_was_saved_is_loaded(tmp_path: Path):
    file = tmp_path / "results" / "some.json"
    assert figures.load(file) == []
    figures.save(file, {"processors": 2}, RUNS)
    assert figures.load(file) == RUNS


def test_faults_count_only_where_the_load_was_carried():
    faults = {"lost": 1, "duplicated": 2, "reordered": 3, "disconnected": 4}
    carried, overloaded = faults | {"sustained": True}, faults | {"sustained": False}
    assert FAULTS.read({"": {"steps": [carried, overloaded]}, "one stalled": {"steps": [carried]}}) == 20


def test_a_stalled_participant_is_told_as_a_share():
    """By the medians: one bad stretch of either kind says nothing."""
    p99 = {"all read 1": 4.0, "one stalled 1": 5.0, "all read 2": 90.0, "one stalled 2": 1.0, "all read 3": 3.0}
    reports = {
        name: {"steps": [{"delivery_ms": {"p99": value}}]} for name, value in (p99 | {"one stalled 3": 6}).items()
    }
    assert change_of_p99(reports) == pytest.approx(0.25)


def test_stretches_alternate_and_neither_kind_is_always_first():
    arms = list(SCENARIOS["stalled"].arms)
    assert arms[:5] == ["all read 1", "one stalled 1", "one stalled 2", "all read 2", "all read 3"]


def test_an_interrupted_call_is_taken_up_and_rounds_are_added():
    """Round by round, each contender that has not been run."""
    scenario = replace(SCENARIO, contenders=("watchparty", "go"))
    first = [run_of("watchparty", 1, 1)]
    assert [(n, name) for n, _, name in missing([scenario], None, 2, first)] == [
        (1, "go"),
        (2, "go"),
        (2, "watchparty"),
    ]
    assert [(n, name) for n, _, name in missing([scenario], ["watchparty"], 2, first)] == [(2, "watchparty")]
    assert missing([scenario], ["core"], 2, []) == []


def test_the_highest_sustained_step_is_read():
    steps = [
        {"sustained": True, "deliveries_per_s": 20, "cpu_wait": 0.1},
        {"sustained": True, "deliveries_per_s": 30, "cpu_wait": 0.2},
        {"sustained": False, "deliveries_per_s": 40, "cpu_wait": 0.9},
    ]
    assert best("cpu_wait")({"": {"steps": steps}}) == 0.2
    assert best("cpu_wait")({"": {"steps": steps[2:]}}) == 0


def test_an_event_is_found_among_the_crowds():
    reports = {"": {"crowd": [{"event": "idle", "bytes": 1}, {"event": "join", "bytes": 7}]}}
    assert crowd("join", "bytes")(reports) == 7


def test_every_contender_has_each_place_once():
    assert [turned(["a", "b", "c"], number)[0] for number in (1, 2, 3, 4)] == ["a", "b", "c", "a"]


def test_every_scenario_has_a_reference_or_stands_alone():
    for scenario in SCENARIOS.values():
        assert scenario.contenders[0] == "watchparty"
        assert "go" in scenario.contenders or len(scenario.contenders) == 1
