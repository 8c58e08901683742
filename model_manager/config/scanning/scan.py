"""Finds the models that an application's source code names, with file and line."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model_manager.config.scanning.walk import SourceFile, read_source, source_files
from model_manager.core.mentions.finder import Mention, MentionFinder, Role
from model_manager.core.mentions.lists import with_lists
from model_manager.core.mentions.names import NameKind
from model_manager.core.models import Catalogue, Model
from model_manager.core.redaction import Redactor

#: As much of a line is shown.
LONGEST_TEXT = 200
#: Languages whose vendors' libraries have a constant for each model.
_WITH_CONSTANTS = (".go", ".java", ".kt", ".kts", ".scala", ".groovy")
#: What a notebook's cells have printed.
_OUTPUTS = re.compile(rb'^( *)"outputs": \[\r?\n.*?^\1\]', re.MULTILINE | re.DOTALL)
_NOT_NEWLINE = re.compile(rb"[^\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFinding:
    """A model's name in a file of an application.

    Attributes:
        file: the path from the directory that was searched, with slashes.
        line: from 1; `column` from 1, in characters.
        text: the line or the part of it around the name, without keys, at most 200 characters.
        name: as it is written, with a provider that stands before it.
        model: None if the catalogue has no such model.
        kind: how the name relates to the model: "id", "alias", "dated", or "unknown" without one.
        role: "value"; one of a "list" of models; "key" of a table, such as one of prices; or "comparison", which
            asks what a model is.
        in_tests: whether the file is one of the application's tests.
    """

    file: str
    line: int
    column: int
    text: str
    name: str
    model: Model | None
    kind: NameKind
    role: Role
    in_tests: bool


def scan_code(
    directory: Path, catalogue: Catalogue, *, redact: Callable[[str], str] | None = None
) -> Sequence[CodeFinding]:
    """Every model's name in the code and the configuration files of a directory, by file and line.

    Left out are comments, prose (Markdown, texts, changelogs), `.env` files and `models.toml`, lock files,
    fixtures and cassettes of tests, what .gitignore names, vendored and built code, minified and binary files, and
    files above 1 MB. No link is followed.

    Args:
        directory: where to search, with the directories below it.
        catalogue: whose models to look for; other names count that look like those of well-known families.
        redact: hides the keys that a line may hold; by default what has the shape of one.
    """
    finder, redact = MentionFinder(catalogue), redact or Redactor(shapes=True)
    return [finding for file in source_files(directory) for finding in _findings(file, finder, redact)]


def _findings(file: SourceFile, finder: MentionFinder, redact: Callable[[str], str]) -> Iterator[CodeFinding]:
    data = read_source(file.path)
    if not data:
        return
    if file.path.endswith(".ipynb"):
        data = _OUTPUTS.sub(lambda match: _NOT_NEWLINE.sub(b" ", match[0]), data)
    has_constants = file.path.endswith(_WITH_CONSTANTS)
    for mention in with_lists(finder.find(data, file.style, has_constants=has_constants), data):
        yield CodeFinding(
            file=file.shown,
            line=mention.line,
            column=mention.column,
            text=_excerpt(mention, redact),
            name=mention.name,
            model=mention.model,
            kind=mention.kind,
            role=mention.role,
            in_tests=file.in_tests,
        )


def _excerpt(mention: Mention, redact: Callable[[str], str]) -> str:
    """The line of a mention; of a long one, the part around it. What is cut off could be half of a key."""
    text = redact(mention.text)
    if len(text.strip()) <= LONGEST_TEXT:
        return text.strip()
    at = text.find(mention.name, max(0, mention.column - 1 - len(mention.text) + len(text)))
    start = max(0, max(at, 0) - LONGEST_TEXT // 2)
    return text[start : start + LONGEST_TEXT].strip()
