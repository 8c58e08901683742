"""An application's own HTTP clients: whether one can be used here, and the headers that it adds."""

import os
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import httpx

from model_manager.errors import UsageError

#: The extension of a request that carries the key of its call.
HAS_KEY = "model_manager.has_key"
ClientT = TypeVar("ClientT", bound=httpx.Client | httpx.AsyncClient)


def checked_client(
    parameter: str, client: ClientT | None, kind: type[ClientT]
) -> "ApplicationClient[ClientT] | None":
    """A client that an application gives, by the parameter that it gives it with.

    Raises:
        UsageError: it is none, or one of the other kind.
    """
    if client is None:
        return None
    if not isinstance(client, kind):
        message = f"expected an httpx.{kind.__name__}, got {type(client).__module__}.{type(client).__qualname__}"
        hint = "http_client serves threads, async_http_client event loops"
        raise UsageError(message, hint=hint, parameter=parameter)
    return ApplicationClient(parameter, client)


class ApplicationClient(Generic[ClientT]):
    """A client of the application's, with its proxies, authorities, hooks and limits. We never close it.

    Args:
        parameter: what the application gave it as, for messages.
        client: the client.
    """

    def __init__(self, parameter: str, client: ClientT) -> None:
        self._parameter, self._client = parameter, client
        self._process: int | None = None
        self._loop: object = None

    def acquire(self, loop: object = None) -> ClientT:
        """The client, for one exchange; `loop` is the event loop that it is for, if there is one.

        Raises:
            UsageError: it is closed, or its connections belong to another process or event loop.
        """
        if self._client.is_closed:
            raise UsageError("the client is closed", parameter=self._parameter)
        process = os.getpid()
        if self._process is None:
            self._process, self._loop = process, loop
        if self._process != process:
            hint = "make the client and the service in each process"
            message = f"the client is used by process {self._process} already, which this one was forked from"
            raise UsageError(message, hint=hint, parameter=self._parameter)
        if self._loop is not loop:
            hint = "make a client and a service in each event loop, or leave the argument out"
            message = "the client's connections belong to another event loop"
            raise UsageError(message, hint=hint, parameter=self._parameter)
        return self._client


def auth_beside(request: httpx.Request) -> Any:
    """The authentication that a client adds to a request: none of its own beside the key of the call."""
    return None if request.extensions.get(HAS_KEY) else httpx.USE_CLIENT_DEFAULT


def with_own_headers(client: httpx.Client | httpx.AsyncClient, headers: Mapping[str, str]) -> dict[str, str]:
    """A request's headers, and those of a client that the request does not have itself."""
    return {**dict(client.headers), **headers}
