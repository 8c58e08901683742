"""The rules of .gitignore files, without git: one for each directory, and those of the directories above it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from pathspec import GitIgnoreSpec

from model_manager.config.regular_file import NotRegularFileError, read_regular_file

_LARGEST = 1 << 20
#: Of several expressions in one, the groups must not have the same names.
_NAMED_GROUP = re.compile(r"\(\?P<\w+>")
_MOST_LEVELS = 100


class IgnoreRules:
    """The rules of one file; a later one wins over an earlier one.

    Rules in a row that say the same are one expression: ten thousand paths are matched against each of them.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        rules = [rule for line in lines for rule in _rules_of(line)]
        self._groups = [
            (include, re.compile("|".join(expression for _, expression in group)))
            for include, group in groupby(rules, lambda rule: rule[0])
        ]
        self._groups.reverse()

    def verdict(self, path: str) -> bool | None:
        """Whether a path below the file's directory is ignored; a directory's ends in a slash; None: not said."""
        return next((include for include, pattern in self._groups if pattern.match(path)), None)


def _rules_of(line: str) -> Iterator[tuple[bool, str]]:
    """The rule of a line, as whether it ignores and an expression; none of a comment or what is no rule."""
    try:
        patterns = GitIgnoreSpec.from_lines([line]).patterns
    except ValueError:  # git leaves it out too
        return
    for one in patterns:
        if one.include is not None and one.regex is not None:
            yield bool(one.include), _NAMED_GROUP.sub("(?:", one.regex.pattern)


class Ignored:
    """What is ignored in a directory: its own rules before those of the directories above it.

    Attributes:
        levels: for each file of rules, the nearest first, the path from its directory to this one: "" or "a/b/".
    """

    __slots__ = ("levels",)

    def __init__(self, levels: tuple[tuple[str, IgnoreRules], ...] = ()) -> None:
        self.levels = levels

    def below(self, name: str) -> "Ignored":
        """The rules that hold in a directory of this one."""
        return Ignored(tuple((f"{path}{name}/", rules) for path, rules in self.levels))

    def with_rules(self, file: Path) -> "Ignored":
        """These rules, with those of a file in this directory."""
        own = read_rules(file)
        return Ignored((("", own), *self.levels)) if own else self

    def __call__(self, name: str) -> bool:
        """Whether an entry of the directory is ignored; the name of a directory ends in a slash."""
        for path, rules in self.levels:
            verdict = rules.verdict(path + name)
            if verdict is not None:
                return verdict
        return False


def read_rules(file: Path) -> IgnoreRules | None:
    """The rules of a file, or None: it is not there, has none, or is none that git would read."""
    try:
        if file.is_symlink():
            return None
        text = read_regular_file(file, _LARGEST).decode("utf-8", "replace")
        return IgnoreRules(text.splitlines()) if text.strip() else None
    except (OSError, NotRegularFileError, ValueError):
        return None


def rules_above(directory: Path) -> Ignored:
    """The rules that hold in a directory of a repository: its own and those up to the one that has `.git`.

    A directory that is ignored itself was named on purpose, or is no part of that repository: its own rules count.
    """
    levels: list[tuple[str, IgnoreRules]] = []
    path, here = "", directory.resolve()
    for _ in range(_MOST_LEVELS):
        found = map(read_rules, (here / ".gitignore", here / ".git/info/exclude"))
        levels += [(path, rules) for rules in found if rules]
        if (here / ".git").exists():
            if _is_ignored(path, levels):
                break
            return Ignored(tuple(levels))
        if here.parent == here:
            break
        path, here = f"{here.name}/{path}", here.parent
    own = read_rules(directory / ".gitignore")
    return Ignored((("", own),) if own else ())


def _is_ignored(path: str, levels: Sequence[tuple[str, IgnoreRules]]) -> bool:
    """Whether a directory below a repository's top is ignored, or one around it."""
    parts = path.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        below = "".join(f"{part}/" for part in parts[end:])
        around = [
            (from_rules.removesuffix(below), rules) for from_rules, rules in levels if from_rules.endswith(below)
        ]
        said = (rules.verdict(one) for one, rules in around if one)
        if next((verdict for verdict in said if verdict is not None), False):
            return True
    return False
