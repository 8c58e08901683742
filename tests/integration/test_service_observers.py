"""Observers of calls: told of every option that was asked, once, with its own outcome, however the call was made."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from model_server import Answer, ModelServer, Request, by_model, model_server, refusing, saying
from service_calls import WAYS, ask, project

from model_manager import (
    AIService,
    CallContext,
    ChatMessage,
    Image,
    ProviderError,
    Reply,
    RouteError,
    Tool,
    UsageError,
)

FOREVER_S = 20


@dataclass
class Recorder:
    """Remembers what it is told."""

    told: list[tuple[str, CallContext, Reply | ProviderError | None]] = field(default_factory=list)

    def succeeded(self, context: CallContext, reply: Reply) -> None:
        self.told.append(("succeeded", context, reply))

    def failed(self, context: CallContext, error: ProviderError) -> None:
        self.told.append(("failed", context, error))

    def cancelled(self, context: CallContext, partial: Reply | None) -> None:
        self.told.append(("cancelled", context, partial))

    @property
    def outcomes(self) -> list[tuple[str, str, int, int]]:
        """Outcome, model, position and option."""
        return [(what, context.model, context.position, context.option) for what, context, _ in self.told]


class Stalled:
    """A server that says something and then nothing until it is released."""

    def __init__(self) -> None:
        self.asked, self.released = threading.Event(), threading.Event()

    def __call__(self, request: Request, answer: Answer) -> None:
        if request.body["stream"]:
            answer.piece("Once ")
            answer.piece("upon ")
        self.asked.set()
        self.released.wait(FOREVER_S)


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    script = Stalled()
    yield script
    script.released.set()


@pytest.fixture
def server(stalled: Stalled) -> Iterator[ModelServer]:
    scripts = {
        "ok": saying("fine", usage=(100, 20)),
        "ok2": saying("fine too"),
        "s503": refusing(503, "overloaded"),
        "bad": refusing(400, "no such parameter"),
        "stalled": stalled,
    }
    with model_server(by_model(scripts)) as running:
        yield running


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def service(server: ModelServer, work: Path, recorder: Recorder) -> Iterator[AIService]:
    names = ["ok", "ok2", "s503", "bad", "stalled"]
    routes = {"t": "ok", "split": "60:ok+40:ok2,s503", "even": "ok+ok2"}
    extra = """
[providers.keyed]
wire = "openai"
base_url = "https://keyed.example"
api_key_env = ["KEYED_API_KEY"]
[models.keyless]
provider = "keyed"
[tasks.t.preferences]
fast = "ok2"
"""
    project(work, server.url, names, routes, extra, ok="checked = 2026-11-01")
    with AIService(retries=0, observers=[recorder]) as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_is_told_with_everything_about_it(service, server, recorder, way):
    """The context says what was asked, for whom and why; the reply is the one that the caller has."""
    before = datetime.now(UTC)
    reply = ask(service, way, "t", user_id=7)
    ((what, context, told),) = recorder.told
    assert what == "succeeded"
    assert UUID(context.call).version == 7
    assert before <= context.moment <= datetime.now(UTC)
    assert context == CallContext(
        call=context.call,
        task="t",
        route="ok",
        user_id="7",
        model="ok",
        provider="at-ok",
        model_id="ok",
        base_url=f"{server.url}/ok",
        price_checked=date(2026, 11, 1),
        moment=context.moment,
        stream=way in {"stream", "astream"},
    )
    assert isinstance(told, Reply)
    assert (told.text, told.cost_usd, told.attempts) == (reply.text, reply.cost_usd, 1)
    assert told.cost_usd == Decimal("0.0003")


@pytest.mark.parametrize("way", WAYS)
def test_each_option_of_a_route_is_told_by_itself(service, recorder, way):
    """A failed option and the fallback share the call's id; positions count what was asked, options the route's."""
    reply = ask(service, way, "t", route="s503,ok")
    assert recorder.outcomes == [("failed", "s503", 0, 0), ("succeeded", "ok", 1, 1)]
    assert len({context.call for _, context, _ in recorder.told}) == 1
    (_, _, error), (_, _, told) = recorder.told
    assert isinstance(error, ProviderError)
    assert (error.kind, error.status, error.attempts) == ("overloaded", 503, 1)
    assert isinstance(told, Reply)
    assert (told.attempts, reply.attempts) == (1, 2)


def test_each_call_has_an_id_of_its_own(service, recorder):
    """Two calls differ, and the later one sorts later or in the same millisecond."""
    for _ in range(3):
        service.chat("t", "Hello")
    calls = [context.call for _, context, _ in recorder.told]
    assert len(set(calls)) == 3
    assert [call[:13] for call in calls] == sorted(call[:13] for call in calls)


def test_what_was_never_asked_is_no_option(service, recorder):
    """A missing key, an unknown model and one that is cooling down are not told: nothing was sent to them."""
    service.chat("t", "Hello", route="keyless,nobody,ok")
    assert recorder.outcomes == [("succeeded", "ok", 0, 2)]
    service.chat("t", "Hello", route="s503,ok")
    recorder.told.clear()
    service.chat("t", "Hello", route="s503,ok")
    assert recorder.outcomes == [("succeeded", "ok", 0, 1)]


@pytest.mark.parametrize("way", WAYS)
def test_all_options_of_a_failed_call_are_told(service, recorder, way):
    """Each failure once; the error that the caller gets is not told a second time."""
    with pytest.raises(RouteError):
        ask(service, way, "t", route="s503,bad")
    assert recorder.outcomes == [("failed", "s503", 0, 0), ("failed", "bad", 1, 1)]


def test_the_share_is_told_whoever_answers(service, recorder):
    """The arm is what the user drew, also where a fallback answers; without a split there is none."""
    for user in range(12):
        service.chat("split", "Hello", user_id=user)
    drawn = {context.user_id: context.model for _, context, _ in recorder.told}
    assert {context.user_id: context.arm for _, context, _ in recorder.told} == drawn
    assert set(drawn.values()) == {"ok", "ok2"}
    recorder.told.clear()
    for user in range(12):
        service.chat("t", "Hello", user_id=user, route="50:s503+50:ok2,ok")
    answered = {(context.arm, context.model) for what, context, _ in recorder.told if what == "succeeded"}
    assert {arm for arm, _ in answered} == {"s503", "ok2"}
    assert ("s503", "s503") not in answered
    recorder.told.clear()
    for _ in range(10):
        service.chat("even", "Hello")
    assert all(context.arm == context.model for _, context, _ in recorder.told)
    recorder.told.clear()
    service.chat("t", "Hello")
    service.create_chat_completion("ok", "Hello")
    assert [context.arm for _, context, _ in recorder.told] == [None, None]
    assert [context.task for _, context, _ in recorder.told] == ["t", None]


def test_preference_and_needs_are_told(service, recorder):
    """A named route by its name; tools, a schema and pictures as words."""
    service.chat("t", "Hello", preference="fast")
    service.chat("t", "Hello", tools=[Tool(name="f")], response_format={"type": "object"})
    service.chat("t", ChatMessage("user", "?", images=(Image(b"\x89PNG\r\n\x1a\n"),)))
    contexts = [context for _, context, _ in recorder.told]
    assert [context.preference for context in contexts] == ["fast", None, None]
    assert [context.needs for context in contexts] == [(), ("tools", "schema"), ("pictures",)]


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_is_not_read_on_was_cancelled(service, recorder, way):
    """What had come is told with it, its cost estimated."""
    if way == "stream":
        stream = service.stream("t", "Hello", route="stalled,ok")
        assert next(stream).text == "Once "
        stream.close()
    else:

        async def read() -> None:
            stream = service.astream("t", "Hello", route="stalled,ok")
            assert (await anext(stream)).text == "Once "
            await stream.aclose()

        asyncio.run(read())
    ((what, context, partial),) = recorder.told
    assert (what, context.model) == ("cancelled", "stalled")
    assert isinstance(partial, Reply)
    assert (partial.text.startswith("Once"), partial.complete, partial.usage.estimated) == (True, False, True)


def test_a_stream_that_was_read_to_its_last_word_but_not_its_end_was_cancelled(service, recorder):
    """Only the chunk with the reply ends a stream."""
    stream = service.stream("t", "Hello")
    assert next(stream).text == "fine"
    stream.close()
    assert recorder.outcomes == [("cancelled", "ok", 0, 0)]


def test_a_stream_that_was_never_begun_asked_nobody(service, recorder, server):
    """Making the generator sends nothing."""
    service.stream("t", "Hello").close()
    assert recorder.told == []
    assert server.requests == []


@pytest.mark.parametrize("streamed", [False, True])
def test_a_cancelled_task_is_told(service, recorder, stalled, streamed):
    """Cancelling the task that waits for an answer cancels the call, with what had come."""

    async def wait() -> None:
        if streamed:
            async for _ in service.astream("t", "Hello", route="stalled,ok"):
                pass
        else:
            await service.achat("t", "Hello", route="stalled,ok")

    async def main() -> None:
        task = asyncio.create_task(wait())
        await asyncio.to_thread(stalled.asked.wait, FOREVER_S)
        while streamed and not recorder.told and not task.done():
            await asyncio.sleep(0.01)
            task.cancel()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    ((what, context, partial),) = recorder.told
    assert (what, context.model, context.stream) == ("cancelled", "stalled", streamed)
    assert (partial is not None) == streamed or streamed


def test_ctrl_c_is_told(service, recorder):
    """An interrupt while a thread waits for the next piece cancels the call."""
    stream = service.stream("t", "Hello", route="stalled")
    next(stream)
    with pytest.raises(KeyboardInterrupt):
        stream.throw(KeyboardInterrupt)
    ((what, _, partial),) = recorder.told
    assert what == "cancelled"
    assert isinstance(partial, Reply)


@pytest.mark.parametrize("way", WAYS)
def test_what_an_observer_raises_is_logged_and_goes_no_further(server, work, recorder, way, caplog):
    """The call ends as it would have, and the other observers are told."""

    class Broken:
        def succeeded(self, *_: object) -> None:
            raise ZeroDivisionError("mine")

        failed = cancelled = succeeded

    project(work, server.url, ["ok", "s503"], {"t": "s503,ok"})
    with (
        caplog.at_level(logging.ERROR, "model_manager"),
        AIService(retries=0, observers=[Broken(), recorder]) as own,
    ):
        assert ask(own, way, "t").text == "fine"
    assert [what for what, _, _ in recorder.told] == ["failed", "succeeded"]
    assert [record.name for record in caplog.records] == ["model_manager"] * 2
    assert all("Broken" in record.getMessage() for record in caplog.records)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("observers", [[object()], [Recorder], 3, [print]])
def test_what_is_no_observer_is_refused(observers):
    """An observer that lacks a method is found when the service is made, not at the first failure."""
    with pytest.raises(UsageError, match="expected") as caught:
        AIService(observers=observers)
    assert caught.value.parameter == "observers"


def test_what_is_wrong_with_the_call_itself_asks_nobody(service, recorder):
    """A body that JSON has no form for is the caller's mistake; nothing was sent."""
    tool = Tool(name="f", parameters={"type": object()})
    with pytest.raises(UsageError):
        service.chat("t", "Hello", tools=[tool])
    assert recorder.told == []
