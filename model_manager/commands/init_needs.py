"""What a task has to require because of the code that reads its variable."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from model_manager.commands.init_sources import DATA_SUFFIXES, lines_of
from model_manager.config.scanning.walk import read_source, source_files
from model_manager.core.adoption.proposals import ModelUse
from model_manager.core.adoption.variables import needs_of_variable


def with_needs(directory: Path, uses: Iterable[ModelUse]) -> Iterator[ModelUse]:
    """The uses of variables with the capabilities that the code uses where it reads these."""
    found = list(uses)
    names = {use.variable: use.variable.encode() for use in found if use.variable}
    needs: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for file in source_files(directory) if names else ():
        if file.in_tests or file.style == "config" or PurePosixPath(file.shown).suffix in DATA_SUFFIXES:
            continue
        data = read_source(file.path) or b""
        for name in [name for name, word in names.items() if word in data]:
            needed = needs_of_variable(lines_of(directory, file.shown), name)
            needs.setdefault(name, []).append((file.shown, needed))
    for use in found:
        reading = needs.get(use.variable or "", ())
        inside = f"{use.read_in}/" if use.read_in else ""
        words = dict.fromkeys(word for file, needed in reading if file.startswith(inside) for word in needed)
        yield replace(use, needs=tuple(words)) if words else use
