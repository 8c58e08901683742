"""Make the pictures of README from real output: run by hand, after a change of what they show.

    python tests/benchmarks/pictures.py [DIRECTORY]

Writes `tour-light.svg` and `tour-dark.svg`, which are what a terminal of 92 columns shows, and `page-light.png` and
`page-dark.png` of the admin page in chromium, with `page.yaml`, the page's text as a screen reader has it. A test
compares the terminal's pictures and that text with what the program shows today.
"""

import argparse
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from serving import TOKEN, serving

DIRECTORY = Path(__file__).parents[2] / ".github" / "pictures"
COLUMNS = 92
THEMES = {"light": DEFAULT_TERMINAL_THEME, "dark": SVG_EXPORT_THEME}
#: Without the link to a font on another host, which GitHub does not load either.
SVG_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
#: An application with three tasks, on models without dated prices: the pictures do not change with the day.
FILES = {
    "models.toml": """\
[tasks.chat]
purpose = "Conversations with customers"
env = "OPENAI_MODEL"
model = "gpt-6-luna"
requires = ["chat", "streaming"]
profile = { requests_per_day = 4000, input_tokens = 1500, output_tokens = 300, cache_share = 0.4 }

[tasks.summarise]
purpose = "Summaries of tickets"
model = "claude-haiku-5-5"
profile = { requests_per_day = 900, input_tokens = 6000, output_tokens = 400 }

[tasks.search]
purpose = "Queries from questions"
model = "groq/gpt-oss-20b"
profile = { requests_per_day = 9000, input_tokens = 600, output_tokens = 60 }
""",
    ".env": """\
OPENAI_MODEL=claude-sonnet-5-5
ANTHROPIC_API_KEY=kq7-0123456789abcdef
OPENAI_API_KEY=kq7-0123456789abcdef
GROQ_API_KEY=kq7-0123456789abcdef
""",
}
TOUR = (
    "model-manager cost --assigned --on 2026-11-28",
    "model-manager cost claude-sonnet-5-5 haiku gpt-6-luna --task chat --on 2026-11-28",
    "model-manager assign chat gpt-6-luna",
    "model-manager info chat",
)


@contextlib.contextmanager
def project() -> Iterator[Path]:
    """The application, and homes without anything in them."""
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory, "work")
        work.mkdir()
        for name, text in FILES.items():
            (work / name).write_text(text)
        yield work


def shown(work: Path) -> Iterator[tuple[str, str]]:
    """The commands of the tour and what each prints on a terminal, with its colours."""
    homes = {f"XDG_{name}_HOME": str(work.parent / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    variables = {"PATH": os.environ["PATH"], "HOME": str(work.parent), "COLUMNS": str(COLUMNS), **homes}
    for command in TOUR:
        words = shlex.split(command)[1:]
        done = subprocess.run(
            [sys.executable, "-m", "model_manager", *words],
            cwd=work,
            env=variables | {"FORCE_COLOR": "1", "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        yield command, done.stderr + done.stdout


def terminals() -> dict[str, str]:
    """The terminal's pictures by file name, as SVG."""
    with project() as work:
        outputs = list(shown(work))
    pictures = {}
    for name, theme in THEMES.items():
        console = Console(
            record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
        )
        for command, output in outputs:
            console.print(Text.assemble(("$ ", "dim"), (command, "bold")))
            console.print(Text.from_ansi(output.strip("\n")))
            console.print()
        pictures[f"tour-{name}.svg"] = console.export_svg(
            title="model-manager", theme=theme, code_format=SVG_FORMAT, unique_id="tour"
        )
    return pictures


@contextlib.contextmanager
def tasks_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens the page's tasks in a colour scheme."""
    with project() as work, contextlib.chdir(work), serving(work, home=work.parent) as served:

        def opened(scheme: str) -> Page:
            context = browser.new_context(viewport={"width": 1200, "height": 640}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(f"{served.url}/login?token={TOKEN}")
            expect(page.get_by_role("status").first).to_have_text("Up to date")
            page.get_by_role("link", name="Tasks", exact=True).click()
            expect(page.get_by_text("Summaries of tickets").first).to_be_visible()
            return page

        yield opened


def page_text(page: Page) -> str:
    """What a screen reader has of the page."""
    return page.locator("body").aria_snapshot() + "\n"


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?", type=Path, default=DIRECTORY)
    directory = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, picture in terminals().items():
        (directory / name).write_text(picture, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with tasks_page(browser) as opened:
            for scheme in THEMES:
                page = opened(scheme)
                page.screenshot(path=directory / f"page-{scheme}.png")
            (directory / "page.yaml").write_text(page_text(page), encoding="utf-8")
        browser.close()


if __name__ == "__main__":
    main()
