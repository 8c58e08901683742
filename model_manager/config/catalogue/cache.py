"""Remembers a catalogue that was read, for as long as its files stay as they were.

Reading the embedded catalogue takes ten times as long as recalling it. A remembered one is ignored if anything is
odd about it: the time, size or inode of a file, the version of this tool, an owner or a mode that lets others
write, or bytes that do not unpickle.
"""

import os
import pickle
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from stat import S_ISREG
from typing import Any
from zlib import crc32

from model_manager._version import __version__
from model_manager.config.catalogue.files import LayerFile
from model_manager.config.directories import cache_directory
from model_manager.core.models import Catalogue

#: A file that was changed less than this long ago may be changed again without its time showing it.
_SETTLED_NS = 2_000_000_000
#: The modules whose classes a catalogue consists of; nothing else in a file is made.
_MODULES = {
    "model_manager.core.models",
    "model_manager.core.pricing",
    "model_manager.core.routing.auto",
    "decimal",
    "datetime",
}
_PACKAGE = Path(__file__).parents[2]
_WRITABLE_BY_OTHERS = 0o022

Identity = tuple[Any, ...]


class CatalogueCache:
    """The remembered catalogue of some files.

    Args:
        files: the catalogue's files, the weakest first.
        environ: where the variables that name directories are looked up.
    """

    def __init__(self, files: Sequence[LayerFile], environ: Mapping[str, str]) -> None:
        self._files = files
        named = "\n".join(f"{file.layer} {os.path.abspath(file.path)}" for file in files)  # noqa: PTH100 - no links followed
        self._path = cache_directory(environ) / f"catalogue-{crc32(os.fsencode(named)):08x}.pickle"
        self._identity = self._identify()

    def recall(self) -> Catalogue | None:
        """The remembered catalogue, if its files have not changed since."""
        if self._identity is None:
            return None
        try:
            with self._path.open("rb") as file:
                if not _is_ours(os.fstat(file.fileno())):
                    return None
                data = file.read()
            identity, catalogue = _Unpickler(BytesIO(data)).load()
        except Exception:  # noqa: BLE001 - unpickling odd bytes may raise anything; the files tell the truth
            return None
        return catalogue if identity == self._identity and isinstance(catalogue, Catalogue) else None

    def keep(self, catalogue: Catalogue) -> None:
        """Keep what was read, unless its files changed meanwhile or just now. That it cannot be is no error."""
        identity = self._identify()
        if identity is None or identity != self._identity or not self._is_settled():
            return
        temporary = self._path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}")
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(temporary, "xb", opener=_private) as file:
                    _Pickler(file, pickle.HIGHEST_PROTOCOL).dump((identity, catalogue))
                temporary.replace(self._path)
            finally:
                temporary.unlink(missing_ok=True)

    def _identify(self) -> Identity | None:
        """The versions of this tool and of Python, and the files' stamps; None if a file cannot be looked at."""
        try:
            files = [(file, os.stat(file.path)) for file in self._files]  # noqa: PTH116 - twice as fast
            if not all(S_ISREG(status.st_mode) for _, status in files):
                return None  # what a pipe holds can be read only once
            stamps = ((file.layer, file.shown, file.for_budgets, *_stamp(status)) for file, status in files)
            return (__version__, sys.version, max(_code_times()), *stamps)
        except OSError:
            return None

    def _is_settled(self) -> bool:
        """Whether no file was changed a moment ago, or in what this machine's clock calls the future."""
        latest = time.time_ns() - _SETTLED_NS
        return all(file.path.stat().st_mtime_ns < latest for file in self._files)


class _Pickler(pickle.Pickler):
    """Writes our values so that reading them takes half as long as the way that dataclasses have."""

    def reducer_override(self, value: Any) -> Any:
        """How a value is made again."""
        if isinstance(value, type) or not is_dataclass(value):
            return NotImplemented
        return _restore, (type(value), *(getattr(value, field.name) for field in fields(value)))


def _restore(kind: type, *values: Any) -> Any:
    restored: Any = object.__new__(kind)
    for set_field, value in zip(_setters(kind), values, strict=True):
        set_field(restored, value)
    return restored


@cache
def _setters(kind: Any) -> tuple[Any, ...]:
    """The functions that set the slots of a class, frozen or not."""
    return tuple(getattr(kind, field.name).__set__ for field in fields(kind))


class _Unpickler(pickle.Unpickler):
    """Makes only the classes that a catalogue consists of."""

    def find_class(self, module: str, name: str) -> Any:
        """A class of those that a catalogue is made of."""
        if (module, name) == (__name__, _restore.__name__):
            return _restore
        if module not in _MODULES or "." in name:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a catalogue")
        return super().find_class(module, name)


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    # Whoever sets a file's old time again after an edit cannot set ctime.
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev


def _code_times() -> Iterator[int]:
    """When the modules that make catalogues were last changed: others may understand the files otherwise."""
    for part in ("core", "core/routing", "config", "config/catalogue"):
        with os.scandir(_PACKAGE / part) as entries:
            yield from (entry.stat().st_mtime_ns for entry in entries if entry.name.endswith(".py"))


def _is_ours(status: os.stat_result) -> bool:
    """Whether only this user can have written it, as far as the platform tells."""
    return not hasattr(os, "geteuid") or (
        status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
