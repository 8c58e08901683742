"""Variables as a shell, or a reader of .env files, takes them in."""

import re
from collections.abc import Callable, Mapping

from model_manager.commands.exports.shell import ShellExport
from model_manager.config.dotenv.editor import set_binding
from model_manager.rendering.exports.comments import comment

#: PowerShell takes typographic quotes for the plain one.
_POWERSHELL_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_FISH_ESCAPED = re.compile(r"[\\']")


def shell_text(report: ShellExport, dialect: str) -> str:
    """The assignments in a dialect; comments come last, so that they do no harm where line ends are lost."""
    assign = ASSIGNMENTS[dialect]
    lines = [assign(variable.name, variable.value) for variable in report.variables]
    return "".join((*lines, *(comment(f"not set: {loss}") for loss in report.losses)))


def posix(name: str, value: str) -> str:
    """An assignment for sh, bash, zsh, dash and ksh, to be evaluated."""
    quoted = value.replace("'", "'\\''")
    return f"export {name}='{quoted}'\n"


def fish(name: str, value: str) -> str:
    """An assignment for fish, to be sourced."""
    quoted = _FISH_ESCAPED.sub(r"\\\g<0>", value)
    return f"set -gx {name} '{quoted}'\n"


def powershell(name: str, value: str) -> str:
    """An assignment for PowerShell."""
    quoted = _POWERSHELL_QUOTES.sub(r"\g<0>\g<0>", value)
    return f"$env:{name} = '{quoted}'\n"


def dotenv(name: str, value: str) -> str:
    """A line of a .env file.

    Raises:
        EnvFileError: there is no form of it that reads the same everywhere.
    """
    return set_binding(b"", name, value).data.decode()


ASSIGNMENTS: Mapping[str, Callable[[str, str], str]] = {
    "posix": posix,
    "fish": fish,
    "powershell": powershell,
    "dotenv": dotenv,
}
