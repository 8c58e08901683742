"""The picker of `assign` without a terminal: keys, the search, what each row says, and the size of its screen."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from projects import workspace_of

from model_manager.cli.keys import names_of
from model_manager.cli.menu import Menu
from model_manager.commands.assign_choices import models_for, tasks_of
from model_manager.core.redaction import Redactor
from model_manager.rendering.tables.console import ReportConsole, make_console
from model_manager.rendering.tables.picker import FRAME_LINES, SHORT_FRAME_LINES, Row, draw, model_rows, task_rows

NOW = datetime(2026, 11, 28, tzinfo=UTC)
PROJECT = """
extends = false
[providers.acme]
wire = "openai"
base_url = "https://api.acme.example/v1"
api_key_env = ["ACME_API_KEY"]
[tasks.chat]
model = "small"
requires = ["vision"]
profile = { requests_per_day = 1000, input_tokens = 1000, output_tokens = 0 }
[models.small]
provider = "acme"
price = { input = 1, output = 2 }
[models.blind]
provider = "acme"
lacks = ["vision"]
price = { input = 1, output = 2 }
[models.large]
provider = "acme"
capabilities = ["vision"]
price = { input = 11, output = 2 }
[models.gone]
provider = "acme"
retires = 2026-01-01
[models.dark]
provider = "acme"
capabilities = ["vision"]
"""


def row(key: str) -> Row:
    """A row of one cell."""
    return Row(key=key, cells=[(key, "")], detail="", words=key)


def console(width: int = 79) -> ReportConsole:
    """A console of this width without colours."""
    made = make_console(StringIO(), color=False, redact=Redactor(shapes=True))
    made.width = width
    return made


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b[A\x1bOB", ["up", "down"]),
        ("\x1b[5~\x1b[6~\x1b[H\x1bOF", ["page up", "page down", "home", "end"]),
        ("a\x1b[Bü\r", ["a", "down", "ü", "enter"]),
        ("\x7f\x15\x03", ["backspace", "clear", "interrupt"]),
        ("\x1b", ["escape"]),
        ("\t\x00", []),
    ],
)
def test_keys_by_what_they_send(sent, keys):
    """Arrow keys in both their forms, editing keys and letters are told apart, however they arrive together."""
    assert names_of(sent) == keys


def test_a_sequence_without_a_meaning_types_nothing():
    """A function key neither moves nor searches."""
    menu = Menu("", "", [row("a"), row("b")])
    for key in names_of("\x1b[15~\x1b[1;5C"):
        menu.press(key, 10)
    assert (menu.typed, menu.index) == ("", 0)


def test_typing_searches_and_keys_move_within_what_is_found():
    """All typed words must be in a row; the choice stays within what remains, and Backspace widens it again."""
    menu = Menu("", "", [row(key) for key in ("gpt-a", "gpt-b", "claude-a", "claude-b")])
    for key in "gpt":
        menu.press(key, 10)
    menu.press("down", 10)
    menu.press("down", 10)
    assert menu.chosen.key == "gpt-b"
    menu.press("x", 10)
    menu.press("down", 10)
    assert menu.chosen is None
    menu.press("clear", 10)
    for key in "-b cl":
        menu.press(key, 10)
    assert [one.key for one in menu.found] == ["claude-b"]
    menu.press("backspace", 10)
    menu.press("backspace", 10)
    menu.press("end", 10)
    assert menu.chosen.key == "claude-b"
    menu.press("page up", 10)
    assert menu.chosen.key == "gpt-b"


def test_ten_thousand_rows_show_a_window_round_the_choice():
    """No more rows are drawn than fit, and the chosen one is always among them."""
    menu = Menu("", "", [row(f"m{number}") for number in range(10_000)])
    for index in (0, 1, 17, 5_000, 9_999):
        menu.index = index
        rows, chosen = menu.window(18)
        assert (len(rows), rows[chosen].key) == (18, f"m{index}")


def test_models_say_price_difference_and_fit_the_best_first():
    """The present model comes first, retired ones are left out, and what a model lacks is said."""
    workspace = workspace_of({"models.toml": PROJECT}, env={"ACME_API_KEY": "k" * 20})
    (assignment,) = tasks_of(workspace, NOW)
    header, rows = model_rows(models_for(workspace, assignment, NOW))
    shown = [" ".join("  ".join(text for text, _ in one.cells).split()) for one in rows]
    assert shown == [
        "small 1.00/2.00 now may fit",
        "large 11.00/2.00 +$300 fits",
        "dark ? ? fits",
        "blind 1.00/2.00 the same does not fit",
    ]
    assert "lacks vision, which chat requires" in rows[-1].detail
    assert header.split() == ["Model", "In/Out", "per", "1M", "Per", "month", "Fit"]


def test_a_missing_key_is_said_and_ranks_below_what_can_be_called():
    """Without its key a model that fits says so, with the variable."""
    workspace = workspace_of({"models.toml": PROJECT})
    (assignment,) = tasks_of(workspace, NOW)
    _, rows = model_rows(models_for(workspace, assignment, NOW))
    assert (rows[1].cells[-1][0], "set ACME_API_KEY" in rows[1].detail) == ("fits, no key", True)
    _, (task,) = task_rows((assignment,))
    assert task.key == "chat"
    assert "ACME_API_KEY" in task.detail


@pytest.mark.parametrize("width", [20, 79, 139])
def test_the_screen_keeps_to_its_size(width):
    """Each row takes one line that fits, whatever its words are, and nothing in them acts on the terminal."""
    rows = [Row(key="x", cells=[("漢字" * 60, ""), ("\x1b[2J" * 9, "")], detail="d" * 300, words="")] * 4
    shown = console(width)
    with shown.capture() as captured:
        cells = draw(shown, rows, chosen=2, title="t" * 200, typed="", header="h", count="4 of 4")
    lines = captured.get().split("\n")
    assert len(lines) == len(cells) == len(rows) + FRAME_LINES
    assert max(cells) <= width
    assert "\x1b" not in captured.get()
    with shown.capture() as captured:
        cells = draw(shown, rows[:1], chosen=0, is_short=True, title="t", typed="", header="h", count="1 of 4")
    assert len(captured.get().split("\n")) == len(cells) == 1 + SHORT_FRAME_LINES
