"""Answers a shell that asks for words: from word files that are fresh, else by reading the catalogue.

A word file is text that a shell reads by itself, without a process, as long as it is fresh: header lines say which
directory, variables and command it is for, until when, and what time each of its sources has; then come the words
and what they mean. Beside it lie stamps: empty files that have the very time of a source, because bash and zsh can
compare the times of files but not read them.

Standard library only, and little of it: a person waits for this with a finger on TAB.
"""

import os
import sys
import time

FORMAT, END = "model-manager words 1", "end"
#: Lines that hold for which directory, variables and command the words are.
_CONTEXT = slice(1, 6)
_SETTING = "MODEL_MANAGER_MODELS_FILE"
_MODELS, _ENV_FILES = "models.toml", (".env.local", ".env")
_LONGEST_NAME = 255
_DAY = 86_400
_KEPT_DAYS = 30
#: A file that was changed less than this long ago may change again without its time showing it.
_SETTLED_NS = 2_000_000_000
_NS = 1_000_000_000

Words = list[tuple[str, str]]


def main(arguments: list[str]) -> None:
    """Print a word file's text for the command that `arguments` name first, with the options that follow it.

    Whatever is broken, the text is whole and nothing is said on stderr: it would end up on a command line.
    """
    try:
        text = _answer(arguments[0] if arguments else "", arguments[1:])
    except Exception:  # noqa: BLE001 - no words are better than a traceback on the command line
        text = _compose([""] * 5, 0, [], ([], [], []))
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except (OSError, AttributeError):
        os._exit(0)  # the shell has gone; at exit Python would complain about what was not written


def _answer(command: str, options: list[str]) -> str:
    if options:
        return _read(["", "", "", "", command], ".", options)[0]
    directory, setting = _directory(), os.environ.get(_SETTING, "")
    lines = [setting, os.environ.get("XDG_CONFIG_HOME", ""), os.environ.get("HOME", ""), command]
    root = cache_root()
    common = os.path.join(root, "words", "common")
    own = [f"{directory}/{name}" for name in (_MODELS, *_ENV_FILES)]
    if not setting and not any(map(os.path.lexists, own)):
        return _fresh(common, ["", *lines]) or _read_and_store(common, ["", *lines], directory)
    path, context = os.path.join(root, "words", directory.replace("/", "%")), [directory, *lines]
    if fresh := _fresh(path, context):
        return fresh
    if not (setting or os.path.lexists(own[0]) or _is_set_in(own[1:])) and (known := _fresh(common, ["", *lines])):
        return _store(path, _for_directory(known, context, own), directory)
    return _read_and_store(path, context, directory)


def cache_root() -> str:
    """Where words are kept: the same place that the shells' scripts work out."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        parts = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
        base = os.path.join(os.path.expanduser("~"), *parts)
    return os.path.join(base, "model-manager")


def _directory() -> str:
    """The working directory as the shell calls it: it may have come there by a link."""
    named = os.environ.get("PWD", "")
    try:
        if os.path.isabs(named) and os.path.samefile(named, "."):
            return named
    except OSError:
        pass
    return os.getcwd()


def _is_set_in(paths: list[str]) -> bool:
    """Whether one of these .env files may name a catalogue."""
    for path in paths:
        try:
            with open(path, "rb") as file:
                if _SETTING.encode() in file.read():
                    return True
        except FileNotFoundError:
            continue
        except OSError:
            return True
    return False


def _fresh(path: str, context: list[str]) -> str | None:
    """The text of a word file, if it is whole, for this context, and none of its sources has changed."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            text = file.read()
        lines = text.split("\n")
        count = int(lines[7])
        good = (
            lines[0] == FORMAT
            and lines[-2:] == [END, ""]
            and lines[_CONTEXT] == context
            and time.time() < int(lines[6])
            and sum(map(int, lines[8 + count].split())) == len(lines) - count - 11
            and all(map(_holds, lines[8 : 8 + count]))
        )
    except (OSError, ValueError, IndexError):
        return None
    return text if good else None


def _holds(source: str) -> bool:
    return source == _source(source.partition(" ")[2])


def _source(path: str) -> str:
    """What a header says of a file now."""
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError:
        return f"? {path}" if os.path.lexists(path) else f"- {path}"
    return f"{changed // _NS}.{changed % _NS:09d} {path}"


def _for_directory(common: str, context: list[str], own: list[str]) -> str:
    """The common words for a directory whose own files say nothing about models."""
    lines = common.split("\n")
    count = int(lines[7])
    sources = [*lines[8 : 8 + count], *map(_source, own)]
    return "\n".join([FORMAT, *context, lines[6], str(len(sources)), *sources, *lines[8 + count :]])


def _read_and_store(path: str, context: list[str], directory: str) -> str:
    text, is_settled = _read(context, directory, [])
    return _store(path, text, directory) if is_settled else text


def _read(context: list[str], directory: str, options: list[str]) -> tuple[str, bool]:
    """The words as the files have them, and whether the files stayed as they were while they were read."""
    from model_manager.commands.candidates import Project

    project = Project(directory, _asked(options))
    if options or os.environ.get(_SETTING) or _is_set_in([f"{directory}/{name}" for name in _ENV_FILES]):
        from model_manager.commands.candidates_settings import find_models_file

        find_models_file(project)
    paths = project.sources(own=context[0] != "")
    until = (int(time.time()) // _DAY + 1) * _DAY
    before = [_source(path) for path in paths]
    words = project.words()
    is_settled = before == [_source(path) for path in paths]
    return _compose(context, until, before, words), is_settled


def _asked(options: list[str]) -> dict[str, list[str]]:
    """The options and their values; a later one comes later."""
    asked: dict[str, list[str]] = {}
    for name, value in zip(options[::2], options[1::2], strict=False):
        asked.setdefault(name, []).append(value)
    return asked


def _compose(context: list[str], until: int, sources: list[str], words: tuple[Words, Words, Words]) -> str:
    every = [pair for kind in words for pair in kind]
    counts = " ".join(str(len(kind)) for kind in words)
    head = [FORMAT, *context, str(until), str(len(sources)), *sources, counts]
    head = [line.replace("\n", " ") for line in head]  # such words are not kept, but a shell must find its way
    return "\n".join([*head, *(f"{word}\t{meaning}" for word, meaning in every), END, ""])


def _store(path: str, text: str, directory: str) -> str:
    """Keep a word file where that is possible and safe; the text as it is."""
    lines = text.split("\n")
    sources = lines[8 : 8 + int(lines[7])] if lines[7].isdigit() else ["?"]
    name = os.fsencode(os.path.basename(path))
    if "\n" in directory or len(name) > _LONGEST_NAME or not all(map(_is_settled, sources)):
        return text
    root = os.path.dirname(os.path.dirname(path))
    try:
        for folder in (root, os.path.join(root, "words"), os.path.join(root, "stamps")):
            if not os.path.isdir(folder):
                os.makedirs(folder, 0o700, exist_ok=True)
        for stamp in {source.partition(" ")[0] for source in sources} - {"-"}:
            _write(os.path.join(root, "stamps", stamp), b"", stamp)
        _write(path, text.encode("utf-8", "surrogateescape"), None)
        _tidy(root)
    except OSError:
        pass  # nowhere to keep words: they are looked up each time
    return text


def _is_settled(source: str) -> bool:
    stamp, _, path = source.partition(" ")
    if stamp == "-":
        return True
    seconds, _, rest = stamp.partition(".")
    if "\n" in path or not (seconds.isdigit() and rest.isdigit()):
        return False
    return int(seconds) * _NS + int(rest) < time.time_ns() - _SETTLED_NS


def _write(path: str, content: bytes, stamp: str | None) -> None:
    """Put a file in its place as a whole, with the time that its stamp says."""
    temporary = os.path.join(os.path.dirname(path), f"~{os.getpid()}")
    try:
        with open(temporary, "wb", opener=_private) as file:
            file.write(content)
        if stamp is not None:
            seconds, _, rest = stamp.partition(".")
            moment = int(seconds) * _NS + int(rest)
            os.utime(temporary, ns=(moment, moment))
        os.replace(temporary, path)
    except OSError:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)


def _tidy(root: str) -> None:
    """Remove what was not written anew for a month: of directories that are gone, of files that have changed."""
    oldest = time.time() - _KEPT_DAYS * _DAY
    for folder in ("words", "stamps"):
        with os.scandir(os.path.join(root, folder)) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_ctime < oldest:
                    os.unlink(entry.path)
