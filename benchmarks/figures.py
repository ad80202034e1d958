"""Medians over the rounds, ratios to the Go reference, and the table in which both are printed."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.scenarios import Figure, Report, Scenario

BASE = "go"


@dataclass(frozen=True)
class Run:
    """One contender in one round of one scenario: a report for each arm."""

    scenario: str
    contender: str
    round: int
    reports: Mapping[str, Report]


@dataclass(frozen=True)
class Line:
    """A figure of a contender over the rounds. ``ratio``: its median by the Go reference's, where both are above 0."""

    contender: str
    figure: Figure
    values: tuple[float, ...]
    ratio: float | None

    @property
    def median(self) -> float:
        return statistics.median(self.values)


def lines(scenario: Scenario, runs: Sequence[Run]) -> list[Line]:
    """Every figure of every contender that took part, figure by figure."""
    made: list[Line] = []
    mine = [run for run in runs if run.scenario == scenario.name]
    for figure in scenario.figures:
        by_contender: dict[str, tuple[float, ...]] = {}
        for run in mine:
            by_contender[run.contender] = (*by_contender.get(run.contender, ()), figure.read(run.reports))
        base = statistics.median(by_contender[BASE]) if BASE in by_contender else 0.0
        for contender, values in by_contender.items():
            comparable = base > 0 and contender != BASE and figure.better != "none"
            made.append(Line(contender, figure, values, statistics.median(values) / base if comparable else None))
    return made


def shown(value: float) -> str:
    """Three digits that count: 0.271, 12.4, 48,300."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def cell(line: Line) -> str:
    """``0.271 (0.250–0.301) 0.84×``: the median, the range over the rounds, the ratio to the Go reference."""
    extent = f" ({shown(min(line.values))}–{shown(max(line.values))})" if len(set(line.values)) > 1 else ""
    ratio = "" if line.ratio is None else f" {line.ratio:.2f}×"
    return shown(line.median) + extent + ratio


def table(scenario: Scenario, runs: Sequence[Run]) -> str:
    """A Markdown table with a row for each contender."""
    made = lines(scenario, runs)
    heads = [f"{one.name}, {one.unit}" if one.unit else one.name for one in scenario.figures]
    rows = [["", *heads]]
    for contender in dict.fromkeys(line.contender for line in made):
        rows.append([contender, *(cell(line) for line in made if line.contender == contender)])
    rounds = {run.round for run in runs if run.scenario == scenario.name}
    return f"### {scenario.name}: {scenario.says} (rounds: {len(rounds)})\n{markdown(rows)}"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)


def save(file: Path, machine: Mapping[str, Any], runs: Iterable[Run]) -> None:
    """Everything that was seen, for a machine to read: whole reports, not medians."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    content = {
        "machine": machine,
        "runs": [
            {"scenario": run.scenario, "contender": run.contender, "round": run.round, "reports": run.reports}
            for run in runs
        ],
    }
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(file)


def load(file: Path) -> list[Run]:
    """The runs of an earlier call; none if there was none."""
    if not file.exists():
        return []
    return [Run(**run) for run in json.loads(file.read_text())["runs"]]
