"""Answers as the wires write them, in one document or as the pieces of a stream."""

import json
from collections.abc import Sequence

from model_manager.core.models import WIRES

#: What content type a stream has.
STREAM_TYPES = dict.fromkeys(WIRES, "text/event-stream") | {"ollama": "application/x-ndjson"}
PIECES = ("One ", "zwei ", "drei ", "四 🎬")
TEXT = "".join(PIECES)


def document(wire: str, text: str = TEXT) -> bytes:
    """A whole answer."""
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    documents = {
        "openai": {
            "choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}],
            "usage": usage,
        },
        "openai-responses": _response(text),
        "anthropic": {
            "type": "message",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 3, "output_tokens": 4},
        },
        "gemini": {
            "candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4},
        },
        "ollama": {
            "message": {"content": text},
            "done": True,
            "done_reason": "stop",
            "prompt_eval_count": 3,
            "eval_count": 4,
        },
    }
    return json.dumps(documents[wire], ensure_ascii=False).encode()


def stream(wire: str, pieces: Sequence[str] = PIECES) -> list[bytes]:
    """A whole answer in events: those with the text, then the end mark in as many as the wire takes."""
    return [*texts(wire, pieces), *ending(wire)]


def texts(wire: str, pieces: Sequence[str] = PIECES) -> list[bytes]:
    """The events that carry text."""
    events = {
        "openai": lambda text: _sse({"choices": [{"index": 0, "delta": {"content": text}}]}),
        "openai-responses": lambda text: _sse(
            {"type": "response.output_text.delta", "output_index": 0, "delta": text}
        ),
        "anthropic": lambda text: _sse(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        ),
        "gemini": lambda text: _sse({"candidates": [{"content": {"parts": [{"text": text}]}}]}),
        "ollama": lambda text: _line({"message": {"content": text}, "done": False}),
    }
    return [events[wire](text) for text in pieces]


def ending(wire: str) -> list[bytes]:
    """The events that end an answer; the first of them says why it ends."""
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    if wire == "openai":
        finish = _sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        return [finish, _sse({"choices": [], "usage": usage}), b"data: [DONE]\n\n"]
    if wire == "openai-responses":
        return [_sse({"type": "response.completed", "response": _response("".join(PIECES))})]
    if wire == "anthropic":
        reason = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
        counts = {"usage": {"input_tokens": 3, "output_tokens": 4}}
        return [_sse({**reason, **counts}), _sse({"type": "message_stop"})]
    if wire == "gemini":
        counts = {"promptTokenCount": 3, "candidatesTokenCount": 4}
        return [_sse({"candidates": [{"finishReason": "STOP"}], "usageMetadata": counts})]
    counts = {"prompt_eval_count": 3, "eval_count": 4}
    return [_line({"message": {"content": ""}, "done": True, "done_reason": "stop", **counts})]


def error(wire: str, message: str = "boom") -> bytes:
    """An error inside a stream, in the wire's own shape, without a code."""
    if wire == "ollama":
        return _line({"error": message})
    body = (
        {"type": "error", "error": {"message": message}}
        if wire == "anthropic"
        else {"error": {"message": message}}
    )
    return _sse(body)


def _response(text: str) -> dict:
    """A whole answer of the Responses API."""
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "role": "assistant", "status": "completed", "content": [part]}
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    return {"object": "response", "status": "completed", "error": None, "output": [message], "usage": usage}


def _sse(payload: dict) -> bytes:
    name = f"event: {payload['type']}\n" if "type" in payload else ""
    return f"{name}data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


def _line(payload: dict) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode() + b"\n"
