"""The wires against recorded bodies: kinds of errors, answers streamed and whole, usage, and the requests."""

import re
from decimal import Decimal

import pytest
from exchange_player import BODIES, KEY, Response, endpoint_of, play, recorded

from model_manager.core.messages import ChatMessage, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image
from model_manager.core.pricing import Price, Rates, Usage
from model_manager.providers import wire_of
from model_manager.providers.io.curl import as_curl

ERRORS = {
    "openai.401.wrong-key.json": "auth",
    "openai.401.groq-wrong-key.json": "auth",
    "openai.401.llama-cpp-wrong-key.json": "auth",
    "openai.401.mistral-unauthorized.json": "auth",
    "openai.401.deepseek-wrong-key.json": "auth",
    "openai.400.xai-wrong-key.json": "auth",
    "openai.400.gateway-wrong-key.json": "auth",
    "openai.400.xai-model-not-found.json": "not_found",
    "openai.400.deepseek-model-not-exist.json": "not_found",
    "openai.400.openrouter-model.json": "not_found",
    "openai.404.model-not-found.json": "not_found",
    "openai.404.xai-model-not-found.json": "not_found",
    "openai.400.groq-decommissioned.json": "not_found",
    "openai.400.mistral-invalid-model.json": "not_found",
    "openai.404.openrouter-no-endpoints.json": "not_found",
    "openai.404.wrong-path.txt": "not_found",
    "openai.402.openrouter-credits.json": "quota",
    "openai.402.deepseek-balance.json": "quota",
    "openai.429.insufficient-quota.json": "quota",
    "openai.429.spend-limit.json": "quota",
    "openai.429.quota-as-type.json": "quota",
    "openai.429.gateway-quota-without-code.json": "quota",
    "openai.400.gateway-insufficient-balance.json": "quota",
    "openai.429.rate-limit.json": "rate_limit",
    "openai.429.mistral-rate-limit.json": "rate_limit",
    "openai.429.text.txt": "rate_limit",
    "openai.413.groq-too-large.json": "context_length",
    "openai.498.groq-no-capacity.json": "overloaded",
    "openai.400.context-length.json": "context_length",
    "openai.400.llama-cpp-context.json": "context_length",
    "openai.400.vllm-context.json": "context_length",
    "openai.400.mistral-context.json": "context_length",
    "openai.400.gateway-context-window.json": "context_length",
    "openai.400.content-policy.json": "content_filter",
    "openai.400.gateway-content-policy.json": "content_filter",
    "openai.403.openrouter-moderation.json": "content_filter",
    "openai.403.region.json": "permission",
    "openai.403.forbidden.json": "permission",
    "openai.400.max-tokens.json": "bad_request",
    "openai.400.temperature.json": "bad_request",
    "openai.422.mistral-stream-options.json": "bad_request",
    "openai.422.fastapi.json": "bad_request",
    "openai.500.server-error.json": "server",
    "openai.500.text.txt": "server",
    "openai.502.page.html": "server",
    "openai.502.openrouter-upstream.json": "server",
    "openai.503.overloaded.json": "overloaded",
    "anthropic.401.wrong-key.json": "auth",
    "anthropic.403.permission.json": "permission",
    "anthropic.404.model.json": "not_found",
    "anthropic.413.too-large.json": "context_length",
    "anthropic.429.rate-limit.json": "rate_limit",
    "anthropic.429.spend-limit.json": "quota",
    "anthropic.402.billing.json": "quota",
    "anthropic.400.credit.json": "quota",
    "anthropic.400.usage-limits.json": "quota",
    "gemini.429.prepaid.json": "quota",
    "openai.429.xai-credits.json": "quota",
    "openai.403.xai-no-credits.json": "quota",
    "openai.403.openrouter-key-limit.json": "quota",
    "openai.429.openrouter-per-day.json": "quota",
    "openai.429.cerebras-per-day.json": "quota",
    "anthropic.400.prompt-too-long.json": "context_length",
    "anthropic.400.context-limit.json": "context_length",
    "anthropic.400.content-filtering.json": "content_filter",
    "anthropic.400.temperature.json": "bad_request",
    "anthropic.500.api-error.json": "server",
    "anthropic.529.overloaded.json": "overloaded",
    "gemini.400.wrong-key.json": "auth",
    "gemini.400.wrong-key-without-details.json": "auth",
    "gemini.401.unauthenticated.json": "auth",
    "gemini.403.blocked-service.json": "permission",
    "gemini.404.model.json": "not_found",
    "gemini.400.context.json": "context_length",
    "gemini.429.per-minute.json": "rate_limit",
    "gemini.429.per-day.json": "quota",
    "gemini.429.array.json": "rate_limit",
    "gemini.500.internal.json": "server",
    "gemini.503.unavailable.json": "overloaded",
    "ollama.404.model.json": "not_found",
    "ollama.400.bridge-model.json": "not_found",
    "ollama.400.no-tools.json": "bad_request",
    "ollama.400.context.json": "context_length",
    "ollama.500.memory.json": "server",
    "ollama.503.busy.json": "overloaded",
    "ollama.401.cloud.json": "auth",
}
GREETING = "Grüß dich 🎬"
OPENAI_USAGE = Usage(input_tokens=12, output_tokens=7, cache_read_tokens=4, reasoning_tokens=2)
PLAIN_USAGE = Usage(input_tokens=12, output_tokens=7)
ANTHROPIC_USAGE = Usage(
    input_tokens=20, output_tokens=15, cache_read_tokens=4, cache_write_tokens=6, cache_write_1h_tokens=2
)
GEMINI_USAGE = Usage(input_tokens=15, output_tokens=25, cache_read_tokens=4, reasoning_tokens=20)
FIND = ToolCall(id=None, name="find", arguments='{"q": "x"}')
ANSWERS = {
    "openai.stream.everything.sse": {
        "text": "Grüße: Regen",
        "reasoning": "Let me look. ☔",
        "service_tier": "flex",
    },
    "openai.stream.think-tags.sse": {
        "text": "\n<think>Is it <think>? No </that. ☔</think>\n\nIt is a <think> tag</think>.",
        "reasoning": "",
    },
    "openai.stream.search-results.sse": {"text": "Rain [1], sun [2]", "warnings": ()},
    "anthropic.stream.citations.sse": {"text": "So: Es regnete – und schien.", "service_tier": "standard"},
    "gemini.stream.grounding.sse": {"text": "Grüße: Regen", "reasoning": "Hm ☔"},
    "ollama.stream.logprobs.ndjson": {"text": "Hi!", "reasoning": "Hm"},
    "openai.stream.ok.sse": {"text": GREETING, "finish_reason": "stop", "usage": OPENAI_USAGE, "match": "exact"},
    "openai.stream.crlf-comments.sse": {
        "text": GREETING,
        "usage": OPENAI_USAGE,
        "cost_usd": Decimal("0.00012345678901234567"),
        "cost_source": "reported",
    },
    "openai.stream.zeros.sse": {"text": "Hi there", "usage": PLAIN_USAGE},
    "openai.stream.groq.sse": {"text": "Hi", "usage": PLAIN_USAGE, "request_id": "req_01groq"},
    # Recorded from the llama.cpp server of xllamacpp 2026.10.11549, with a small random model and a JSON schema.
    "openai.stream.llama-cpp.sse": {
        "text": '{"a" : "x"}',
        "finish_reason": "stop",
        "usage": Usage(input_tokens=24, output_tokens=15, cache_read_tokens=23),
        "tokens_per_second": 11336.032,
    },
    "openai.stream.no-done.sse": {"text": "Hi", "usage": OPENAI_USAGE, "complete": True},
    "openai.stream.done-only.sse": {"text": "Hi", "finish_reason": None, "complete": True},
    "openai.stream.no-usage.sse": {"text": "Hi", "usage": Usage(), "cost_usd": None, "cost_source": None},
    "openai.stream.length.sse": {
        "text": "Hi",
        "finish_reason": "length",
        "warnings": ("the answer was cut off at the limit of output tokens",),
    },
    "openai.stream.tools.sse": {
        "finish_reason": "tool_calls",
        "tool_calls": (
            ToolCall(id="call_1", name="find", arguments='{"q":"x"}'),
            ToolCall(id="call_2", name="stop", arguments="{}"),
        ),
    },
    "openai.stream.tools-one-index.sse": {
        "finish_reason": "tool_calls",
        "tool_calls": (
            ToolCall(id="call_1", name="find", arguments='{"q":"x"}'),
            ToolCall(id="call_2", name="stop", arguments="{}"),
        ),
    },
    "openai.stream.split-character.sse": {"text": "🎬!"},
    "openai.reply.ok.json": {"text": GREETING, "finish_reason": "stop", "usage": OPENAI_USAGE, "ttft_ms": None},
    "openai.reply.parts.json": {"text": GREETING},
    "openai.reply.deepseek.json": {
        "text": "Hi",
        "usage": Usage(input_tokens=12, output_tokens=7, cache_read_tokens=8),
    },
    "openai.reply.xai-outside.json": {
        "usage": Usage(input_tokens=12, output_tokens=27, reasoning_tokens=20),
        "cost_usd": Decimal("0.0015"),
        "cost_source": "reported",
    },
    "openai.reply.xai-inside.json": {"usage": Usage(input_tokens=12, output_tokens=7, reasoning_tokens=5)},
    "openai.reply.cache-write.json": {
        "usage": Usage(input_tokens=2000, output_tokens=7, cache_read_tokens=500, cache_write_tokens=1000)
    },
    "openai.reply.wrong-dialect.json": {
        "cost_usd": None,
        "warnings": (
            (
                "the cost is unknown: 500 cached and 0 written tokens (0 of them for an hour, 0 for twelve) "
                "do not fit into a prompt of 10"
            ),
        ),
    },
    "openai.reply.tools.json": {
        "finish_reason": "tool_calls",
        "tool_calls": (ToolCall(id="call_1", name="find", arguments='{"q":"x"}'),),
    },
    "openai.reply.no-finish-reason.json": {"text": "Hi", "finish_reason": None, "complete": True},
    "openai.reply.dated.json": {"match": "dated", "served_model": "asked-1-2026-10-01", "warnings": ()},
    "openai.reply.other-model.json": {
        "match": "different",
        "warnings": ("asked for asked-1, answered by cheaper-model",),
    },
    "anthropic.stream.ok.sse": {
        "text": GREETING,
        "finish_reason": "stop",
        "usage": ANTHROPIC_USAGE,
        "served_model": "asked-1",
        "request_id": "msg_1",
    },
    "anthropic.stream.override.sse": {
        "usage": Usage(input_tokens=30, output_tokens=15, cache_read_tokens=5, cache_write_tokens=0)
    },
    "anthropic.stream.thinking.sse": {
        "text": "Hi",
        "usage": Usage(input_tokens=20, output_tokens=15, reasoning_tokens=9),
    },
    "anthropic.stream.tools.sse": {
        "text": "Let me look.",
        "finish_reason": "tool_calls",
        "tool_calls": (ToolCall(id="toolu_1", name="find", arguments='{"q":"x"}'),),
    },
    "anthropic.stream.length.sse": {"text": "Hi", "finish_reason": "length"},
    "anthropic.reply.ok.json": {"text": GREETING, "finish_reason": "stop", "usage": ANTHROPIC_USAGE},
    "anthropic.reply.tools.json": {
        "finish_reason": "tool_calls",
        "tool_calls": (ToolCall(id="toolu_1", name="find", arguments='{"q": "x"}'),),
    },
    "gemini.stream.ok.sse": {
        "text": GREETING,
        "finish_reason": "stop",
        "usage": GEMINI_USAGE,
        "request_id": "resp_1",
    },
    "gemini.stream.thoughts.sse": {
        "text": "Hi there",
        "usage": Usage(input_tokens=12, output_tokens=25, reasoning_tokens=20),
    },
    "gemini.stream.tools.sse": {
        "finish_reason": "tool_calls",
        "tool_calls": (
            ToolCall(name="find", arguments='{"q": "x", "limit": 1.5}'),
            ToolCall(name="stop", arguments="{}"),
        ),
    },
    "gemini.reply.ok.json": {"text": GREETING, "finish_reason": "stop", "usage": GEMINI_USAGE},
    "gemini.reply.array.json": {"text": GREETING, "finish_reason": "stop", "usage": GEMINI_USAGE},
    "gemini.reply.zeros-left-out.json": {
        "finish_reason": "tool_calls",
        "usage": Usage(input_tokens=12, output_tokens=0),
    },
    "ollama.stream.ok.ndjson": {
        "text": GREETING,
        "finish_reason": "stop",
        "usage": PLAIN_USAGE,
        "tokens_per_second": 10.0,
    },
    "ollama.stream.cached-prompt.ndjson": {"usage": Usage(output_tokens=7), "cost_usd": None},
    "ollama.stream.zero-prompt.ndjson": {"usage": Usage(output_tokens=7), "cost_usd": None},
    "ollama.stream.thinking.ndjson": {"text": "Hi"},
    "ollama.stream.tools.ndjson": {"finish_reason": "tool_calls", "tool_calls": (FIND,)},
    "ollama.stream.length.ndjson": {"text": "Hi", "finish_reason": "length"},
    "ollama.reply.ok.json": {"text": GREETING, "finish_reason": "stop", "usage": PLAIN_USAGE},
}
#: (kind, part of the message, text that had arrived)
FAILURES = {
    "openai.stream.length-without-text.sse": ("truncated", "reached before any visible text", ""),
    "openai.stream.empty.sse": ("protocol", "without text or a tool call", ""),
    "openai.stream.blank.sse": ("protocol", "without text or a tool call", " \n"),
    "openai.stream.refusal.sse": ("content_filter", "refused: I can't help with that.", ""),
    "openai.stream.filtered.sse": ("content_filter", "filtered the answer", "Well"),
    "openai.stream.truncated.sse": ("truncated", "without its end mark", "Once upon"),
    "openai.stream.cut-inside-event.sse": ("truncated", "without its end mark", "Once upon"),
    "openai.stream.malformed.sse": ("protocol", "not JSON", "Once upon"),
    "openai.stream.error-event.sse": ("server", "in the stream (server_error): The server had", "Once"),
    "openai.stream.named-error.sse": ("server", "in the stream: upstream went away", "Once"),
    "openai.stream.openrouter-error.sse": ("rate_limit", "Rate limited upstream", "Once"),
    "openai.stream.error-string.sse": ("auth", "Incorrect API key", None),
    "openai.stream.finish-error.sse": ("server", "stopped the answer (error)", "Once"),
    "openai.stream.comments-only.sse": ("truncated", "without its end mark", None),
    "openai.stream.html.html": ("protocol", "neither JSON nor a stream: Sign in Please sign in", None),
    "openai.stream.text.txt": ("protocol", "neither JSON nor a stream: upstream request timeout", None),
    "openai.stream.nothing.txt": ("protocol", "empty body", None),
    "openai.reply.refusal.json": ("content_filter", "I can't help with that.", ""),
    "openai.reply.no-choices.json": ("protocol", "without an answer", ""),
    "openai.reply.error-in-200.json": ("overloaded", "instead of an answer (engine_overloaded)", None),
    "openai.reply.cut.json": ("protocol", "not complete JSON", None),
    "anthropic.stream.refusal.sse": ("content_filter", "filtered the answer (refusal)", "I"),
    "anthropic.stream.truncated.sse": ("truncated", "without its end mark", "Once upon"),
    "anthropic.stream.overloaded.sse": ("overloaded", "(overloaded_error): Overloaded", "Once"),
    "anthropic.stream.malformed.sse": ("protocol", "not JSON", "Once"),
    "anthropic.reply.empty.json": ("protocol", "without text or a tool call", ""),
    "anthropic.reply.error-in-200.json": ("overloaded", "Overloaded", None),
    "gemini.stream.blocked.sse": ("content_filter", "the prompt was blocked (PROHIBITED_CONTENT)", ""),
    "gemini.stream.safety.sse": ("content_filter", "filtered the answer (SAFETY)", "Well"),
    "gemini.stream.length.sse": ("truncated", "reached before any visible text", ""),
    "gemini.stream.truncated.sse": ("truncated", "without its end mark", "Once upon"),
    "gemini.stream.other.sse": ("server", "stopped the answer (MALFORMED_FUNCTION_CALL)", ""),
    "gemini.stream.error.sse": ("overloaded", "The model is overloaded.", "Once"),
    "gemini.reply.no-candidates.json": ("protocol", "without an answer", ""),
    "gemini.reply.unfinished.json": ("truncated", "without its end mark", "Once upon"),
    "ollama.stream.truncated.ndjson": ("truncated", "without its end mark", "Once upon"),
    "ollama.stream.error.ndjson": ("server", "an error was encountered", "Once"),
    "ollama.stream.malformed.ndjson": ("protocol", "not JSON", "Once"),
    "ollama.reply.unfinished.json": ("truncated", "without its end mark", "Once upon"),
}
PRICE = Price(rates=Rates(input=Decimal(2), output=Decimal(8), cache_read=Decimal("0.5")))


def asked(name: str) -> ChatOptions:
    """A stream was asked for where the recorded body is one."""
    return ChatOptions(stream=".stream." in name)


@pytest.mark.parametrize("name", ERRORS)
def test_error_body(name: str) -> None:
    """A recorded error body has its kind, and its status and words are in the message."""
    wire, status, _ = name.split(".", 2)
    response = Response(status=int(status), pieces=[(BODIES / name).read_bytes()])
    played = play(endpoint_of(wire), response, options=ChatOptions(stream=False), retries=0)
    assert played.kind == ERRORS[name]
    assert re.match(f"Acme answered HTTP {status}( \\(\\S+\\))?: .", played.error.message)
    assert "{" not in played.error.message
    assert "<" not in played.error.message
    assert played.error.status == int(status)
    assert played.error.hint or played.kind in {"bad_request", "content_filter"}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str) -> None:
    """A recorded answer becomes the reply it should, and all its text is shown."""
    played = play(endpoint_of(name.split(".", 1)[0], price=PRICE), recorded(name), options=asked(name))
    assert played.error is None
    assert {field: getattr(played.reply, field) for field in ANSWERS[name]} == ANSWERS[name]
    assert played.shown == played.reply.text
    assert played.reply.complete


@pytest.mark.parametrize("name", FAILURES)
def test_no_answer(name: str) -> None:
    """What is no complete answer fails with its kind, and keeps what had arrived."""
    kind, words, text = FAILURES[name]
    played = play(endpoint_of(name.split(".", 1)[0], price=PRICE), recorded(name), options=asked(name), retries=0)
    assert played.kind == kind
    assert words in played.error.message
    assert (played.error.partial.text if played.error.partial else None) == text
    assert played.shown == (text or "")


def test_every_body_is_used() -> None:
    """Every recorded body is in one of the tables."""
    assert {path.name for path in BODIES.iterdir()} == {*ERRORS, *ANSWERS, *FAILURES, "errors.jsonl"}


@pytest.mark.parametrize("name", [name for name in ANSWERS if ".reply." in name and "array" not in name])
def test_document_for_a_stream(name: str) -> None:
    """A whole answer to a request for a stream is an answer all the same."""
    played = play(endpoint_of(name.split(".", 1)[0]), recorded(name))
    expected = play(endpoint_of(name.split(".", 1)[0]), recorded(name), options=ChatOptions(stream=False))
    assert played.reply.text == expected.reply.text
    assert played.reply.usage == expected.reply.usage


@pytest.mark.parametrize("name", [name for name in ANSWERS if name.startswith("openai.stream.")])
def test_stream_for_a_document(name: str) -> None:
    """A stream in answer to a request for a whole answer is an answer all the same."""
    played = play(endpoint_of("openai"), recorded(name), options=ChatOptions(stream=False))
    assert played.reply.text == ANSWERS[name].get("text", "")


def test_cost_by_the_catalogue() -> None:
    """The catalogue's price gives the exact cost of what was used."""
    reply = play(endpoint_of("openai", price=PRICE), recorded("openai.stream.ok.sse")).reply
    assert (reply.cost_usd, reply.cost_source) == (Decimal("0.000074"), "catalogue")


def test_broken_stream_is_estimated() -> None:
    """Usage that a broken stream did not bring is estimated at four characters a token, and marked."""
    partial = play(endpoint_of("openai", price=PRICE), recorded("openai.stream.truncated.sse")).error.partial
    assert partial.usage == Usage(input_tokens=4, output_tokens=3, estimated=True)
    assert partial.cost_usd == Decimal("0.000032")
    assert not partial.complete


def test_broken_stream_keeps_what_was_said() -> None:
    """Counts that a broken stream had brought stay, and are marked as estimated with the rest."""
    partial = play(endpoint_of("anthropic"), recorded("anthropic.stream.overloaded.sse")).error.partial
    assert (partial.usage.input_tokens, partial.usage.cache_read_tokens) == (20, 4)
    assert partial.usage.estimated
    partial = play(endpoint_of("anthropic"), recorded("anthropic.stream.truncated.sse")).error.partial
    assert (partial.usage.output_tokens, partial.usage.estimated) == (15, True)


MESSAGES = [ChatMessage("system", "Be kind."), ChatMessage("user", "Hi"), ChatMessage("assistant", "Yes?")]
TURNS = [{"role": message.role, "content": message.content} for message in MESSAGES]


def request(wire: str, options: ChatOptions, **endpoint: object) -> tuple[str, dict, tuple[str, ...]]:
    """URL, body and notices of a request."""
    call = wire_of(wire).build_call(endpoint_of(wire, **endpoint), MESSAGES, options)
    return call.url, dict(call.body), tuple(call.notices)


REQUESTS = [
    (
        "openai",
        {"base_url": "https://api.example.com/v1/"},
        ChatOptions(max_tokens=9, temperature=0.5),
        "https://api.example.com/v1/chat/completions",
        {
            "model": "asked-1",
            "messages": TURNS,
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": 9,
            "temperature": 0.5,
        },
    ),
    (
        "openai",
        {"parameters": {"max_tokens": "max_completion_tokens", "stream_usage": False}},
        ChatOptions(max_tokens=9),
        "https://api.example.com/chat/completions",
        {"model": "asked-1", "messages": TURNS, "stream": True, "max_completion_tokens": 9},
    ),
    (
        "openai",
        {"parameters": {"default_max_tokens": 300}},
        ChatOptions(stream=False),
        "https://api.example.com/chat/completions",
        {"model": "asked-1", "messages": TURNS, "stream": False, "max_tokens": 300},
    ),
    (
        "anthropic",
        {},
        ChatOptions(),
        "https://api.example.com/v1/messages",
        {"model": "asked-1", "max_tokens": 4096, "messages": TURNS[1:], "stream": True, "system": "Be kind."},
    ),
    (
        "anthropic",
        {"parameters": {"headers": {"Anthropic-Version": "2023-06-01"}}},
        ChatOptions(stream=False, max_tokens=9, temperature=0),
        "https://api.example.com/v1/messages",
        {
            "model": "asked-1",
            "max_tokens": 9,
            "messages": TURNS[1:],
            "stream": False,
            "system": "Be kind.",
            "temperature": 0,
        },
    ),
    (
        "gemini",
        {"model_id": "models/odd name#1"},
        ChatOptions(max_tokens=9, temperature=0.5),
        "https://api.example.com/v1beta/models/odd%20name%231:streamGenerateContent?alt=sse",
        {
            "contents": [
                {"role": "user", "parts": [{"text": "Hi"}]},
                {"role": "model", "parts": [{"text": "Yes?"}]},
            ],
            "systemInstruction": {"parts": [{"text": "Be kind."}]},
            "generationConfig": {"maxOutputTokens": 9, "temperature": 0.5},
        },
    ),
    (
        "gemini",
        {},
        ChatOptions(stream=False),
        "https://api.example.com/v1beta/models/asked-1:generateContent",
        {
            "contents": [
                {"role": "user", "parts": [{"text": "Hi"}]},
                {"role": "model", "parts": [{"text": "Yes?"}]},
            ],
            "systemInstruction": {"parts": [{"text": "Be kind."}]},
        },
    ),
    (
        "ollama",
        {},
        ChatOptions(stream=False, max_tokens=9, temperature=0.5),
        "https://api.example.com/api/chat",
        {
            "model": "asked-1",
            "messages": TURNS,
            "stream": False,
            "options": {"num_predict": 9, "temperature": 0.5},
        },
    ),
    (
        "ollama",
        {},
        ChatOptions(),
        "https://api.example.com/api/chat",
        {"model": "asked-1", "messages": TURNS, "stream": True},
    ),
]


@pytest.mark.parametrize(("wire", "endpoint", "options", "url", "body"), REQUESTS)
def test_request(wire: str, endpoint: dict, options: ChatOptions, url: str, body: dict) -> None:
    """A request has the URL and the body that its wire and its provider want, and leaves out nothing silently."""
    assert request(wire, options, **endpoint) == (url, body, ())


PICTURE = Image(b"\x89PNG")
SCHEMA = {
    "type": "object",
    "properties": {"q": {"type": "string"}},
    "required": ["q"],
    "additionalProperties": False,
}
NOTHING = {"type": "object", "properties": {}}
FULL = ChatOptions(
    stream=False,
    tools=(Tool(name="find", description="Finds.", parameters=SCHEMA), Tool(name="stop")),
    answer_format=AnswerFormat(name="found", schema=SCHEMA),
)
FUNCTIONS = [
    {"type": "function", "function": {"name": "find", "description": "Finds.", "parameters": SCHEMA}},
    {"type": "function", "function": {"name": "stop", "description": "", "parameters": NOTHING}},
]
FULL_REQUESTS = {
    "openai": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                ],
            }
        ],
        "tools": FUNCTIONS,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "found", "strict": True, "schema": SCHEMA},
        },
    },
    "anthropic": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="},
                    },
                    {"type": "text", "text": "Look"},
                ],
            }
        ],
        "tools": [
            {"name": "find", "description": "Finds.", "input_schema": SCHEMA},
            {"name": "stop", "description": "", "input_schema": NOTHING},
        ],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    },
    "gemini": {
        "contents": [
            {
                "role": "user",
                "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}, {"text": "Look"}],
            }
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "find", "description": "Finds.", "parametersJsonSchema": SCHEMA},
                    {"name": "stop", "description": "", "parametersJsonSchema": NOTHING},
                ]
            }
        ],
        "generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
    },
    "ollama": {
        "messages": [{"role": "user", "content": "Look", "images": ["iVBORw=="]}],
        "tools": FUNCTIONS,
        "format": SCHEMA,
    },
}


@pytest.mark.parametrize("wire", FULL_REQUESTS)
def test_request_with_everything(wire: str) -> None:
    """Pictures, tools and a schema stand in the fields of each wire, and what is not asked for has none."""
    call = wire_of(wire).build_call(endpoint_of(wire), [ChatMessage("user", "Look", (PICTURE,))], FULL)
    plain = wire_of(wire).build_call(endpoint_of(wire), [ChatMessage("user", "Look")], ChatOptions(stream=False))
    expected = FULL_REQUESTS[wire]
    assert {name: call.body[name] for name in expected} == expected
    assert plain.body.keys().isdisjoint(expected.keys() - {"messages", "contents"})
    assert call.notices == ()


def test_a_picture_is_not_shown() -> None:
    """What a message looks like in a log does not contain the bytes of its pictures."""
    assert "PNG" not in repr(ChatMessage("user", "Look", (PICTURE,)))


LEFT_OUT = [
    ("openai", {"temperature": False}, ChatOptions(temperature=1), "the temperature is left out"),
    ("gemini", {"temperature": False}, ChatOptions(temperature=1), "the temperature is left out"),
    ("ollama", {"temperature": False}, ChatOptions(temperature=1), "the temperature is left out"),
    ("anthropic", {"temperature": False}, ChatOptions(temperature=1), "asked does not accept one"),
    ("anthropic", {}, ChatOptions(temperature=1), "API version 2026-10-21 does not accept one"),
    ("openai", {"max_tokens": False}, ChatOptions(max_tokens=9), "the limit of 9 tokens is left out"),
]


@pytest.mark.parametrize(("wire", "parameters", "options", "words"), LEFT_OUT)
def test_left_out(wire: str, parameters: dict, options: ChatOptions, words: str) -> None:
    """What the user asked for and cannot be sent is left out with one notice."""
    _, body, notices = request(wire, options, parameters=parameters)
    assert len(notices) == 1
    assert words in notices[0]
    assert not {"temperature", "max_tokens"} & {*body, *body.get("options", {})} - (
        {"max_tokens"} if wire == "anthropic" else set()
    )


def test_default_limit_is_dropped_silently() -> None:
    """A limit that is a default of ours needs no notice when it is left out."""
    options = ChatOptions(max_tokens=9, max_tokens_asked=False)
    _, body, notices = request("openai", options, parameters={"max_tokens": False})
    assert "max_tokens" not in body
    assert notices == ()


KEY_HEADERS = {
    "openai-responses": {"authorization": "Bearer "},
    "openai": {"authorization": "Bearer "},
    "anthropic": {"x-api-key": ""},
    "gemini": {"x-goog-api-key": ""},
    "ollama": {},
}


@pytest.mark.parametrize("wire", KEY_HEADERS)
def test_headers(wire: str) -> None:
    """The key stands in the provider's header and nowhere else, and static headers win over the wire's."""
    endpoint = endpoint_of(wire, parameters={"headers": {"Anthropic-Version": "x", "X-Extra": "1"}})
    call = wire_of(wire).build_call(endpoint, MESSAGES, ChatOptions())
    assert {name: prefix for name, (prefix, _) in call.secret_headers.items()} == KEY_HEADERS[wire]
    assert call.headers["anthropic-version"] == "x"
    assert call.headers["x-extra"] == "1"
    assert call.headers["user-agent"].startswith("model-manager/")
    assert KEY not in repr(call)


def test_curl() -> None:
    """A request prints as a shell command whose key is a variable."""
    call = wire_of("anthropic").build_call(
        endpoint_of("anthropic"), [ChatMessage("user", "It's $5")], ChatOptions()
    )
    command = as_curl(call, "ACME_API_KEY")
    assert '--header "x-api-key: $ACME_API_KEY"' in command
    assert """It'"'"'s $5""" in command
    assert KEY not in command


def test_curl_without_a_key() -> None:
    """A provider without a key has no header for it, and a name that no shell can expand is refused."""
    call = wire_of("openai").build_call(endpoint_of("openai", key=None), MESSAGES, ChatOptions())
    assert "authorization" not in as_curl(call, None)
    with pytest.raises(ValueError, match="not the name of a shell variable"):
        as_curl(call, 'X"; rm')
