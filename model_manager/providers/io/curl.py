"""A request as a curl command that can be pasted into a POSIX shell; the key stands there as a variable."""

import re
import shlex

from model_manager.core.messages import HttpCall
from model_manager.core.redaction import HIDDEN, is_secret_header
from model_manager.providers.wires.payload import as_json

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def as_curl(call: HttpCall, key_variable: str | None) -> str:
    """The command. The key is never in it: its header reads `"x-api-key: $ANTHROPIC_API_KEY"`.

    Raises:
        ValueError: if the variable's name is not one that a shell can expand.
    """
    if key_variable is not None and not _VARIABLE.fullmatch(key_variable):
        raise ValueError(f"{key_variable!r} is not the name of a shell variable")
    lines = [f"curl --silent --show-error --no-buffer --request {call.method} {shlex.quote(call.url)}"]
    lines += [f"--header {shlex.quote(f'{name}: {_shown(name, value)}')}" for name, value in call.headers.items()]
    if key_variable:
        lines += [
            f'--header "{name}: {prefix}${key_variable}"' for name, (prefix, _) in call.secret_headers.items()
        ]
    lines.append(f"--data {shlex.quote(as_json(call.body))}")
    return " \\\n  ".join(lines)


def _shown(name: str, value: str) -> str:
    """A header of the catalogue's, unless it is one that holds a key."""
    return HIDDEN if is_secret_header(name) else value
