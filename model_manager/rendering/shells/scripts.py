"""Any shell's completion script, stamped so that an installed one can be told to be old."""

from collections.abc import Callable
from zlib import crc32

from model_manager.commands.completion import CommandLine
from model_manager.rendering.shells import bash, fish, powershell, zsh

_MAKERS: dict[str, Callable[[CommandLine, str], str]] = {
    "bash": bash.script,
    "zsh": zsh.script,
    "fish": fish.script,
    "powershell": powershell.script,
}


def script_of(shell: str, line: CommandLine) -> str:
    """The script for a shell; its stamp is a checksum of the rest."""
    make = _MAKERS[shell]
    return make(line, f"{crc32(make(line, '').encode()):08x}")
