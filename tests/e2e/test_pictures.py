"""README's pictures are current: `python tests/benchmarks/pictures.py` makes them anew."""

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from readme import README

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from pictures import DIRECTORY, THEMES, page_text, tasks_page, terminals


def test_readme_shows_every_picture_and_has_no_other():
    """Each picture is shown in both colour schemes, with words for those who do not see it."""
    shown = set(re.findall(r'(?:src|srcset)="\.github/pictures/([^"]+)"', README.read_text()))
    assert shown == {one.name for one in DIRECTORY.iterdir() if one.suffix != ".yaml"}
    assert len(shown) == len(THEMES) * len(re.findall(r"<img alt=\"[^\"]{20,}\"", README.read_text()))


def test_the_terminal_shows_what_its_pictures_show():
    """The commands print today, with the same colours, what is in the pictures, which load nothing from other hosts."""
    for name, picture in terminals().items():
        assert (DIRECTORY / name).read_text(encoding="utf-8") == picture
        assert re.findall(r"url\((?!#)[^)]*\)|href=\"http", picture) == []


def test_the_page_says_what_its_pictures_show():
    """The page has today the text that it had when its pictures were made."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            with tasks_page(browser) as opened:
                now = page_text(opened("light"))
        finally:
            browser.close()
    assert (DIRECTORY / "page.yaml").read_text(encoding="utf-8") == now
