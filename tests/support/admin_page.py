"""The admin page in a browser for the tests of a module: one server, one page, and whatever the page complains of."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright
from serving import TOKEN, Served

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Widths from a phone to a large screen.
WIDTHS = (360, 768, 1280, 1920)
#: A busy machine takes its time.
PATIENCE_MS = 15_000


def _is_complaint(line: ConsoleMessage) -> bool:
    """Whether the browser complains of the page: refusals by the API that the page shows are none, nor is its advice."""
    return line.type in {"error", "warning"} and "Failed to load resource" not in line.text


@contextmanager
def admin_page(served: Served) -> Iterator[Page]:
    """A page that is logged in; at the end nothing may have gone wrong in it, and nothing been asked of another host."""
    complaints: list[str] = []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line) else None)
        page.on("request", lambda asked: complaints.append(asked.url) if served.url not in asked.url else None)
        page.goto(f"{served.url}/login?token={TOKEN}")
        expect(page.locator("#connection")).to_have_text("Up to date")
        yield page
        browser.close()
    assert complaints == []


def visit(page: Page, served: Served, address: str) -> None:
    """Follow a link to a view in a state, such as `costs?task=chat`, until the page has heard of it."""
    place = f"{served.url}/#{address}"
    if page.url == place or page.url.partition("#")[0] != f"{served.url}/":
        page.goto(place)
        return
    # The page's own listener is older, so it has run when this one does.
    page.evaluate(
        """hash => new Promise(done => { addEventListener("hashchange", done, { once: true }); location.hash = hash; })
            .then(() => null)""",
        f"#{address}",
    )


def expect_address(page: Page, ending: str) -> None:
    """The page's address comes to end like this: the browser goes back, and tells of a new one, in its own time."""
    expect(page).to_have_url(re.compile(f"{re.escape(ending)}$"))


def judge(page: Page, where: str) -> None:
    """Let axe find nothing serious."""
    violations = Axe().run(page).response["violations"]
    serious = [
        (one["id"], [node["html"] for node in one["nodes"]][:3])
        for one in violations
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == [], where


def judge_everywhere(page: Page, where: str) -> None:
    """In every width nothing is wider than the screen; in light, dark and forced colours axe finds nothing serious."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (where, width)
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="dark")
    judge(page, f"{where}, dark and narrow")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light", forced_colors="active")
    judge(page, f"{where}, forced colours")
    page.emulate_media(color_scheme="light", forced_colors="none")
    judge(page, where)
