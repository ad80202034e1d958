"""``python -m benchmarks.skew --delay 50 --jitter 20 --script "play 12; seek 40 8; pause 5"``

Opens pages in Chromium processes of their own on the demo room, each behind a network of its own, presses what the
script says in the first one, and tells for each step, as a line of JSON, how far apart the pictures were (ms), from
3 s after the command on. All on this machine, so that one clock dates every picture; that it does is measured.
`cpu_wait`: the share of the step in which some task waited for a processor; over 0.4 the machine measures itself.
"""

import argparse
import asyncio
import json
import math
import shutil
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Page, Playwright, async_playwright

from benchmarks.contenders import CONTENDERS, started
from benchmarks.skew import pictures
from benchmarks.skew.clocks import common_ms, offset
from benchmarks.skew.delay import Delay, delayed
from benchmarks.skew.pictures import Kind, Screen
from benchmarks.skew_plugin import act, join
from benchmarks.stand import Failed, Stand

PRESSURE = Path("/proc/pressure/cpu")
PROBE = (Path(__file__).parent / "probe.js").read_text()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# What comes before is the start: buffers fill, the first corrections are made.
SETTLED_MS = 3000
# The pictures of a step's end have not all been told yet.
UNTOLD_MS = 100


@dataclass(frozen=True)
class Step:
    kind: Kind
    to: float | None
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.skew", description=__doc__)
    parser.add_argument("--pages", type=int, default=2)
    parser.add_argument("--delay", type=float, default=0, help="one way, ms")
    parser.add_argument("--jitter", type=float, default=0, help="either side of it, ms")
    parser.add_argument("--script", default="play 12; seek 40 8; pause 5; play 8")
    parser.add_argument("--invite", help="http://host:port/i/TOKEN/ of a running server, instead of one of its own")
    given = parser.parse_args()
    try:
        steps = parse(given.script)
        delays = [Delay(given.delay, given.delay, given.jitter)] * given.pages
        found = asyncio.run(measure(given.invite, delays, steps)) if given.invite else on_own_server(delays, steps)
    except (Failed, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for one in found:
        print(json.dumps(one))
    return 0


def parse(script: str) -> list[Step]:
    """``play 12; seek 40 8``: what is pressed, where to, and for how many seconds it is watched."""
    steps = []
    for words in (part.split() for part in script.split(";")):
        match words:
            case [("play" | "pause") as kind, seconds]:
                steps.append(Step(kind, None, float(seconds)))
            case ["seek", to, seconds]:
                steps.append(Step("seek", float(to), float(seconds)))
            case _:
                raise ValueError(f"Expected `play S`, `pause S` or `seek TO S`, got `{' '.join(words)}`.")
    return steps


def on_own_server(delays: Sequence[Delay], steps: Sequence[Step]) -> list[dict[str, Any]]:
    """On data that nobody has played yet: a room that runs already would not notice a `play`."""
    embedded = CONTENDERS["embedded"]
    with TemporaryDirectory() as folder:
        stand = Stand(Path(folder))
        environment = embedded.environment(stand)
        stand.manage("migrate", "--verbosity", "0", environment=environment)
        demo = json.loads(stand.manage("seed_demo", "--json", environment=environment))
        with started(embedded, stand, 1) as running:
            return asyncio.run(measure(f"http://{running.addresses[0]}/i/{demo['invite']}/", delays, steps))


async def measure(invite: str, delays: Sequence[Delay], steps: Sequence[Step]) -> list[dict[str, Any]]:
    """One entry for each step."""
    host, path = invite.removeprefix("http://").split("/", 1)
    server, port = host.rsplit(":", 1)
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        pages = []
        for number, delay in enumerate(delays):
            near = await stack.enter_async_context(delayed(server, int(port), delay))
            page = await open_page(playwright, stack)
            await join(page, f"http://127.0.0.1:{near}/{path}", number)
            pages.append(page)
        offsets = [await offset(page) for page in pages]
        screens = [Screen([], []) for _ in pages]
        found = []
        for step in steps:
            begin, waited = common_ms(), cpu_waited_ms()
            await act(pages[0], step.kind, step.to)
            await asyncio.sleep(step.seconds)
            end, waited = common_ms(), cpu_waited_ms() - waited
            for number, page in enumerate(pages):
                screens[number] = pictures.joined(screens[number], pictures.moved(await take(page), offsets[number]))
            found.append(told(step, screens, begin, end) | {"cpu_wait": round(waited / (end - begin), 2)})
    return found


def cpu_waited_ms() -> float:
    """For how long, since boot, some task has waited for a processor (pressure stall information)."""
    return int(PRESSURE.read_text().split("total=")[1].split()[0]) / 1000 if PRESSURE.exists() else math.nan


async def open_page(playwright: Playwright, stack: AsyncExitStack) -> Page:
    executable = shutil.which("chromium")
    if not executable:
        raise Failed("Chromium is missing (on Debian, as root: apt-get install chromium).")
    browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
    stack.push_async_callback(browser.close)
    page = await browser.new_page()
    await page.add_init_script(PROBE)
    return page


async def take(page: Page) -> Screen:
    seen = await page.evaluate("() => window.skewProbe.take()")
    return Screen([tuple(one) for one in seen["frames"]], [tuple(one) for one in seen["places"]], seen["seeks"])


def told(step: Step, screens: Sequence[Screen], begin: float, end: float) -> dict[str, Any]:
    settled, told_until = min(begin + SETTLED_MS, end), end - UNTOLD_MS
    effects = [screen.effect_of(step.kind, begin, end) for screen in screens]
    measured = {
        "pictures_ms": pictures.pictures_apart(screens, settled, told_until),
        "timelines_ms": pictures.timelines_apart(screens, settled, told_until),
        "timelines_from_the_start_ms": pictures.timelines_apart(screens, begin + 1000, told_until),
    }
    return {
        "step": asdict(step),
        "effect_ms": [None if at is None else round(at - begin, 1) for at in effects],
        "seeks_so_far": [screen.seeks for screen in screens],
        **{name: spread and asdict(spread) for name, spread in measured.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
