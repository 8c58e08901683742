"""Faults on every option of a route, in every combination that chance finds, against what the rules of routes say.

The rules stand here a second time, as a table: what a fault lets a route do, whole and streamed.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from raw_server import Peer, RawServer, saying, sized
from service_calls import WAYS, ask, project

from model_manager import AIService, ProviderError, RouteError

COUNT = 3
CASES = 40


def document(text: str, finish: str = "stop") -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return json.dumps({"id": "1", "model": "m", "choices": [choice]}).encode()


def events(*pieces: bytes | dict) -> bytes:
    data = [piece if isinstance(piece, bytes) else json.dumps(piece).encode() for piece in pieces]
    body = b"".join(b"data: " + piece + b"\n\n" for piece in data)
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body


def chunk(text: str, finish: str | None = None) -> dict:
    delta = {"content": text} if text else {}
    return {"id": "1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def refusal(status: str, message: str, code: str | None = None) -> bytes:
    return sized(json.dumps({"error": {"message": message, "code": code}}).encode(), status)


def reset(peer: Peer) -> None:
    peer.reset()


#: By name: (script of a whole answer, script of a stream, what follows whole, what follows streamed).
Script = Callable[[Peer], None]
FAULTS: dict[str, tuple[Script, Script, str, str]] = {
    "ok": (
        saying(sized(document("hi"))),
        saying(events(chunk("hi"), chunk("", "stop"), b"[DONE]")),
        "answer",
        "answer",
    ),
    "s500": (saying(refusal("500 X", "x")),) * 2 + ("next",) * 2,
    "s429": (saying(refusal("429 X", "x")),) * 2 + ("next",) * 2,
    "s404": (saying(refusal("404 X", "x", "model_not_found")),) * 2 + ("next",) * 2,
    "long": (saying(refusal("400 X", "x", "context_length_exceeded")),) * 2 + ("next",) * 2,
    "s400": (saying(refusal("400 X", "x")),) * 2 + ("stop",) * 2,
    "s401": (saying(refusal("401 X", "x")),) * 2 + ("next",) * 2,
    "cut": (saying(),) * 2 + ("next",) * 2,
    "cuthead": (saying(b"HTTP/1.1 200 OK\r\nContent-Le"),) * 2 + ("next",) * 2,
    "reset": (reset,) * 2 + ("next",) * 2,
    "html": (saying(sized(b"<html>", content_type="text/html")),) * 2 + ("next",) * 2,
    "junk": (saying(sized(b"{oops")), saying(events(b"{oops")), "next", "next"),
    "stall": (lambda peer: peer.hold(),) * 2 + ("next",) * 2,
    "filter": (
        saying(sized(document("", "content_filter"))),
        saying(events(chunk("", "content_filter"), b"[DONE]")),
        "stop",
        "stop",
    ),
    "half": (saying(sized(document("partial"))[:-9]), saying(events(chunk("partial"))), "next", "stop"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    scripts = {}
    for name, (whole, streamed, _, _) in FAULTS.items():
        for number in range(COUNT):
            scripts[f"{name}-{number}-whole"] = [whole]
            scripts[f"{name}-{number}-stream"] = [streamed]
    with RawServer(scripts) as running:
        yield running


def expected(faults: tuple[str, ...], *, streamed: bool) -> tuple[str, int]:
    """What comes of a route whose options have these faults, and at which of them it ends."""
    for position, name in enumerate(faults):
        what = FAULTS[name][3 if streamed else 2]
        if what != "next":
            return what, position
    return "stop", len(faults) - 1


@pytest.mark.parametrize("way", WAYS)
def test_every_combination_ends_where_the_rules_say(server, work: Path, way: str, monkeypatch) -> None:
    """The option that answers, or at which a route gives up, is the one that the table has; all failures are there."""
    chance = random.Random(way)
    names, kind = [*FAULTS], "stream" if "stream" in way else "whole"
    # Silence takes as long as its limit, which is long for a machine that is busy: it comes less often than others.
    weights = [0.2 if name == "stall" else 1 for name in names]
    models = [f"{name}-{number}-{kind}" for name in names for number in range(COUNT)]
    project(work, server.url, models, {"t": f"ok-0-{kind}"})
    for case in range(CASES):
        faults = tuple(chance.choices(names, weights, k=COUNT))
        route = ",".join(f"{name}-{number}-{kind}" for number, name in enumerate(faults))
        monkeypatch.setenv(
            "XDG_STATE_HOME", str(work / f"state-{case}")
        )  # cool-downs of one case are not another's
        with AIService(retries=0, timeout=1.5) as service:
            try:
                reply = ask(service, way, "t", route=route)
                found = ("answer", int(reply.model.split("-")[1]))
            except RouteError as error:
                found = ("stop", len(error.failures) - 1)
            except ProviderError:
                found = ("stop", 0)
        assert found == expected(faults, streamed=kind == "stream"), (case, route)
