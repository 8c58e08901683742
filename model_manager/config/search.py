"""Finds a project's files: in a directory, and upwards inside its repository.

The command line, the library, the server and the shells' words all ask here. Standard library only, and little of
it: a person waits for the words with a finger on TAB.
"""

import os
from stat import S_IWOTH

MODELS_FILE = "models.toml"
#: The strongest first.
ENV_FILES = (".env.local", ".env")
#: Nobody nests deeper; links that lead in circles end here.
_MOST_LEVELS = 100


class ProjectFiles:
    """A project's files, named relative to the directory that they were looked for from.

    Attributes:
        models: the nearest models.toml, or None.
        env: those of .env.local and .env that the nearest directory with either has, the strongest first.
        ignored: those that are there and do not count.
        candidates: every name that was looked for, there or not.
        warnings: which files do not count though they are there, and why.
    """

    __slots__ = ("candidates", "env", "ignored", "models", "warnings")

    def __init__(self, levels: list[str]) -> None:
        self.models: str | None = None
        self.env: tuple[str, ...] = ()
        self.candidates = tuple(level + name for level in levels for name in (MODELS_FILE, *ENV_FILES))
        self.ignored: frozenset[str] = frozenset()
        self.warnings: tuple[str, ...] = ()

    @property
    def env_level(self) -> str:
        """The directory of .env files, "" or as in "../": where they were found, else beside models.toml."""
        name = self.env[0] if self.env else self.models or ""
        return name[: name.rfind("/") + 1]

    @property
    def env_names(self) -> tuple[str, ...]:
        """The .env files that would count if they were made, the strongest first: of one directory."""
        names = [self.env_level + name for name in ENV_FILES]
        counting = tuple(name for name in names if name not in self.ignored)
        return counting if self.env or names[-1] in counting else ENV_FILES


def find_project_files(directory: str, *, upwards: bool) -> ProjectFiles:
    """The files that count in a directory.

    Args:
        directory: where the search begins; "" is the current directory.
        upwards: go on to the directories above, inside a repository and as far as they can be trusted.
    """
    levels = ["", *(_parents(directory) if upwards else ())]
    found = ProjectFiles(levels)
    owners = _trusted_owners(directory)
    ignored: dict[str, list[str]] = {}
    for level in levels:
        for names in ((MODELS_FILE,), ENV_FILES):
            if found.env if names is ENV_FILES else found.models:
                continue
            there = [level + name for name in names if _is_there(os.path.join(directory, level + name))]
            counting = []
            for name in there:
                reason = _distrust(directory, level, name, owners) if level else None
                if reason:
                    ignored.setdefault(reason, []).append(name)
                else:
                    counting.append(name)
            if counting and names is ENV_FILES:
                found.env = tuple(counting)
            elif counting:
                found.models = counting[0]
    found.ignored = frozenset(name for names in ignored.values() for name in names)
    found.warnings = tuple(
        f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not read: {reason}"
        for reason, names in ignored.items()
    )
    return found


def _parents(directory: str) -> list[str]:
    """The directories above as "../", "../../" and so on, up to the one with `.git`; none outside a repository."""
    levels: list[str] = []
    try:
        status, fixed = os.stat(directory or "."), [os.stat("/")]
    except OSError:
        return []
    with_home = os.path.expanduser("~")
    if os.path.isabs(with_home) and os.path.exists(with_home):
        fixed.append(os.stat(with_home))
    if any(os.path.samestat(status, one) for one in fixed):
        return []
    level = ""
    while not os.path.lexists(os.path.join(directory, level, ".git")):
        level += "../"
        try:
            parent = os.stat(os.path.join(directory, level))
        except OSError:
            return []
        is_end = parent.st_dev != status.st_dev or any(os.path.samestat(parent, one) for one in fixed)
        if is_end or len(levels) == _MOST_LEVELS:
            return []
        levels.append(level)
    mounts = {mount_of(os.path.join(directory, level) or ".") for level in ("", *levels)}
    return levels if len(mounts) == 1 else []


def mount_of(path: str) -> str | None:
    """The number of the mount that a file or directory is on; None where the system does not tell.

    A part of a file system can be mounted again on itself, so its device number does not tell.
    """
    if not hasattr(os, "O_PATH"):  # Linux alone has it
        return None
    try:
        descriptor = os.open(path, os.O_PATH)
    except OSError:
        return None
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as info:
            return next((line.split()[1] for line in info if line.startswith("mnt_id:")), None)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _is_there(path: str) -> bool:
    """Whether there is something to read; what cannot be looked at is there, so that reading it says why."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _trusted_owners(directory: str) -> set[int] | None:
    """Whose files in directories above count; None where files have no owners."""
    if not hasattr(os, "geteuid"):
        return None
    try:
        return {os.geteuid(), os.stat(directory or ".").st_uid}
    except OSError:
        return {os.geteuid()}


def _distrust(directory: str, level: str, name: str, owners: set[int] | None) -> str | None:
    """Why a file in a directory above does not count, or None."""
    if owners is None:
        return None
    path = os.path.join(directory, name)
    try:
        parent, link, file = os.stat(os.path.join(directory, level)), os.lstat(path), os.stat(path)
    except OSError:
        return None  # reading it says what is wrong
    above = level.rstrip("/")
    if parent.st_uid not in owners:
        return f"{above} belongs to another user"
    if parent.st_mode & S_IWOTH:
        return f"{above} is writable by everyone (chmod o-w {above})"
    if not {link.st_uid, file.st_uid} <= owners:
        return "it belongs to another user"
    return f"it is writable by everyone (chmod o-w {name})" if file.st_mode & S_IWOTH else None
