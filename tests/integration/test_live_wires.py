"""The wires through the real transport, against servers on loopback: llmock for three of them, ours for Ollama's."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from exchange_player import MOMENT, endpoint_of
from llmock.scenarios import Fail, Reply, StreamFault, ToolCall
from ollama_server import FAULTS, OllamaServer

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage
from model_manager.core.messages import Reply as Answer
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Price, Rates
from model_manager.errors import ProviderError
from model_manager.providers.exchange.exchange import exchange
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.driver import run_sync
from model_manager.providers.io.steps import Notice, Pause
from model_manager.providers.io.transport import Transport

WIRES = {
    "anthropic": "anthropic",
    "openai": "openai",
    "responses": "openai-responses",
    "groq": "openai",
    "gemini": "gemini",
    "mistral": "openai",
    "xai": "openai",
}
#: Where one of its providers has two wires.
BASES = {"responses": "openai"}
MESSAGES = [ChatMessage("system", "Be kind."), ChatMessage("user", "Hello there")]
PRICE = Price(rates=Rates(input=Decimal(1), output=Decimal(2)))
BROKEN = {
    "disconnect": "connection",
    "truncate": "truncated",
    "malformed": "protocol",
    "stall": "timeout",
    "error": "server",
}


@pytest.fixture(scope="module")
def ollama_server() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        yield server


@pytest.fixture
def ollama(ollama_server: OllamaServer) -> OllamaServer:
    ollama_server.reset()
    return ollama_server


@pytest.fixture(scope="module")
def transport() -> Iterator[Transport]:
    with Transport() as one:
        yield one


class Asked:
    """One call: its reply or error, and what was shown on the way."""

    def __init__(self, transport: Transport, endpoint: Endpoint, silence_s: float = 30, **options: Any) -> None:
        self.reply: Answer | None = None
        self.error: ProviderError | None = None
        self.shown = ""
        self.waits: list[float] = []
        steps = exchange(
            endpoint,
            MESSAGES,
            ChatOptions(**options),
            random=lambda: 1.0,
            moment=MOMENT,
            deadline=Deadline(silence_s=silence_s),
        )
        try:
            # Waits are checked below, and only those that the server insists on are kept.
            line = transport.connect()
            line.pause = self._wait  # type: ignore[method-assign]
            self.reply = run_sync(steps, line, self._notify, self._show)
        except ProviderError as error:
            self.error = error

    def _wait(self, _seconds: float) -> None:
        """No time is lost."""

    def _show(self, text: str) -> None:
        self.shown += text

    def _notify(self, news: Notice | Pause) -> None:
        if isinstance(news, Pause):
            self.waits.append(news.seconds)


def at_llmock(llmock: Any, name: str) -> Endpoint:
    """An endpoint of one of llmock's providers."""
    return endpoint_of(WIRES[name], base_url=llmock.base_url(BASES.get(name, name)), price=PRICE)


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_answer(llmock: Any, transport: Transport, name: str, stream: bool) -> None:  # noqa: FBT001 - a table's column
    """Every provider's answer is complete, with its usage and its exact cost, streamed or not."""
    llmock.reply("Grüß dich 🎬, mein Freund")
    asked = Asked(transport, at_llmock(llmock, name), stream=stream, max_tokens=50)
    reply = asked.reply
    assert reply is not None, asked.error
    assert reply.text == asked.shown == "Grüß dich 🎬, mein Freund"
    assert (reply.complete, reply.finish_reason, reply.attempts) == (True, "stop", 1)
    assert reply.usage.input_tokens
    assert reply.usage.output_tokens
    assert reply.cost_usd == (reply.usage.input_tokens + 2 * Decimal(reply.usage.output_tokens)) / 10**6
    assert (reply.ttft_ms is not None) is stream
    assert reply.latency_ms >= (reply.ttft_ms or 0) > -1
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_tool_call(llmock: Any, transport: Transport, name: str, stream: bool) -> None:  # noqa: FBT001 - a table's column
    """A tool call without text is an answer."""
    llmock.add(Reply(text=None, tool_calls=(ToolCall("find", {"q": "x"}),)))
    reply = Asked(transport, at_llmock(llmock, name), stream=stream).reply
    assert [(call.name, call.arguments.replace(" ", "")) for call in reply.tool_calls] == [("find", '{"q":"x"}')]
    assert reply.finish_reason == "tool_calls"


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("fault", ["disconnect", "truncate", "malformed", "stall"])
def test_broken_stream(llmock: Any, transport: Transport, name: str, fault: str) -> None:
    """A stream that breaks off fails with its kind, once, and what had arrived is kept and shown."""
    llmock.reply("One two three four five six seven eight nine ten")
    # The first chunks of some providers hold no text.
    llmock.add(StreamFault(fault, after_chunks=6, stall_seconds=2.0))
    asked = Asked(transport, at_llmock(llmock, name), silence_s=0.5 if fault == "stall" else 30)
    assert asked.error is not None
    assert (asked.error.kind, asked.error.attempts) == (BROKEN[fault], 1)
    assert asked.error.partial.text == asked.shown
    assert asked.shown.startswith("One")
    assert asked.error.partial.usage.estimated
    assert asked.error.partial.cost_usd > 0


@pytest.mark.parametrize("name", WIRES)
def test_rate_limit(llmock: Any, transport: Transport, name: str) -> None:
    """A rate limit is waited out for as long as the server says."""
    llmock.add(Fail(429, retry_after=1.5))
    asked = Asked(transport, at_llmock(llmock, name))
    assert asked.reply.attempts == 2
    assert asked.waits == [1.5]


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize(
    "refusal",
    [(401, "auth", 1), (403, "permission", 1), (404, "not_found", 1), (500, "server", 3), (503, "overloaded", 3)],
)
def test_refusal(llmock: Any, transport: Transport, name: str, refusal: tuple[int, str, int]) -> None:
    """A refusal has its kind and as many attempts as it deserves."""
    status, kind, attempts = refusal
    llmock.fail(status, times=None)
    error = Asked(transport, at_llmock(llmock, name)).error
    assert (error.kind, error.status, error.attempts) == (kind, status, attempts)
    assert len(llmock.requests) == attempts


@pytest.mark.parametrize("name", WIRES)
def test_context_overflow(llmock: Any, transport: Transport, name: str) -> None:
    """A prompt that is too long is named as that."""
    llmock.context_overflow()
    assert Asked(transport, at_llmock(llmock, name)).error.kind == "context_length"


def at_ollama(ollama: OllamaServer, **fields: Any) -> Endpoint:
    """An endpoint of the Ollama-shaped server."""
    return endpoint_of("ollama", base_url=ollama.url, price=PRICE, **fields)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_ollama(ollama: OllamaServer, transport: Transport, stream: bool) -> None:  # noqa: FBT001 - a table's column
    """Ollama's answer is complete, streamed or not, and its own speed is taken."""
    asked = Asked(transport, at_ollama(ollama), stream=stream, max_tokens=50)
    assert asked.reply.text == asked.shown == "Grüß dich 🎬"
    assert (asked.reply.usage.input_tokens, asked.reply.usage.output_tokens) == (12, 7)
    assert asked.reply.tokens_per_second == 10.0
    path, headers, body = ollama.requests[0]
    assert (path, body["stream"], body["options"]) == ("/api/chat", stream, {"num_predict": 50})
    assert "authorization" not in headers


@pytest.mark.parametrize("fault", FAULTS)
def test_ollama_broken_stream(ollama: OllamaServer, transport: Transport, fault: str) -> None:
    """Ollama's stream that breaks off fails with its kind, once, and what had arrived is kept."""
    ollama.script.faults.append(fault)
    asked = Asked(transport, at_ollama(ollama), silence_s=0.5 if fault == "stall" else 30)
    assert (asked.error.kind, asked.error.attempts) == (BROKEN[fault], 1)
    assert asked.shown == asked.error.partial.text == "Grüß "


def test_ollama_without_the_model(ollama: OllamaServer, transport: Transport) -> None:
    """A model that is not installed comes with the command that installs it."""
    error = Asked(transport, at_ollama(ollama, model_id="llama9")).error
    assert (error.kind, error.hint) == ("not_found", "get it with: ollama pull llama9")


def test_ollama_busy(ollama: OllamaServer, transport: Transport) -> None:
    """A busy server is tried again."""
    ollama.script.refusals.append((503, '{"error": "server busy, please try again"}', {}))
    assert Asked(transport, at_ollama(ollama)).reply.attempts == 2


def test_ollama_of_a_cached_prompt(ollama: OllamaServer, transport: Transport) -> None:
    """A prompt that Ollama did not count is unknown, and so is the cost."""
    ollama.script.prompt_tokens = None
    reply = Asked(transport, at_ollama(ollama)).reply
    assert (reply.usage.input_tokens, reply.cost_usd) == (None, None)


def test_nobody_listens(transport: Transport, ollama: OllamaServer) -> None:
    """A server that is not running is a connection failure, after every attempt."""
    port = ollama.url.rpartition(":")[2]
    with OllamaServer() as gone:
        url = gone.url
    assert not url.endswith(f":{port}")
    error = Asked(transport, endpoint_of("ollama", base_url=url)).error
    assert (error.kind, error.attempts) == ("connection", 3)
    assert "refused the connection" in error.message
