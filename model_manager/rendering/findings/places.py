"""Files as programs name them, relative to the repository's root, and identities of findings that stay."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from model_manager.config.search import MODELS_FILE
from model_manager.core.checking import CheckFinding
from model_manager.rendering.findings.commands import fix_of
from model_manager.rendering.text import clean

_LENGTH = 40


class RepositoryPaths:
    """Paths relative to the root of the repository that a directory is in; without one, to the directory.

    Args:
        directory: what was checked; other files are named from there, or from the current directory.
        files: the files of the configuration, by the names that are shown for them.
    """

    def __init__(self, directory: Path, files: Mapping[str, Path] | None = None) -> None:
        self._files = files or {}
        self._directory = Path(os.path.abspath(directory))  # noqa: PTH100 - links stay as they are
        above = (self._directory, *self._directory.parents)
        self._root = next((place for place in above if (place / ".git").exists()), self._directory)

    def of(self, file: str | None) -> str | None:
        """A file of the repository with forward slashes; None for one outside of it."""
        if file is None:
            return None
        path = Path(os.path.abspath(self._found(file)))  # noqa: PTH100 - as above
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else None

    def _found(self, file: str) -> Path:
        """A file by the name that is shown for it."""
        if file in self._files:
            return self._files[file]
        here = self._directory / file
        return Path(file) if Path(file).exists() and not here.exists() else here

    def place(self, finding: CheckFinding) -> tuple[str, int]:
        """File and line for formats that demand them; others are shown at the top of models.toml."""
        if file := self.of(finding.file):
            return file, finding.line or 1
        return self.of(MODELS_FILE) or MODELS_FILE, 1


def fingerprints(findings: Iterable[CheckFinding], paths: RepositoryPaths) -> list[str]:
    """An identity for each finding: it stays when lines move and days pass, and no two have the same."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for one in findings:
        parts = (one.code, paths.of(one.file) or "", one.task or "", one.model or "", one.subject)
        seen[parts] += 1
        text = "\0".join((*parts, str(seen[parts])))
        found.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH])
    return found


def utf8(path: str) -> str:
    """A path as text that every reader takes: bytes of a name that are no UTF-8 become question marks."""
    return path.encode("utf-8", "replace").decode()


def located_sentence(finding: CheckFinding, paths: RepositoryPaths) -> str:
    """The sentence; a file outside of the repository, which a format cannot link to, is named before it."""
    if finding.file is None or paths.of(finding.file):
        return sentence(finding)
    return clean(f"{finding.file}:{finding.line or 1}: ") + sentence(finding)


def sentence(finding: CheckFinding) -> str:
    """A finding and how to mend it, for formats that have one text; nothing in it is obeyed by a terminal."""
    fix = fix_of(finding)
    if fix is None:
        return clean(finding.message, keep="\n")
    separator = "\n" if "\n" in fix else "; "
    return clean(f"{finding.message}{separator}{fix}", keep="\n")
