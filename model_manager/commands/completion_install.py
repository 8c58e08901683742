"""Where completion scripts go, whether one is there, and putting it there."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from model_manager.commands.completion import SHELLS
from model_manager.config.atomic_file import explain, replace_file
from model_manager.config.directories import home_directory
from model_manager.errors import ModelManagerError

#: The file that a package or a repository has for each shell.
FILE_NAMES = {
    "bash": "model-manager.bash",
    "zsh": "_model-manager",
    "fish": "model-manager.fish",
    "powershell": "model-manager.ps1",
}
MAN_PAGE = "model-manager.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Whether a shell's script is where it belongs; `current`: and is the one that this version makes."""

    shell: str
    path: Path
    installed: bool
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The result of an installation.

    Attributes:
        written: False if the very script was there already.
        replaced: whether an older one was there.
        startup_file: the shell's file that got a line which reads the script, if one was added.
        advice: what is left for the user to do.
    """

    shell: str
    path: Path
    written: bool
    replaced: bool
    startup_file: Path | None
    advice: str


def path_of(shell: str, environ: Mapping[str, str]) -> Path:
    """Where a user's script for a shell belongs."""
    home = home_directory(environ)
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / "model-manager",
        "zsh": data / "zsh" / "site-functions" / "_model-manager",
        "fish": config / "fish" / "completions" / "model-manager.fish",
        "powershell": data / "model-manager" / "model-manager.ps1",
    }[shell]


def status(script_of: Callable[[str], str], environ: Mapping[str, str]) -> tuple[Installed, ...]:
    """The installed script of each shell, and whether it is up to date."""
    found = []
    for shell in SHELLS:
        path = path_of(shell, environ)
        text = _read(path)
        found.append(
            Installed(shell=shell, path=path, installed=text is not None, current=text == script_of(shell))
        )
    return tuple(found)


def install(shell: str, script: str, environ: Mapping[str, str]) -> Installation:
    """Put a script where the shell finds it; bash and zsh also get a line in the file that they read first.

    Raises:
        ModelManagerError: a file cannot be written.
    """
    path = path_of(shell, environ)
    before = _read(path)
    if before != script:
        _write(path, script)
    startup_file = _startup_file(shell, environ)
    added = startup_file is not None and _add_line(startup_file, path)
    return Installation(
        shell=shell,
        path=path,
        written=before != script,
        replaced=before not in (None, script),
        startup_file=startup_file if added else None,
        advice=f"add to $PROFILE: . {_quoted(path)}" if shell == "powershell" else f"open a new {shell} to use it",
    )


def write_all(directory: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write files into a directory, under the names that packages use.

    Raises:
        ModelManagerError: a file cannot be written.
    """
    for name, text in files.items():
        _write(directory / name, text)
    return tuple(directory / name for name in files)


def _startup_file(shell: str, environ: Mapping[str, str]) -> Path | None:
    home = home_directory(environ)
    if shell == "bash":
        return home / ".bashrc"
    return Path(environ.get("ZDOTDIR") or home) / ".zshrc" if shell == "zsh" else None


def _add_line(startup_file: Path, path: Path) -> bool:
    """Add the line that reads a script, unless there is one that names it; whether it was added."""
    text = _read(startup_file) or ""
    if str(path) in text:
        return False
    gap = "" if not text or text.endswith("\n") else "\n"
    name = _quoted(path)
    _write(startup_file, f"{text}{gap}[ ! -f {name} ] || . {name}  # completion of model-manager\n")
    return True


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(path))  # a link, as those who keep their dotfiles elsewhere have, stays one
        replace_file(target, text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        reason, hint = explain(error, path)
        raise ModelManagerError(f"{path} {reason}", hint=hint) from error
