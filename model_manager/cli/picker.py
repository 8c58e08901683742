"""Lets a user pick a task and its model with the keyboard; draws below the prompt and leaves nothing behind."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from model_manager.cli.keys import Keys, Resized, single_keys
from model_manager.cli.menu import Menu
from model_manager.commands.assign_choices import models_for, tasks_of
from model_manager.config.workspace import Workspace
from model_manager.core.suggestions import find_task
from model_manager.rendering import Output
from model_manager.rendering.tables.console import make_console
from model_manager.rendering.tables.picker import FRAME_LINES, SHORT_FRAME_LINES, draw, model_rows, task_rows

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CLEAR_BELOW = "\r\x1b[J"


def pick_assignment(
    output: Output, workspace: Workspace, now: datetime, *, task: str | None = None
) -> tuple[str, str]:
    """The task and the model that the user picks; the task may be known already.

    Raises:
        KeyboardInterrupt: the user picks nothing.
        UnknownNameError: there is no such task.
        UsageError: keys cannot be read on this system.
    """
    if task is not None:
        find_task(workspace.catalogue, task)
    header, rows = task_rows(tasks_of(workspace, now))
    tasks = Menu("Which task gets another model?", header, rows)
    with _screen(output) as screen:
        while True:
            name = task or screen.choose(tasks)
            if name is None:
                raise KeyboardInterrupt
            assignment = workspace.assignment(name, now.date())
            header, rows = model_rows(models_for(workspace, assignment, now))
            present = f" (now {assignment.text})" if assignment.text else ""
            if model := screen.choose(Menu(f"Which model for {name}?{present}", header, rows)):
                return name, model
            if task is not None:
                raise KeyboardInterrupt


@contextmanager
def _screen(output: Output) -> Iterator["_Screen"]:
    """The screen below the prompt; empty again afterwards, whatever happens."""
    with single_keys(sys.stdin) as keys:
        screen = _Screen(output, keys)
        output.err.write(_HIDE_CURSOR)
        try:
            yield screen
        finally:
            screen.erase()
            output.err.write(_SHOW_CURSOR)
            output.err.flush()


@dataclass(slots=True)
class _Screen:
    """Draws a menu and reads keys; `_drawn` is how many cells each line takes that is on the screen."""

    output: Output
    keys: Keys
    _drawn: list[int] = field(default_factory=list)

    def choose(self, menu: Menu) -> str | None:
        """The key of the chosen row; None: the user goes back.

        Raises:
            KeyboardInterrupt: the user gives up.
        """
        while True:
            page = self._show(menu)
            try:
                pressed = self.keys.read()
            except Resized:
                continue
            for key in pressed:
                if key == "interrupt":
                    raise KeyboardInterrupt
                if key == "escape":
                    return None
                if key == "enter" and menu.chosen:
                    return menu.chosen.key
                menu.press(key, page)

    def _show(self, menu: Menu) -> int:
        """Draw a menu in place of what was drawn; how many rows there is room for."""
        columns, lines = self._size()
        # Where less than one row would be left, the lines that can be missed are left out.
        is_short = lines < FRAME_LINES + 2
        room = max(1, lines - (SHORT_FRAME_LINES if is_short else FRAME_LINES) - 1)
        rows, chosen = menu.window(room)
        output = self.output
        console = make_console(output.err, color=output.color, redact=output.redact)
        console.width = max(1, columns - 1)
        self.erase()
        with console.capture() as captured:
            count = f"{len(menu.found):,} of {len(menu.rows):,}"
            around = {"title": menu.title, "typed": menu.typed, "header": menu.header, "count": count}
            self._drawn = draw(console, rows, chosen=chosen, is_short=is_short, **around)
        output.err.write(captured.get())
        output.err.flush()
        return room

    def erase(self) -> None:
        """Take what was drawn off the screen, also where a narrower one has broken its lines."""
        if self._drawn:
            columns = self._size()[0]
            up = sum(max(1, ceil(cells / columns)) for cells in self._drawn) - 1
            self.output.err.write((f"\x1b[{up}A" if up else "") + _CLEAR_BELOW)
            self._drawn = []

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self.output.err.fileno())
        except OSError:
            return 80, 24
        return columns or 80, lines or 24
