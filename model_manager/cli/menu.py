"""A list to choose from, as a state without a terminal: what is typed narrows it, keys move in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from model_manager.rendering.tables.picker import Row


@dataclass(slots=True)
class Menu:
    """Rows, the search, and the row that is chosen.

    Attributes:
        title: the question.
        rows: all of them.
        typed: the search: rows that have all of its words remain.
        index: the chosen one of those that remain.
    """

    title: str
    header: str
    rows: Sequence[Row]
    typed: str = ""
    index: int = 0
    _found: Sequence[Row] = field(init=False)

    def __post_init__(self) -> None:
        self._found = self.rows

    @property
    def found(self) -> Sequence[Row]:
        """The rows that the search leaves."""
        return self._found

    @property
    def chosen(self) -> Row | None:
        """The chosen row; None: the search leaves none."""
        return self._found[self.index] if self._found else None

    def press(self, key: str, page: int) -> None:
        """Act on a key that moves or searches; `page` is how many rows are seen at once."""
        steps = {"up": -1, "down": 1, "page up": -page, "page down": page}
        if key in steps:
            self._go_to(self.index + steps[key])
        elif key in {"home", "end"}:
            self._go_to(0 if key == "home" else len(self._found) - 1)
        elif key == "backspace":
            self._search(self.typed[:-1])
        elif key == "clear":
            self._search("")
        elif len(key) == 1:
            self._search(self.typed + key)

    def window(self, size: int) -> tuple[Sequence[Row], int]:
        """The rows that are seen, at most so many, and which of them is the chosen one."""
        start = min(max(0, self.index - size // 2), max(0, len(self._found) - size))
        return self._found[start : start + size], self.index - start

    def _go_to(self, index: int) -> None:
        self.index = max(0, min(index, len(self._found) - 1))

    def _search(self, typed: str) -> None:
        words = typed.casefold().split()
        # Typing one more letter can only narrow what was found before.
        pool = self._found if typed.startswith(self.typed) else self.rows
        self._found = [row for row in pool if all(word in row.words for word in words)]
        self.typed, self.index = typed, 0
