"""Answers a shell that completes a command line: prints the models, tasks or providers that begin as typed.

`model-manager __words KIND:PREFIX [-C DIR] [--models-file FILE] [--env-file FILE]...` prints a line for each: the
word, a tab, its meaning. The words of a directory are kept in a cache file, with the identity (times, size, inode)
of every file that they came from. While all of these are as they were, the cache file answers; else the catalogue
is read.

Standard library only, and little of it: a person waits for this with a finger on TAB.
"""

import os
import sys
import time
from stat import S_ISREG

from model_manager._version import __version__
from model_manager.config.search import find_project_files

_SETTING = "MODEL_MANAGER_MODELS_FILE"
_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_NO_FILE, _SPECIAL_FILE = "-", "?"
#: The parts of a cache file that hold each kind of word.
_PARTS = {"model": (0,), "task": (1,), "provider": (2,), "any": (0, 1)}
_DAY = 86_400
#: Longer .env files are left to the real reader.
_MOST_BYTES = 1 << 18
_KEPT_DAYS = 30
#: A file that was changed less than this long ago may change again without its time showing it.
_SETTLED_NS = 2_000_000_000
#: Gives a context its file; the file holds the context too, so that two with one number are told apart.
_LARGE_PRIME = 2**64 - 59

#: Lines of models with their aliases, of tasks, and of providers.
Words = tuple[bytes, ...]


def main(arguments: list[str]) -> None:
    """Print the words that these arguments ask for.

    Whatever is broken, nothing is said on stderr: it would end up on a command line.
    """
    try:
        text = _answer(arguments[0], arguments[1:])
    except Exception:  # noqa: BLE001 - no words are better than a traceback on the command line
        return
    try:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    except (OSError, AttributeError):
        os._exit(0)  # the shell has gone; at exit Python would complain about what was not written


class _Query:
    """Whose words are wanted: a directory, and the files named on the command line or by a setting."""

    def __init__(self, options: list[str]) -> None:
        given: dict[str, list[str]] = {}
        for name, value in zip(options[::2], options[1::2], strict=False):
            given.setdefault(name, []).append(value)
        self.directory = os.path.join(os.getcwd(), *given.get("-C", [])[-1:])
        found = find_project_files(self.directory, upwards="-C" not in given)
        self.project_file, self.found_env_files, self.env_level = found.models, found.env, found.env_level
        #: The strongest first.
        self.env_files = given.get("--env-file", [])[::-1] or list(found.env)
        self.models_file = given.get("--models-file", [os.environ.get(_SETTING, "").strip()])[-1]
        env_text = b"" if self.models_file else b"".join(map(self._read, self.env_files))
        self.env_files_may_name_it = _SETTING.encode() in env_text
        #: What a variable puts into a value is not in the context below.
        self.can_be_kept = not (self.env_files_may_name_it and b"${" in env_text)
        self.is_shared = not (self.models_file or self.env_files_may_name_it or self.project_file)

    def _read(self, name: str) -> bytes:
        """A .env file; where that cannot be told here, what makes the real reader look at it."""
        path = os.path.join(self.directory, name)
        try:
            status = os.stat(path)
            if S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES:
                with open(path, "rb") as file:
                    return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return b""
        except OSError:
            pass
        return _SETTING.encode()

    def context(self) -> bytes:
        """All but the content of files that the words depend on; the same for directories without own models."""
        own = (
            [""] * 4
            if self.is_shared
            else [self.directory, self.models_file, self.project_file or "", *self.env_files]
        )
        variables = [os.environ.get(name, "") for name in ("XDG_CONFIG_HOME", "HOME")]
        return os.fsencode("\0".join([_PACKAGE, *variables, *own]))


def _answer(wanted: str, options: list[str]) -> bytes:
    kind, _, prefix = wanted.partition(":")
    query = _Query(options)
    context = query.context()
    folder = os.path.join(cache_root(), "words")
    path = os.path.join(folder, f"{int.from_bytes(context, 'big') % _LARGE_PRIME:016x}")
    words = _recall(path, context) or _read(query, path, context)
    return b"".join(_beginning_with(os.fsencode(prefix), words[part]) for part in _PARTS[kind])


def _beginning_with(prefix: bytes, lines: bytes) -> bytes:
    """The lines that begin so, in letters of either case."""
    if not prefix:
        return lines
    text = b"\n" + lines
    folded, wanted = text.lower(), b"\n" + prefix.lower()
    found = []
    at = folded.find(wanted)
    while at >= 0:
        end = text.index(b"\n", at + 1)
        found.append(text[at + 1 : end + 1])
        at = folded.find(wanted, end)
    return b"".join(found)


def cache_root() -> str:
    """The directory for what can be found out again."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        parts = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
        base = os.path.join(os.path.expanduser("~"), *parts)
    return os.path.join(base, "model-manager")


def _header() -> bytes:
    """Begins a cache file. Prices and retirements change by the date, so words last until midnight in UTC."""
    return f"model-manager words {__version__} {int(time.time()) // _DAY}".encode()


def _recall(path: str, context: bytes) -> Words | None:
    """The words of a cache file, if it is whole, for this context, and no source of it has changed."""
    try:
        with open(path, "rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            head, _, rest = file.read().partition(b"\n")
        header, *sizes = head.rsplit(b" ", 5)
        ends = [0]
        for size in sizes:
            ends.append(ends[-1] + int(size))
        kept, sources, *words = (rest[ends[i] : ends[i + 1]] for i in range(5))
    except (OSError, ValueError, IndexError):
        return None
    is_good = header == _header() and kept == context and ends[-1] == len(rest)
    return tuple(words) if is_good and all(map(_is_unchanged, sources.split(b"\0"))) else None


def _is_ours(status: os.stat_result) -> bool:
    """Whether nobody else can have written it, as far as the platform tells."""
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _is_unchanged(source: bytes) -> bool:
    stamp, _, path = source.partition(b" ")
    return stamp == _stamp(os.fsdecode(path)).encode()


def _stamp(path: str) -> str:
    """The identity of a file's content."""
    try:
        status = os.stat(path)
    except OSError:
        return _NO_FILE
    if not S_ISREG(status.st_mode):
        return _SPECIAL_FILE  # what a pipe holds can be read only once
    return f"{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_size}.{status.st_ino}.{status.st_dev}"


def _read(query: _Query, path: str, context: bytes) -> Words:
    """The words as the files have them; kept, if the files stayed as they were while they were read."""
    from model_manager.commands import candidates

    models_file = query.models_file
    if query.env_files_may_name_it:
        models_file = _find_setting(query)
    own = [] if query.is_shared else filter(None, [query.project_file, models_file, *query.env_files])
    sources = [*candidates.common_files(), *(os.path.join(query.directory, name) for name in own)]
    stamps = [_stamp(source) for source in sources]
    directory = None if query.is_shared else query.directory
    words = tuple(map(_lines, candidates.read_words(directory, models_file, query.project_file)))
    if query.can_be_kept and stamps == [_stamp(source) for source in sources] and all(map(_is_settled, stamps)):
        listed = "\0".join(f"{stamp} {source}" for stamp, source in zip(stamps, sources, strict=True))
        _keep(path, context, os.fsencode(listed), *words)
    return words


def _find_setting(query: _Query) -> str:
    """The catalogue that the .env files name; "" if they name none, or one that counts cannot be read."""
    from pathlib import Path

    from model_manager.config.dotenv.reader import read_env_file
    from model_manager.errors import EnvFileError

    try:
        for name in query.env_files:
            path = os.path.join(query.directory, name)
            if os.path.exists(path):
                binding = read_env_file(Path(path), os.environ, shown=name).bindings.get(_SETTING)
                if binding and binding.value.strip():
                    level = query.env_level if name in query.found_env_files else ""
                    return os.path.join(level, binding.value.strip())
    except (EnvFileError, OSError):
        pass
    return ""


def _lines(words: list[tuple[str, str]]) -> bytes:
    return "".join(f"{word}\t{meaning}\n" for word, meaning in words).encode("utf-8", "replace")


def _is_settled(stamp: str) -> bool:
    if stamp == _NO_FILE:
        return True
    changed = stamp.partition(".")[0]
    return changed.isdigit() and int(changed) < time.time_ns() - _SETTLED_NS


def _keep(path: str, *parts: bytes) -> None:
    """Put a cache file in its place as a whole. That it cannot be is no error: the words are read each time."""
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f"~{os.getpid()}")
    try:
        os.makedirs(folder, 0o700, exist_ok=True)
        try:
            with open(temporary, "wb", opener=_private) as file:
                file.write(b" ".join([_header(), *(str(len(part)).encode() for part in parts)]) + b"\n")
                file.writelines(parts)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
        remove_unused(folder)
    except OSError:
        pass


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)


def remove_unused(folder: str) -> None:
    """Remove cache files that were not written anew for a month: of directories that are gone."""
    oldest = time.time() - _KEPT_DAYS * _DAY
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat(follow_symlinks=False).st_mtime < oldest:
                os.unlink(entry.path)
