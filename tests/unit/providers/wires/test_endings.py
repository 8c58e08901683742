"""What ends an answer: words of every dialect on every wire, streamed and whole, and what is instead of text."""

import json
from itertools import product

import pytest
from each_of import each_of
from exchange_player import Played, Response, endpoint_of, play

from model_manager.core.models import WIRES
from model_manager.core.options import ChatOptions
from model_manager.providers import wire_of
from model_manager.providers.wires.endings import ending_of, most_telling

#: A word, the kind of the failure (None: an answer), and the finish reason in our words.
WORDS = [
    *((word, "server", None) for word in ("abort", "error", "network_error", "cancelled", "timeout", "failed")),
    *((word, "server", None) for word in ("OTHER", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL")),
    *((word, "server", None) for word in ("upstream_error", "workerCrashed", "client-disconnected")),
    *((word, "overloaded", None) for word in ("insufficient_system_resource", "out_of_resources", "gpu_oom")),
    *((word, "content_filter", "content_filter") for word in ("content_filter", "sensitive", "SAFETY", "refusal")),
    *((word, "content_filter", "content_filter") for word in ("guardrail_intervened", "content_filtered")),
    *((word, None, "length") for word in ("length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "maxTokens")),
    *((word, None, "length") for word in ("model_context_window_exceeded", "model_length", "time_limit")),
    *((word, None, "stop") for word in ("stop", "STOP", "end_turn", "COMPLETE", "eos_token", "stop_sequence")),
    ("tool_calls", None, "stop"),  # no tool was called
    ("serendipity", None, None),
]


def said(wire: str, parts: dict[str, object], word: str | None, *, stream: bool) -> bytes:
    """An answer with this message and this word for its end, on any wire."""
    if wire == "openai":
        choice = {"index": 0, "delta" if stream else "message": parts, "finish_reason": word}
        body = {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    elif wire == "gemini":
        body = {"candidates": [{"content": {"parts": [parts]}, "finishReason": word}]}
        body["usageMetadata"] = {"promptTokenCount": 3, "candidatesTokenCount": 4}
    elif wire == "ollama":
        counts = {"prompt_eval_count": 3, "eval_count": 4}
        return json.dumps({"message": parts, "done": True, "done_reason": word, **counts}).encode() + b"\n"
    elif wire == "openai-responses":
        body = responses(parts, word)
        body = {"type": "response.incomplete", "response": body} if stream else body
    else:
        return anthropics(parts, word, stream=stream)
    return b"data: " + json.dumps(body).encode() + b"\n\n" if stream else json.dumps(body).encode()


def responses(parts: dict[str, object], word: str | None) -> dict[str, object]:
    """An answer of the Responses API: of one item, or of a message with this part."""
    is_text = parts.get("type") in {"text", "output_text"}
    item = {"type": "message", "content": [{**parts, "type": "output_text"}]} if is_text else parts
    end = {"status": "incomplete", "incomplete_details": {"reason": word}}
    return {"object": "response", **end, "output": [item], "usage": {"input_tokens": 3, "output_tokens": 4}}


def anthropics(block: dict[str, object], word: str | None, *, stream: bool) -> bytes:
    usage = {"input_tokens": 3, "output_tokens": 4}
    if not stream:
        return json.dumps({"type": "message", "content": [block], "stop_reason": word, "usage": usage}).encode()
    events = [
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "message_delta", "delta": {"stop_reason": word}, "usage": usage},
        {"type": "message_stop"},
    ]
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


TEXTS = {"openai": {"content": "Half"}, "anthropic": {"type": "text", "text": "Half"}, "gemini": {"text": "Half"}}
TEXTS |= {"ollama": {"content": "Half"}, "openai-responses": {"type": "output_text", "text": "Half"}}


def played(wire: str, parts: dict[str, object], word: str | None, *, stream: bool = True) -> Played:
    response = Response(pieces=[said(wire, parts, word, stream=stream)])
    return play(endpoint_of(wire), response, options=ChatOptions(stream=stream), retries=0)


@each_of(product(WORDS, WIRES, (True, False)))
def test_a_word_means_the_same_on_every_wire(
    case: tuple[tuple[str, str | None, str | None], str, bool],
) -> None:
    """A word that says that the server gave up, or filtered, is a failure with the text and the usage kept."""
    (word, kind, reason), wire, stream = case
    got = played(wire, TEXTS[wire], word, stream=stream)
    assert got.kind == kind
    reply = got.error.partial if got.error else got.reply
    assert (reply.text, reply.finish_reason) == ("Half", reason)
    assert (reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.estimated) == (3, 4, False)
    assert bool(reply.warnings) is (reason == "length" or word == "serendipity")
    if got.error:
        assert word in got.error.message


NATIVE = [
    ("stop", "max_output_tokens", "length"),
    ("tool_calls", "length", "length"),
    ("stop", "SAFETY", "content_filter"),
    ("stop", "completed", "stop"),
    ("length", "stop", "length"),
    ("error", "MALFORMED_FUNCTION_CALL", None),
]


@pytest.mark.parametrize(("word", "native", "reason"), NATIVE)
def test_a_gateways_word_and_the_upstream_providers(word: str, native: str, reason: str | None) -> None:
    """Of a gateway's word and the upstream provider's, the one that says more counts."""
    assert ending_of(most_telling(word, native)).reason == reason


MEDIA = [
    ("openai", {"content": None, "images": [{"type": "image_url", "image_url": {"url": "data:,"}}]}, "an image"),
    ("openai", {"content": None, "audio": {"id": "a", "data": "AAAA"}}, "audio"),
    ("gemini", {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, "an image"),
    ("gemini", {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}, "audio"),
    ("gemini", {"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}}, "a video"),
    ("ollama", {"content": "", "images": ["AAAA"]}, "an image"),
    ("anthropic", {"type": "image", "source": {}}, "an image"),
]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("wire", "parts", "words"), MEDIA)
def test_a_picture_is_not_called_empty(wire: str, parts: dict, words: str, *, stream: bool) -> None:
    """What came in place of text is named, and its usage kept."""
    got = played(wire, parts, "stop", stream=stream)
    assert got.kind == "protocol"
    assert got.error.message == f"the answer is {words}, not text"
    assert got.error.partial.usage.output_tokens == 4


def test_what_a_sound_says_is_text() -> None:
    """The transcript of a sound is the text of the answer."""
    assert played("openai", {"content": None, "audio": {"id": "a", "transcript": "Hi"}}, "stop").reply.text == "Hi"


THOUGHTS = {
    "openai": {"content": "", "reasoning_content": "Hm"},
    "openai-responses": {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
    "anthropic": {"type": "thinking", "thinking": "Hm", "signature": "s"},
    "gemini": {"text": "Hm", "thought": True},
    "ollama": {"content": "", "thinking": "Hm"},
}


@pytest.mark.parametrize("wire", WIRES)
def test_a_turn_without_text_says_just_that(wire: str) -> None:
    """A turn that ends without text fails with a message that says so, and says whether thoughts came."""
    empty = {name: "" for name, value in TEXTS[wire].items() if value == "Half"} | {"type": "text"}
    assert played(wire, empty, "stop").error.message == "Acme's model ended its turn without text or a tool call"
    after = "Acme's model ended its turn after reasoning without text or a tool call"
    assert played(wire, THOUGHTS[wire], "stop").error.message == after
    assert played(wire, THOUGHTS[wire], "stop").kind == "protocol"


CUT_CALLS = {
    "openai": {"content": "", "tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"q": "x'}}]},
    "openai-responses": {"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"q": "x'},
    "anthropic": {"type": "tool_use", "id": "a", "name": "f", "input": '{"q": "x'},
    "ollama": {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": '{"q": "x'}}]},
}  # fmt: skip


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("word", ["tool_calls", "length", "stop"])
@pytest.mark.parametrize("wire", CUT_CALLS)
def test_a_call_that_breaks_off_is_no_answer(wire: str, word: str, *, stream: bool) -> None:
    """Arguments that break off are a failure whatever the finish reason says, and are kept."""
    got = played(wire, CUT_CALLS[wire], word, stream=stream)
    assert got.kind == "truncated"
    assert "arguments of the call to f are incomplete" in got.error.message
    assert got.error.partial.tool_calls[0].arguments == '{"q": "x'


def test_arguments_that_are_no_json_are_an_answer_with_a_warning() -> None:
    """What a model wrote wrongly, but to its end, is an answer."""
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{'q': 1}"}}
    reply = played("openai", {"tool_calls": [call]}, "tool_calls").reply
    assert reply.warnings == ("the arguments of the call of f are not JSON",)


REFUSALS = [
    ("openai", {"choices": [{"message": {"content": ""}, "finish_reason": "content_filter", "content_filter_results": {"violence": {"filtered": True, "severity": "high"}, "hate": {"filtered": False}}}]}, "violence (high)"),
    ("anthropic", {"content": [], "stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "cyber", "explanation": "Not this."}}, "cyber: Not this."),
    ("gemini", {"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "Not this."}}, "blocked (OTHER): Not this."),
    ("gemini", {"promptFeedback": {"blockReason": "SAFETY", "safetyRatings": [{"category": "HARM_X", "blocked": True}, {"category": "HARM_Y"}]}}, "HARM_X"),
    ("gemini", {"candidates": [{"finishReason": "RECITATION", "finishMessage": "Not this."}]}, "(RECITATION): Not this."),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "body", "words"), REFUSALS)
def test_a_refusal_says_why(wire: str, body: dict, words: str) -> None:
    """The reason that a provider gives for a refusal is in the message."""
    response = Response(pieces=[json.dumps(body).encode()])
    got = play(endpoint_of(wire), response, options=ChatOptions(stream=False), retries=0)
    assert got.kind == "content_filter"
    assert words in got.error.message


def events(*bodies: object) -> Response:
    return Response(pieces=[b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies])


BEGUN = {"model": "asked-1", "id": "c1", "choices": [{"delta": {"content": "Half"}}]}
BROKEN = [
    {"error": {"message": "Out of paper"}, "usage": {"prompt_tokens": 30, "completion_tokens": 40}},
    {"choices": [{"delta": {"content": ""}, "finish_reason": "error", "error": {"message": "Out of paper", "code": 502}}], "usage": {"prompt_tokens": 30, "completion_tokens": 40}},
]  # fmt: skip


@pytest.mark.parametrize("last", BROKEN)
def test_an_error_in_a_stream_keeps_what_was_known(last: dict) -> None:
    """An error in the middle has its own words and its usage, beside what had come before it."""
    got = play(endpoint_of("openai"), events(BEGUN, last), retries=0)
    partial = got.error.partial
    assert (got.kind, "Out of paper" in got.error.message) == ("server", True)
    assert (partial.text, partial.served_model, partial.request_id) == ("Half", "asked-1", "c1")
    assert (partial.usage.input_tokens, partial.usage.output_tokens, partial.usage.estimated) == (30, 40, False)


def test_an_event_that_is_no_json_has_its_words_in_the_message() -> None:
    """Words that a server writes in place of an event are in the message."""
    response = Response(pieces=[*events(BEGUN).pieces, b"data: Internal Server Error\n\n"])
    got = play(endpoint_of("openai"), response, retries=0)
    assert got.kind == "protocol"
    assert "Internal Server Error" in got.error.message


HALVES = {
    "openai": BEGUN,
    "openai-responses": {"type": "response.output_text.delta", "output_index": 0, "delta": "Half"},
    "anthropic": {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Half"}},
    "gemini": {"candidates": [{"content": {"parts": [{"text": "Half"}]}}]},
    "ollama": {"message": {"content": "Half"}, "done": False},
}
COMPLAINTS = [
    {"detail": "Out of paper"},
    {"detail": {"error": "Out of paper"}},
    {"message": "Out of paper", "code": "500"},
    {"errors": [{"code": 3043, "message": "Out of paper"}], "success": False},
    {"modelStreamErrorException": {"message": "Out of paper"}},
    {"status": 500, "title": "Out of paper"},
]


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=str)
@pytest.mark.parametrize("wire", WIRES)
def test_a_complaint_in_a_stream_is_an_error(wire: str, complaint: dict) -> None:
    """An event that has nothing but a complaint is an error in a stream, in whatever form it is written."""
    before = b"" if wire == "ollama" else b"data: "
    pieces = [before + json.dumps(body).encode() + b"\n\n" for body in (HALVES[wire], complaint)]
    got = play(endpoint_of(wire), Response(pieces=pieces), retries=0)
    assert (got.kind, "Out of paper" in got.error.message) == ("server", True)
    assert got.error.partial.text == "Half"


@pytest.mark.parametrize(
    "body", [{}, {"type": "ping"}, {"status": "queued"}, {"code": 0, "message": "Success"}], ids=str
)
@pytest.mark.parametrize("wire", WIRES)
def test_an_event_that_tells_of_no_trouble_is_no_error(wire: str, body: dict) -> None:
    """An event that keeps a stream alive or says that all is well ends nothing."""
    assert wire_of(wire).parse_event("", body).error is None


@pytest.mark.parametrize("thought", ["", "Hm."])
def test_the_whole_answer_once_more_at_the_end_of_its_stream(thought: str) -> None:
    """An answer that is repeated as a document when its stream ends is the answer once, with what only that says."""
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    message = {"content": "Halfway", "tool_calls": [call], "reasoning_content": thought}
    parts = [{"delta": {"reasoning_content": thought}}] if thought else []
    parts += [{"delta": {"content": "Half"}}, {"delta": {"content": "way", "tool_calls": [call]}}]
    whole = {"object": "chat.completion", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    bodies = [*({"object": "chat.completion.chunk", "choices": [part]} for part in parts), whole]
    reply = play(endpoint_of("openai"), events(*bodies)).reply
    assert (reply.text, len(reply.tool_calls), reply.finish_reason) == ("Halfway", 1, "tool_calls")
    assert reply.extras == ({"reasoning_content": thought} if thought else {})
    assert play(endpoint_of("openai"), events(whole)).reply.text == "Halfway"


def test_minimaxs_error_in_place_of_an_answer() -> None:
    """A body with MiniMax's own form of an error is that error."""
    body = {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}
    got = play(endpoint_of("openai"), Response(pieces=[json.dumps(body).encode()]), retries=0)
    assert (got.kind, "insufficient balance" in got.error.message) == ("quota", True)


def test_several_choices_can_be_one_answer() -> None:
    """Choices without a number are parts of one answer; numbered ones are other answers."""
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = {
        "choices": [
            {"message": {"content": "Let me see."}, "finish_reason": "stop"},
            {"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"},
            {"index": 1, "message": {"content": "Another"}, "finish_reason": "stop"},
        ]
    }
    reply = play(endpoint_of("openai"), Response(pieces=[json.dumps(body).encode()])).reply
    assert (reply.text, [call.name for call in reply.tool_calls], reply.finish_reason) == ("Let me see.", ["f"], "tool_calls")  # fmt: skip


def test_a_fallback_inside_the_provider_is_seen() -> None:
    """Where Anthropic itself goes on with another model, that one answered."""
    block = {"type": "fallback", "from": {"model": "asked-1"}, "to": {"model": "other-2"}}
    start = {"type": "message_start", "message": {"model": "asked-1", "content": []}}
    text = {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "Hi"}}
    finish = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    stop = {"type": "message_stop"}
    first = {"type": "content_block_start", "index": 0, "content_block": block}
    reply = play(endpoint_of("anthropic"), events(start, first, text, finish, stop)).reply
    assert (reply.served_model, reply.match) == ("other-2", "different")
    body = {"model": "asked-1", "content": [block, {"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}
    reply = play(endpoint_of("anthropic"), Response(pieces=[json.dumps(body).encode()])).reply
    assert (reply.served_model, reply.match) == ("other-2", "different")
