"""Every fault of llmock on every provider it speaks that our wires speak: what the command line says, and llmock of it.

A fault is tied to a model's name, so one process meets all of them at once and its waits overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from command_line import Result, run_cli
from llmock.journal import RequestRecord
from llmock.pytest_plugin import LLMock
from llmock.ratelimit import LimitSettings
from llmock.scenarios import Delay, Fail, Match, Reply, SlowFirstToken, StreamFault, ToolCall, ToolFault
from llmock.testing import LLMockServer
from llmock.verdict import judge

from model_manager.providers.exchange.retry_policy import RetryPolicy

KEY = "kq7-fault-wWx4TzR9uVbN2m"
#: llmock's providers and our wires for them.
WIRES = {
    "openai": "openai",
    "responses": "openai-responses",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "groq": "openai",
    "mistral": "openai",
    "together": "openai",
    "perplexity": "openai",
    "ai21": "openai",
    "xai": "openai",
}
#: Where one of its providers has two wires.
BASES = {"responses": "openai"}
TEXT = "One two three four five six seven eight nine ten"
SOON = 0.05
ALWAYS: int | None = None
POLICY = RetryPolicy()


@dataclass(frozen=True)
class Case:
    """Faults, and what is to come of them: a kind (None: an answer), the attempts, and llmock's findings."""

    name: str
    behaviors: tuple[Any, ...]
    kind: str | None = None
    attempts: int = 1
    findings: frozenset[str] = frozenset()
    partial: bool = False
    billed: bool = False
    answers: frozenset[str] = frozenset()


def always(status: int, kind: str, attempts: int, **fields: Any) -> Case:
    """A status that never goes away."""
    name = f"{status}" + ("-retry-after" if "retry_after" in fields else "")
    return Case(name, (Fail(status, times=ALWAYS, **fields),), kind, attempts)


def once(status: int, **fields: Any) -> Case:
    """A status that goes away."""
    return Case(f"{status}-once", (Fail(status, **fields), Reply(text=TEXT)), attempts=2)


REFUSED = [
    always(400, "bad_request", 1),
    always(401, "auth", 1),
    always(402, "quota", 1),
    always(403, "permission", 1),
    always(404, "not_found", 1),
    always(405, "bad_request", 1),
    always(413, "context_length", 1),
    always(422, "bad_request", 1),
    Case(
        "context-overflow",
        (Fail(400, code="context_length_exceeded", message="This model's maximum context length was exceeded."),),
        "context_length",
    ),
    # llmock goes by the status, and would have a bill that is to be paid tried again.
    Case("quota", (Fail(429, code="insufficient_quota", message="No."),), "quota", 1, frozenset({"gave_up"})),
]
RETRIED = [
    always(408, "timeout", 3),
    always(409, "server", 3),
    always(429, "rate_limit", 3),
    always(429, "rate_limit", 3, retry_after=SOON),
    always(500, "server", 3),
    always(501, "server", 3),
    always(502, "server", 3),
    always(503, "overloaded", 3),
    always(504, "server", 3),
    always(529, "overloaded", 3),
    Case("429-long-wait", (Fail(429, times=ALWAYS, retry_after=3600),), "rate_limit", 1, frozenset({"gave_up"})),
]
RECOVERED = [
    once(408),
    once(409),
    once(429, retry_after=0.8),
    once(500),
    once(502),
    once(503, retry_after=SOON),
    once(504, retry_after=SOON),
    once(529, retry_after=SOON),
    Case("two-kinds", (Fail(500), Fail(429, retry_after=SOON), Reply(text=TEXT)), attempts=3),
]
WHOLE = [
    Case("answer", (Reply(text=TEXT),)),
    Case("tool-call", (Reply(text=None, tool_calls=(ToolCall("find", {"q": "x"}),)),)),
    Case("unasked-tool", (ToolFault("unknown_tool"), Reply(text=None, tool_calls=(ToolCall("find"),)))),
    Case("delay", (Delay(0.3), Reply(text=TEXT))),
]


def broken_call(*answers: str) -> Case:
    """A call whose arguments break off, but on those wires that carry them as an object, which is whole."""
    behaviors = (ToolFault("malformed_arguments"), Reply(text=None, tool_calls=(ToolCall("find"),)))
    return Case("bad-arguments", behaviors, "truncated", billed=True, answers=frozenset(answers))


STREAMED = [
    broken_call("gemini"),
    Case("slow-first-token", (SlowFirstToken(0.3), Reply(text=TEXT))),
    Case(
        "disconnect",
        (Reply(text=TEXT), StreamFault("disconnect", after_chunks=6)),
        "connection",
        findings=frozenset({"gave_up"}),
        partial=True,
    ),
    Case(
        "truncate",
        (Reply(text=TEXT), StreamFault("truncate", after_chunks=6)),
        "truncated",
        findings=frozenset({"truncated_stream_accepted"}),
        partial=True,
    ),
    Case(
        "malformed",
        (Reply(text=TEXT), StreamFault("malformed", after_chunks=6)),
        "protocol",
        findings=frozenset({"malformed_chunk_ignored"}),
        partial=True,
    ),
]
#: With a short patience of their own; llmock itself goes on after the silence.
SILENT = [
    Case("delay", (Delay(2.5),), "timeout"),
    Case("slow-first-token", (SlowFirstToken(2.5),), "timeout"),
    Case(
        "stall",
        (Reply(text=TEXT), StreamFault("stall", after_chunks=6, stall_seconds=30)),
        "timeout",
        partial=True,
    ),
]
ALL_STREAMED = [*REFUSED, *RETRIED, *RECOVERED, *WHOLE, *STREAMED]
ALL_WHOLE = [*REFUSED, *RETRIED, *RECOVERED, *WHOLE, broken_call("gemini", "anthropic")]


@dataclass(frozen=True)
class Run:
    """One process that met all cases on all providers, and what llmock saw of it."""

    result: Result
    answers: dict[str, Any]
    requests: Sequence[RequestRecord]

    def seen(self, model: str) -> list[RequestRecord]:
        return [request for request in self.requests if request.model == model]

    def findings(self, model: str) -> set[str]:
        """The findings of llmock, by the moments at which attempts came: on a busy machine an answer's end is noted late.

        Whether waits grow is held by `waited_long_enough`: a machine that adds to the first makes the second no longer.
        """
        at_once = [replace(request, ended_at=request.started_at) for request in self.seen(model)]
        return {finding.code for finding in judge(at_once).findings} - {"no_backoff"}

    def waited_long_enough(self, model: str) -> bool:
        """Whether each attempt came no sooner than the policy, or the server, allows: a busy machine only adds to it."""
        attempts = sorted(self.seen(model), key=lambda request: request.started_at)
        return all(
            after.started_at - before.started_at >= POLICY.wait_before(retry, before.retry_after, lambda: 1.0)
            for retry, (before, after) in enumerate(pairwise(attempts), 1)
        )


def model_of(provider: str, case: Case) -> str:
    return f"{provider}.{case.name}"


def catalogue(server: LLMockServer, cases: Sequence[Case]) -> str:
    """A provider for each of llmock's, and a model for each fault on it."""
    lines = ["extends = false"]
    for name, wire in WIRES.items():
        lines += [
            f"[providers.{name}]",
            f'wire = "{wire}"',
            f'base_url = "{server.base_url(BASES.get(name, name))}"',
        ]
        lines += ['api_key_env = ["FAULT_API_KEY"]']
        for case in cases:
            model = model_of(name, case)
            lines += [f'[models."{model}"]', f'provider = "{name}"', f'model_id = "{model}"', "max_output = 500"]
            lines += ["price = { input = 1, output = 10 }"]
    return "\n".join(lines) + "\n"


def meet(server: LLMockServer, directory: Path, cases: Sequence[Case], *options: str) -> Run:
    """Call every provider with every fault, in one process."""
    llmock = LLMock(server).reset()
    directory.joinpath("models.toml").write_text(catalogue(server, cases))
    directory.joinpath(".env").write_text(f"FAULT_API_KEY={KEY}\n")
    words = ["test", "--json", "Count to ten", "--concurrency", "48"]
    for case in cases:
        for name in WIRES:
            model = model_of(name, case)
            llmock.add(*(replace(behavior, match=Match(model=model)) for behavior in case.behaviors))
            words += ["-m", model]
    result = run_cli(*words, *options, "--trust", "-C", directory)
    return Run(result, {answer["model"]: answer for answer in result.json["results"]}, llmock.requests)


def check(run: Run, case: Case) -> None:
    """On every provider: the answer, or the error's kind, the attempts, what had arrived, and llmock's findings."""
    for provider, wire in WIRES.items():
        expected = replace(case, kind=None) if wire in case.answers else case
        check_one(run, model_of(provider, case), expected)


def check_one(run: Run, model: str, case: Case) -> None:
    answer = run.answers[model]
    error = answer["error"]
    assert (error and error["kind"]) == case.kind, model
    assert answer["ok"] is (case.kind is None), model
    assert answer["attempts"] == case.attempts == len(run.seen(model)), model
    assert run.findings(model) == case.findings, model
    assert run.waited_long_enough(model), model
    if case.kind is None:
        assert answer["finish_reason"] in {"stop", "tool_calls"}
        assert answer["usage"]["estimated"] is False
    elif case.partial:
        assert answer["text"].startswith("One")
        assert TEXT.startswith(answer["text"])
        assert answer["usage"]["estimated"] is True
        assert answer["cost_usd"] > 0
    else:
        assert answer["text"] is None
        assert (answer["cost_usd"] is not None) is case.billed


def check_all(run: Run, cases: Sequence[Case]) -> None:
    """Every case, and that the key is in no output, whatever went wrong."""
    for case in cases:
        check(run, case)
    assert KEY not in run.result.stdout + run.result.stderr
    assert "Traceback" not in run.result.stderr


def test_streamed(llmock_server: LLMockServer, work: Path) -> None:
    """Asked for a stream, every fault has its kind, its attempts and what had arrived, on every provider."""
    check_all(meet(llmock_server, work, ALL_STREAMED, "--timeout", "20"), ALL_STREAMED)


def test_whole(llmock_server: LLMockServer, work: Path) -> None:
    """Asked for one document, every fault has the same kind and attempts as in a stream, on every provider."""
    check_all(meet(llmock_server, work, ALL_WHOLE, "--timeout", "20", "--no-stream"), ALL_WHOLE)


def test_silence(llmock_server: LLMockServer, work: Path) -> None:
    """Silence longer than --timeout is a timeout, wherever it falls, and the line is closed then."""
    impatient = meet(llmock_server, work, SILENT, "--timeout", "1")
    check_all(impatient, SILENT)
    assert all(request.duration < 30 for request in impatient.requests)


EXITS = [
    ("answer", 0),
    ("503-once", 0),
    ("400", 1),
    ("context-overflow", 1),
    ("truncate", 1),
    ("401", 4),
    ("quota", 4),
    ("429", 5),
    ("529", 5),
    ("disconnect", 5),
]


@pytest.mark.parametrize(("name", "code"), EXITS)
def test_exit_code(llmock_server: LLMockServer, work: Path, name: str, code: int) -> None:
    """The exit code of a fault is the same on every provider, and 0 only for complete answers."""
    case = next(case for case in ALL_STREAMED if case.name == name)
    retries = "1" if case.kind is None else "0"
    assert meet(llmock_server, work, [case], "--retries", retries).result.exit_code == code


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
def test_token_quota(llmock: LLMock, llmock_server: LLMockServer, work: Path, provider: str) -> None:
    """A quota that refills is waited for as long as the server says, and no longer."""
    case = Case("quota", ())
    (work / "models.toml").write_text(catalogue(llmock_server, [case]).replace("= 500", "= 50_000"))
    llmock.limits(tpm=30_000)
    # The second call lacks 500 tokens, of which a second brings back as many.
    words = ("test", model_of(provider, case), "Hello", "--json", "--repeat", "2", "--max-tokens", "15250")
    result = run_cli(*words, env={"FAULT_API_KEY": KEY})
    assert result.exit_code == 0, result.stderr
    assert [answer["attempts"] for answer in result.json["results"]] == [1, 2]
    llmock.assert_resilient(strict=True)


def test_context_window(llmock: LLMock, llmock_server: LLMockServer, work: Path) -> None:
    """A prompt that is longer than the model's window is named so, in every provider's own words."""
    (work / "models.toml").write_text(catalogue(llmock_server, [Case("window", ())]))
    llmock_server.state.limiter.configure(LimitSettings(context_window=10))
    names = [word for name in WIRES for word in ("-m", f"{name}.window")]
    result = run_cli("test", *names, "Hello " * 50, "--json", env={"FAULT_API_KEY": KEY})
    assert result.exit_code == 1
    assert {answer["error"]["kind"] for answer in result.json["results"]} == {"context_length"}
    llmock.assert_resilient(strict=True)


KINDS = {"disconnect": "connection", "truncate": "truncated", "malformed": "protocol"}
LONGEST_STREAM = 18


def test_every_place(llmock_server: LLMockServer, work: Path) -> None:
    """Wherever a stream breaks, it is an answer only if its end mark had come; else the break has its kind."""
    cases = [
        Case(f"{fault}-{place}", (Reply(text=TEXT), StreamFault(fault, after_chunks=place)), kind)
        for fault, kind in KINDS.items()
        for place in range(LONGEST_STREAM)
    ]
    run = meet(llmock_server, work, cases, "--timeout", "20")
    for case in cases:
        for name in WIRES:
            model = model_of(name, case)
            answer, request = run.answers[model], run.seen(model)[-1]
            assert len(run.seen(model)) == 1
            if answer["ok"]:
                assert answer["text"] == TEXT
                assert case.kind != "protocol" or not request.fault
            else:
                assert answer["error"]["kind"] == case.kind, model
                assert TEXT.startswith(answer["text"] or "")
    last = f"openai.disconnect-{LONGEST_STREAM - 1}"
    assert run.answers[last]["ok"], "the faults go past the end of the stream"
