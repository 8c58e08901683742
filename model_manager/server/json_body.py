"""Reading a JSON body strictly: a key that stands twice in an object is refused, since two readers may differ."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

_LONGEST_SHOWN = 100


class StrictJsonRequest(Request):
    """A request whose body has each key once in each object."""

    async def json(self) -> Any:
        """The body.

        Raises:
            HTTPException: 400, a key stands twice.
        """
        return json.loads(await self.body(), object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    raise HTTPException(400, f"the body has the key {twice[:_LONGEST_SHOWN]!r} more than once")


class StrictJsonRoute(APIRoute):
    """An endpoint whose body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The usual handler, with a request that reads strictly."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(StrictJsonRequest(request.scope, request.receive))

        return strictly
