"""A real interactive shell in a pseudo-terminal, in which TAB is pressed."""

import os
import re
import sys
import tempfile
from pathlib import Path

import pexpect

SHELLS = ("bash", "zsh", "fish")
SCRIPTS = {"bash": "model-manager.bash", "zsh": "_model-manager", "fish": "model-manager.fish"}
COMPLETIONS = Path(__file__).parents[2] / "completions"
_START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
#: Prints the line that is being typed, and empties it. Ctrl-] does it: no other key begins with it, so no shell waits for more.
_SHOW = {
    "bash": """_show() {{ printf '\\n<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE=; }}; bind -x '"\\C-]": _show'
bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; bind 'set completion-query-items 0'; bind 'set page-completions off'
source {script}""",
    "zsh": """_show() {{ print -r -- $'\\n'"<<$BUFFER>>"; BUFFER=; }}; zle -N _show; bindkey '^]' _show; setopt nobeep
LISTMAX=0; autoload -Uz compinit; compinit -D -u; source {script}""",
    "fish": """function _show; printf '\\n<<%s>>\\n' (commandline); commandline ''; end; bind \\c] _show
function fish_prompt; echo -n '> '; end; function fish_right_prompt; end; function fish_title; end
set -g fish_greeting; set -g fish_autosuggestion_enabled 0; source {script}""",
}
_PRINT_CHILDREN = {
    "bash": "read -ra fields </proc/$$/stat; echo children ${fields[10]} .",
    "zsh": "read -rA fields </proc/$$/stat; echo children ${fields[11]} .",
    "fish": "read -d ' ' -a fields </proc/$fish_pid/stat; echo children $fields[11] .",
}


class Terminal:
    """A shell with the completion script loaded; `log` has a line for each time that model-manager was started."""

    def __init__(self, shell: str, directory: Path, script: Path | None = None, columns: int = 200) -> None:
        self.shell = shell
        home = Path(tempfile.mkdtemp())
        self.log = home / "calls"
        self.command = command = home / "bin" / "model-manager"
        command.parent.mkdir()
        self.replace_program(f'exec {Path(sys.executable).with_name("model-manager")} "$@"')
        rc = home / "rc"
        rc.write_text(_SHOW[shell].format(script=script or COMPLETIONS / SCRIPTS[shell]))
        environment = {
            **os.environ,
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "TERM": "xterm" if shell != "fish" else "dumb",
            "PS1": "$ ",
            "HISTFILE": "",
        }
        self.child = pexpect.spawn(
            shell,
            _START[shell],
            cwd=directory,
            env=environment,
            encoding="utf-8",
            dimensions=(100, columns),
            timeout=20,
        )
        self.child.delaybeforesend = 0
        self.run(f"source {rc}")

    def replace_program(self, script: str) -> None:
        """Let model-manager be another program."""
        self.command.write_text(f'#!/bin/sh\necho "$@" >>{self.log}\n{script}\n')
        self.command.chmod(0o755)

    def run(self, command: str) -> str:
        """Run a command and wait for its end; what was printed."""
        self.child.send(f"{command}; echo do''ne\r")
        self.child.expect(r"done[\r\n]")
        return str(self.child.before)

    def press_tab(self, line: str, times: int = 1) -> str:
        """Type a line, press TAB, and see what has become of it."""
        self.child.send(line + "\t" * times + "\x1d")
        self.child.expect(r"<<(.*?)>>\r?\n")
        self.screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(self.child.before))
        return str(self.child.match.group(1))

    def listed(self, line: str) -> str:
        """Type a line, press TAB twice, and see what is listed."""
        if self.shell == "fish":  # on a dumb terminal its list is not drawn
            return self.run(f"complete -C '{line}'")
        self.press_tab(line, 2)
        return self.screen

    def children(self) -> int:
        """How many page faults the shell's children have had: it grows with each child."""
        self.child.send(_PRINT_CHILDREN[self.shell] + "\r")
        self.child.expect(r"children (\d+) \.")
        return int(self.child.match.group(1))

    def calls(self) -> int:
        """How many times model-manager was started."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def close(self) -> None:
        """End the shell."""
        self.child.close(force=True)
