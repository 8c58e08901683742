"""Comments that ignore findings: `# model-manager: ignore[MM203]` on a line, `ignore-file[…]` in a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from model_manager.commands.check.subject import finding
from model_manager.config.workspace import Workspace
from model_manager.core.checking import RULES, CheckFinding
from model_manager.core.suggestions import did_you_mean

#: In the comments of any language.
_COMMENT = re.compile(
    r"(?:#|//|--|;|/\*|<!--|%)\s*model-manager:\s*ignore(?P<file>-file)?\b(?:\[(?P<codes>[^\]]*)\])?"
)
_MARK = "model-manager:"
_MOST_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class _FileIgnores:
    """The codes that a file's comments ignore: by line, and everywhere in it; and what they name in vain."""

    lines: Mapping[int, frozenset[str]] = field(default_factory=dict)
    everywhere: frozenset[str] = frozenset()
    unknown: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Ignores:
    """The comments of a workspace's files, and of further files in which something was found."""

    workspace: Workspace

    @cached_property
    def _known(self) -> dict[str, _FileIgnores]:
        return {}

    def covers(self, found: CheckFinding) -> bool:
        """Whether a comment ignores a finding."""
        if found.file is None:
            return False
        comments = self._of(found.file)
        return found.code in comments.everywhere or found.code in comments.lines.get(found.line or 0, ())

    def unknown(self, found: Sequence[CheckFinding]) -> Iterator[CheckFinding]:
        """Comments that ignore nothing, in the workspace's files and those in which something was found."""
        files = dict.fromkeys((*self.workspace.files, *(one.file for one in found if one.file)))
        for shown in files:
            for line, code in self._of(shown).unknown:
                if code:
                    message, fix = f"there is no rule {code!r} to ignore", did_you_mean(code.upper(), RULES)
                else:
                    message, fix = "this comment names no rule to ignore", "name codes: ignore[MM203]"
                yield finding("MM105", message, (shown, line), subject=code, fix=fix)

    def _of(self, shown: str) -> _FileIgnores:
        if shown not in self._known:
            path = self.workspace.files.get(shown) or self.workspace.directory / shown
            self._known[shown] = _read(path)
        return self._known[shown]


def _read(path: Path) -> _FileIgnores:
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return _FileIgnores()
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _FileIgnores()
    return parse_ignores(text)


def parse_ignores(text: str) -> _FileIgnores:
    """The comments of a text."""
    if _MARK not in text:
        return _FileIgnores()
    lines: dict[int, frozenset[str]] = {}
    everywhere: frozenset[str] = frozenset()
    unknown: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        for comment in _COMMENT.finditer(line) if _MARK in line else ():
            named = [code.strip() for code in (comment["codes"] or "").split(",")]
            known = frozenset(code.upper() for code in named if code.upper() in RULES)
            unknown += [(number, code) for code in named if code.upper() not in RULES]
            if comment["file"]:
                everywhere |= known
            else:
                lines[number] = lines.get(number, frozenset()) | known
    return _FileIgnores(lines, everywhere, tuple(unknown))
