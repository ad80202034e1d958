"""Real Chromium for the tests, and a page that notes everything a developer's console would show."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from tests.waiting import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
]
# Everything that a page of ours must not do lands in the console as an error; CSP violations also as events.
WATCH_CSP = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless. Its own empty profile goes with it."""
    executable = shutil.which("chromium")
    assert executable, "Chromium is missing: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visitor:
    """One browser profile with one page."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    @classmethod
    async def arrive(cls, browser: Browser, **options: Any) -> "Visitor":
        context = await browser.new_context(**options)
        await context.add_init_script(WATCH_CSP)
        page = await context.new_page()
        visitor = cls(context, page)
        page.on("console", visitor._console)
        page.on("pageerror", lambda error: visitor.complaints.append(f"exception: {error}"))
        return visitor


async def sound(page: Page) -> list[str]:
    """What axe-core finds, and whether the page is wider than the window."""
    results = await Axe().run(page)
    found = [
        f"{page.url}: {rule['id']} {[node['html'][:120] for node in rule['nodes']]}"
        for rule in results.response["violations"]
    ]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{page.url}: wider than the window")
    return found
