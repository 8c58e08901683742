"""The history of a task for people: a line a change, the latest first, in local time."""

from collections.abc import Iterable

from model_manager.commands.history import FileChange, History
from model_manager.rendering.tables.console import ReportConsole
from model_manager.rendering.tables.sheet import Line, print_sheet

_NONE = "no changes by this tool; what is changed in an editor is not recorded"


def draw_history(console: ReportConsole, history: History) -> None:
    """The changes below a heading."""
    console.print()
    console.print(console.text("History", "heading"))
    if history.changes:
        print_sheet(console, _lines(history))
    else:
        console.print(console.text(_NONE, "muted"))


def _lines(history: History) -> Iterable[Line]:
    for change in history.changes:
        made = change.change
        words = f"{_value(made.old)} → {_value(made.new)}, by {_author(change)}, in {change.file}"
        if made.variable != history.task.env:
            words = f"{made.variable}: {words}"
        words += ", an undo" if made.undoes else ", undone" if made.undone else ""
        yield f"{made.at.astimezone():%Y-%m-%d %H:%M:%S}", words, "muted" if made.undone else ""


def _author(change: FileChange) -> str:
    made = change.change
    return made.by if made.via == "cli" else f"{made.by} ({made.via})"


def _value(value: str | None) -> str:
    return "not set" if value is None else value
