"""The socket that the server listens at."""

import errno
import socket

from model_manager.errors import ModelManagerError, UsageError


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free.

    Raises:
        UsageError: the host is no address of this machine.
        ModelManagerError: the port is in use, or cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio turns Nagle's algorithm off only for what says that it is TCP: 40 ms for every answer.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except (OSError, OverflowError) as error:
        found.close()
        raise _why_not(host, port, error) from None
    found.setblocking(False)  # noqa: FBT003 - the method has no keyword
    return found


def _why_not(host: str, port: int, error: Exception) -> ModelManagerError:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        hint = "is another server running? Use another `port`; 0 takes any free one"
        return ModelManagerError(f"port {port} of {host} is already in use", hint=hint)
    if number == errno.EACCES:
        return ModelManagerError(f"port {port} needs privileges", hint="use a `port` above 1023")
    if number in {errno.EADDRNOTAVAIL, socket.EAI_NONAME} or isinstance(error, socket.gaierror):
        return UsageError(
            f"{host} is not an address of this machine", hint="use 127.0.0.1, ::1, 0.0.0.0 or ::", parameter="host"
        )
    return ModelManagerError(f"cannot listen at {host} port {port}: {error}")


def host_in_url(host: str) -> str:
    """The host as a URL of this machine has it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here
    return f"[{shown}]" if ":" in shown else shown
