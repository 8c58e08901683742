"""What a traceback says of an error beside its message: the single problems, and how to mend them."""

from collections.abc import Sequence
from itertools import chain


class NotedError(Exception):
    """An error whose `problems` and `hint` are notes of it (PEP 678), so that tracebacks and logs show them.

    Both may be set again, such as by what takes keys out of them; notes that others add stay.
    """

    hint: str | None = None
    problems: Sequence[object] = ()

    def __setattr__(self, name: str, value: object) -> None:
        before = self._own_notes() if name in ("hint", "problems") else None
        super().__setattr__(name, value)
        if before is not None:
            others = [note for note in getattr(self, "__notes__", ()) if note not in before]
            self.__notes__ = [*self._own_notes(), *others]

    def _own_notes(self) -> list[str]:
        return list(chain(map(str, self.problems), [f"Hint: {self.hint}"] if self.hint else []))
