"""`completion` without a shell, for people: what is installed."""

from collections.abc import Sequence

from model_manager.commands.completion_install import Installed
from model_manager.rendering.tables.console import ReportConsole, grid


def draw(console: ReportConsole, shells: Sequence[Installed]) -> None:
    """A line for each shell, and the way to have it."""
    table = grid(("Shell", "left"), ("State", "left"), ("File", "left"))
    for one in shells:
        state, style = ("current", "good") if one.current else ("old", "warning")
        if not one.installed:
            state, style = "not installed", "muted"
        table.add_row(console.text(one.shell, "id"), console.text(state, style), console.text(one.path, "muted"))
    console.print_table(table)
    console.print(console.text("model-manager completion SHELL --install installs or updates it", "muted"))
