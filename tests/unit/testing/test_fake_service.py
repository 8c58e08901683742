"""`FakeService`: answers in the given order, whole and streamed, with failures and delays; arguments checked as by `AIService`."""

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import trio
from pydantic import BaseModel
from service_calls import WAYS, ask, chunks

from model_manager import (
    AIService,
    ChatMessage,
    Citation,
    ProviderError,
    Reply,
    RouteError,
    Tool,
    ToolCall,
    UnknownNameError,
    Usage,
    UsageError,
)
from model_manager.testing import FakeAnswer, FakeService

TASKS = '[tasks.support]\nmodel = "haiku"\n[tasks.support.preferences]\nfast = "groq/gpt-oss-20b"\n'


@pytest.mark.parametrize("way", WAYS)
def test_answers_come_in_their_order(way):
    """Each call gets the next text, as a reply with all that an application looks at."""
    with FakeService(["first answer", "second"]) as service:
        assert [ask(service, way, "chat").text for _ in range(2)] == ["first answer", "second"]
        reply = service.calls and ask(FakeService(["x" * 40]), way, "chat")
    assert (reply.model, reply.provider, reply.finish_reason, reply.complete) == (
        "claude-sonnet-5-5", "anthropic", "stop", True
    )  # fmt: skip
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.estimated) == (2, 10, True)
    assert reply.cost_usd is not None
    assert reply.latency_ms == 0


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Once upon a time", ["Once ", "upon ", "a ", "time"]),
        (" a\n\nb ", [" a\n\n", "b "]),
        (FakeAnswer(["On", "ce", ""]), ["On", "ce"]),
        ("", []),
    ],
)
def test_streams_come_in_pieces(way, answer, expected):
    """A text is cut into words, texts are the pieces as they are; the last chunk has the reply."""
    pieces, reply = chunks(FakeService([answer]), way, "chat")
    assert pieces == expected
    assert reply.text == "".join(expected)


@pytest.mark.parametrize("way", WAYS)
def test_a_reply_is_given_as_it_is(way):
    """An answer of the test's own keeps its fields; it can be scored as a real one."""
    given = Reply(model="m", provider="p", model_id="m-1", text="fine words", warnings=("careful",))
    service = FakeService([given])
    reply = ask(service, way, "chat")
    assert reply == given
    service.score(reply, 0.5, "helpful")
    assert service.scores == [(given, 0.5, "helpful")]
    with pytest.raises(UsageError):
        service.score(given, 1)


@pytest.mark.parametrize("way", WAYS)
def test_tool_calls(way):
    """An answer may ask for tools."""
    call = ToolCall(id="1", name="weather", arguments="{}")
    reply = ask(FakeService([FakeAnswer(tool_calls=[call])]), way, "chat")
    assert (reply.tool_calls, reply.finish_reason, reply.text) == ((call,), "tool_calls", "")


@pytest.mark.parametrize("way", WAYS)
def test_failures_are_raised(way):
    """A failure is raised as a call raises it, and the next call goes on."""
    busy = ProviderError("rate_limit", "slow down", status=429, retryable=True, retry_after_s=3)
    all_failed = RouteError("nothing answered", [busy, ProviderError("auth", "no")])
    service = FakeService([busy, all_failed, "fine"])
    with pytest.raises(ProviderError, match="slow down") as caught:
        ask(service, way, "chat")
    assert (caught.value.kind, caught.value.status, caught.value.retry_after_s) == ("rate_limit", 429, 3)
    with pytest.raises(RouteError) as failed:
        ask(service, way, "chat")
    assert len(failed.value.failures) == 2
    assert ask(service, way, "chat").text == "fine"


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_breaks_off_after_some_text(way):
    """The text comes, then the failure; `partial` has what came."""
    service = FakeService([FakeAnswer("Once upon", error=ProviderError("connection", "it broke"))])
    seen: list[str] = []
    streamed = _read if way == "stream" else _aread
    with pytest.raises(ProviderError, match="it broke") as caught:
        streamed(service, seen)
    assert seen == ["Once ", "upon"]
    partial = caught.value.partial
    assert partial is not None
    assert (partial.text, partial.complete, partial.finish_reason) == ("Once upon", False, None)


def _read(service: FakeService, seen: list[str]) -> None:
    seen.extend(chunk.text for chunk in service.stream("chat", "Hello"))


def _aread(service: FakeService, seen: list[str]) -> None:
    async def read() -> None:
        async for chunk in service.astream("chat", "Hello"):
            seen.append(chunk.text)  # noqa: PERF401 - what came before the failure has to be there

    asyncio.run(read())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"timeout": 0.01}, r"nothing came for 0\.01 s"),
        ({"total_timeout": 0.01}, r"took longer than 0\.01 s"),
    ],
)
def test_a_delay_ends_at_the_time_limits(way, limits, words):
    """An answer that is an hour late is a timeout, after as long as the call may take."""
    with pytest.raises(ProviderError, match=words) as caught:
        ask(FakeService([FakeAnswer("late", delay=3600)]), way, "chat", **limits)
    assert (caught.value.kind, caught.value.retryable) == ("timeout", True)


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_delay_within_a_stream(way):
    """A piece that comes too late ends the stream, with what came before it."""
    service = FakeService([FakeAnswer(["a", "b"], chunk_delay=3600)], timeout=0.01)
    with pytest.raises(ProviderError) as caught:
        chunks(service, way, "chat")
    assert caught.value.partial is not None
    assert caught.value.partial.text == "a"


def test_a_short_delay_passes():
    """An answer that is late but in time is an answer, and its latency says so."""
    assert FakeService([FakeAnswer("late", delay=0.01)]).chat("chat", "x").latency_ms == 10


def test_a_waiting_call_can_be_cancelled():
    """A delay ends with its task, in asyncio and in trio."""

    async def in_asyncio() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(service.achat("chat", "x"), 0.01)

    async def in_trio() -> None:
        with trio.move_on_after(0.01) as scope:
            await service.achat("chat", "x")
        assert scope.cancelled_caught

    service = FakeService(itertools.repeat(FakeAnswer("late", delay=60)))
    asyncio.run(in_asyncio())
    trio.run(in_trio)
    assert len(service.calls) == 2


def test_calls_are_noted():
    """What was asked is there: the task or the model, the messages as messages, and the options as they were given."""
    service = FakeService(["1", "2", "3"])
    tool = {"name": "f"}
    service.chat("chat", [("user", "Hi")], system_prompt="Be brief.", max_tokens=5, tools=[tool])
    list(service.stream("chat", {"role": "user", "content": "Stream"}, user_id=3))
    service.create_chat_completion("haiku", "Direct")
    first, second, third = service.calls
    assert first.messages == (ChatMessage("system", "Be brief."), ChatMessage("user", "Hi"))
    assert first.options == {"system_prompt": "Be brief.", "max_tokens": 5, "tools": [tool]}
    assert (first.task, first.model, first.stream, first.text) == ("chat", None, False, "Hi")
    assert (second.task, second.stream, second.options, second.text) == ("chat", True, {"user_id": 3}, "Stream")
    assert (third.task, third.model, third.options) == (None, "haiku", {})


def test_a_stream_that_is_not_begun_takes_no_answer():
    """As no request is sent for it either; closing one in the middle is fine."""
    service = FakeService(["one two", "three"])
    service.stream("chat", "x")
    stream = service.stream("chat", "x")
    assert next(stream).text == "one "
    stream.close()
    assert service.chat("chat", "x").text == "three"
    assert len(service.calls) == 2


def test_functions_answer():
    """One function answers all calls, or one of a list its own; what it raises is raised."""
    service = FakeService(lambda call: call.text.upper())
    assert [service.chat("chat", word).text for word in ("a", "b")] == ["A", "B"]
    assert FakeService([lambda call: FakeAnswer(call.task or "")]).chat("chat", "x").text == "chat"
    with pytest.raises(UsageError, match="`answers`: expected text"):
        FakeService([lambda _: 3]).chat("chat", "x")


def test_answers_run_out():
    """The error says which call had none, and how to give it one."""
    service = FakeService(["only"])
    service.chat("chat", "x")
    with pytest.raises(UsageError, match=r"no answer for call 2 \(task 'chat': 'and now\?'\)") as caught:
        service.chat("chat", "and now?")
    assert "itertools.repeat" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "answers", ["Hello", 3, None, [3], [None], ["ok", b"no"], FakeAnswer("x"), [FakeAnswer(3)], [FakeAnswer([3])]]
)
def test_what_is_no_answer_is_refused(answers):
    """A wrong answer is an error when the service is made, not in the middle of a test."""
    with pytest.raises(UsageError, match="expected"):
        FakeService(answers)


WRONG = [
    (("chat", "x"), {"max_token": 3}),
    (("chat", "x"), {"max_tokens": 0}),
    (("chat", "x"), {"temperature": "warm"}),
    (("chat", "x"), {"retries": 11}),
    (("chat", "x"), {"preference": 3}),
    (("chat", 3), {}),
    (("chat", []), {}),
    (("chat", [("usr", "x")]), {}),
    (("chat", "x"), {"route": "a,,"}),
    (("chat", "x"), {"tools": [3]}),
    (("chat", "x"), {"preference": "nope"}),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("arguments", "options"), WRONG)
def test_arguments_are_checked_as_by_the_real_service(way, arguments, options):
    """The same mistake is the same error, and no answer is taken."""
    fake = FakeService(["x"])
    told = []
    for service in (AIService(ledger="off"), fake):
        with pytest.raises(UsageError) as caught:
            ask(service, way, *arguments, **options)
        told.append((type(caught.value), str(caught.value), caught.value.hint))
    assert told[0] == told[1]
    assert fake.calls == []


def test_without_files_any_task_will_do():
    """A test that runs elsewhere than in the application's directory needs no catalogue."""
    service = FakeService(["fine", "fine"])
    reply = service.chat("anything", "x")
    assert (reply.text, reply.model, reply.provider, reply.cost_usd) == ("fine", "fake", "fake", None)
    assert service.create_chat_completion("no-such-model", "x").model == "no-such-model"
    assert service.check("x", "anything").ok


def test_the_tasks_of_the_application_are_known(work):
    """With a catalogue of its own a wrong task is an error, and models, prices and preferences are its own."""
    (work / "models.toml").write_text(TASKS)
    service = FakeService(["a", "b"])
    assert service.get_model_for_task("support").id == "claude-haiku-5-5"
    assert service.chat("support", "x").model == "claude-haiku-5-5"
    assert service.chat("support", "x", preference="fast").model == "groq/gpt-oss-20b"
    with pytest.raises(UsageError, match="suport"):
        service.chat("suport", "x")
    assert FakeService(["a"], directory=work).chat("support", "x").model == "claude-haiku-5-5"


def test_checks_and_counts_need_no_key():
    """What a call would be refused for is found, but for keys, which tests do not have; counts are estimates."""
    service = FakeService()
    assert service.check("Hello", "chat").model == "claude-sonnet-5-5"
    assert not service.check("x" * 10_000_000, "chat").ok
    count = service.count_tokens("Hello, hello, hello", "chat")
    assert (count.tokens, count.estimated) == (5, True)
    assert asyncio.run(service.acount_tokens("Hello", model="haiku")).model == "claude-haiku-5-5"
    assert asyncio.run(service.acheck("Hello", "chat", tools=[Tool(name="f")])).ok


def test_threads_and_tasks_share_the_answers():
    """Each answer goes to one call, however many call at once."""
    service = FakeService([str(number) for number in range(60)])
    barrier = threading.Barrier(3)

    async def several() -> list[str]:
        return [reply.text for reply in await asyncio.gather(*(service.achat("chat", "x") for _ in range(10)))]

    def called(number: int) -> list[str]:
        barrier.wait()
        return asyncio.run(several()) if number else [service.chat("chat", "x").text for _ in range(40)]

    with ThreadPoolExecutor(3) as pool:
        given = [text for texts in pool.map(called, range(3)) for text in texts]
    assert sorted(given, key=int) == [str(number) for number in range(60)]
    assert len(service.calls) == 60


def test_nothing_is_left_behind(clean_machine, work):
    """Neither a ledger nor cool-downs nor a connection."""
    before = {path for path in clean_machine.rglob("*") if path.suffix != ".cache"}
    with FakeService(["x", ProviderError("server", "down")]) as service:
        service.chat("chat", "x")
        with pytest.raises(ProviderError):
            service.chat("chat", "x")
    state = clean_machine / "state"
    assert list(state.rglob("*")) == []
    assert list(work.iterdir()) == [path for path in before if path.parent == work]


class City(BaseModel):
    """The form of an answer."""

    name: str


def test_the_details_of_an_answer_come_as_those_of_a_call_do() -> None:
    """Thoughts and calls are streamed, and a class makes an object of the text or a failure that keeps it."""
    call = ToolCall(id="c1", name="weather", arguments='{"city": "Oslo"}')
    thought = Reply(model="m", provider="p", model_id="m", text="Hi", reasoning="Hm.", complete=True)
    service = FakeService([thought, FakeAnswer(tool_calls=[call]), '{"name": "Oslo"}', "no"])
    assert [chunk.reasoning or chunk.text for chunk in service.stream("chat", "x")] == ["Hm.", "Hi", ""]
    pieces = [piece for chunk in service.stream("chat", "x") for piece in chunk.tool_calls]
    assert [(piece.id, piece.name, piece.arguments) for piece in pieces] == [("c1", "weather", '{"city": "Oslo"}')]
    assert service.chat("chat", "x", response_format=City).parsed == City(name="Oslo")
    with pytest.raises(ProviderError, match="does not fit City") as raised:
        service.chat("chat", "x", response_format=City)
    assert (raised.value.kind, raised.value.partial.text) == ("protocol", "no")


def test_an_answer_has_thoughts_sources_and_tokens():
    """What an application shows besides the text can be given without a whole `Reply`."""
    source, usage = Citation(url="https://example.com", start=0, end=4), Usage(input_tokens=7, output_tokens=2)
    service = FakeService([FakeAnswer(["fine"], reasoning="Hmm", citations=[source], usage=usage)])
    come = list(service.stream("chat", "Hello"))
    assert [(chunk.reasoning, chunk.text) for chunk in come] == [("Hmm", ""), ("", "fine"), ("", "")]
    reply = come[-1].reply
    assert reply is not None
    assert (reply.reasoning, reply.citations, reply.usage) == ("Hmm", (source,), usage)


@pytest.mark.parametrize(("kind", "expected"), [("overloaded", True), ("connection", True), ("auth", False)])
def test_a_failure_is_retryable_by_its_kind(kind, expected):
    """A test need not say what a kind implies; what it says counts."""
    service = FakeService([ProviderError(kind, "no"), ProviderError(kind, "no", retryable=not expected)])
    for wanted in (expected, not expected):
        with pytest.raises(ProviderError) as raised:
            service.chat("chat", "Hello")
        assert raised.value.retryable is wanted


@pytest.mark.parametrize(
    ("answer", "words", "hint"),
    [
        (
            ProviderError("overlaoded", "busy"),
            "no ProviderError has the kind 'overlaoded'",
            "did you mean overloaded?",
        ),
        (ProviderError("down", "busy"), "no ProviderError has the kind 'down'", "the kinds are auth, "),
        (["a", "b"], "got ['a', 'b']", "FakeAnswer([…])"),
    ],
)
def test_an_answer_that_cannot_be_says_why(answer, words, hint):
    """A kind that no call has would test what never happens."""
    with pytest.raises(UsageError) as raised:
        FakeService([answer])
    assert words in raised.value.message
    assert hint in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("ask_service", "hint"),
    [
        (lambda service: service.check("support", "Hello"), "swapped: chat(task, messages)"),
        (lambda service: service.count_tokens("support", "Hello"), "swapped"),
        (lambda service: service.chat("Hello", "support"), "swapped"),
        (
            lambda service: service.chat("claude-haiku-5-5", "Hello"),
            "claude-haiku-5-5 is a model: create_chat_completion()",
        ),
        (lambda service: service.chat("suport", "Hello"), "did you mean support?"),
    ],
)
def test_a_task_that_does_not_exist_is_told_the_way(tmp_path, ask_service, hint):
    """Arguments that changed places and models where tasks are wanted are the frequent mistakes."""
    (tmp_path / "models.toml").write_text(TASKS)
    with pytest.raises(UnknownNameError) as raised:
        ask_service(FakeService(["fine"], directory=tmp_path))
    assert hint in (raised.value.hint or "")
