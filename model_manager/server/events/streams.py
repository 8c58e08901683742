"""Server-sent events: streamed until their end, or until the client has disconnected."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

#: How long a stream may be silent before a comment shows that it is alive.
_PING_S = 15.0
Next = Callable[[], Awaitable[tuple[str, bytes] | None]]


def event_stream(request: Request, following: Next, at_end: Callable[[], None]) -> StreamingResponse:
    """Events, as they come.

    Args:
        request: whose client is watched: once it has disconnected, the stream is over.
        following: the next event's name and data, waited for; None: that was all.
        at_end: called when it is over, however it ends.
    """
    headers = {"x-accel-buffering": "no"}
    stream = _stream(request, following, at_end)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(request: Request, following: Next, at_end: Callable[[], None]) -> AsyncIterator[bytes]:
    gone = asyncio.create_task(wait_for_disconnect(request))
    coming = asyncio.ensure_future(following())
    try:
        yield format_sse_event(comment="model-manager", retry=2000)
        while True:
            done, _ = await asyncio.wait({coming, gone}, timeout=_PING_S, return_when=asyncio.FIRST_COMPLETED)
            if gone in done:
                return
            if coming not in done:
                yield KEEPALIVE_COMMENT
                continue
            event = coming.result()
            if event is None:
                return
            yield format_sse_event(event=event[0], data_str=event[1].decode())
            coming = asyncio.ensure_future(following())
    finally:
        at_end()
        for task in (gone, coming):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def wait_for_disconnect(request: Request) -> None:
    """Wait until the client has disconnected; its request has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
