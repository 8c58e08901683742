"""Answers as OpenAI's Responses API writes them: items, whole answers, and the events of a stream."""

from collections.abc import Iterator
from typing import Any

from model_server import Answer, Request, Script

USAGE = {
    "input_tokens": 30,
    "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 0},
    "output_tokens": 12,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 42,
}


def said(text: str, **fields: Any) -> dict[str, Any]:
    """A message of the assistant."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
        **fields,
    }


def refused(words: str) -> dict[str, Any]:
    """A message that is a refusal."""
    return {**said(""), "content": [{"type": "refusal", "refusal": words}]}


def thought(*summaries: str, encrypted: str | None = "c2VhbGVk") -> dict[str, Any]:
    """Thoughts: their summaries, and all of them in the provider's cipher."""
    parts = [{"type": "summary_text", "text": text} for text in summaries]
    return {"type": "reasoning", "id": "rs_1", "summary": parts, "encrypted_content": encrypted}


def called(name: str, arguments: str, call_id: str = "call_1") -> dict[str, Any]:
    """A call of a function."""
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": "completed",
    }


def searched(kind: str = "search") -> dict[str, Any]:
    """A use of the provider's own search of the web."""
    return {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": kind}}


def response(*items: dict[str, Any], status: str = "completed", **fields: Any) -> dict[str, Any]:
    """A whole answer."""
    body = {"id": "resp_1", "object": "response", "status": status, "error": None, "model": "asked-1"}
    return {**body, "incomplete_details": None, "output": list(items), "usage": USAGE, **fields}


def events(whole: dict[str, Any], pieces: int = 3) -> Iterator[dict[str, Any]]:
    """The events of a stream of an answer, its texts each in several pieces."""
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for position, item in enumerate(whole["output"]):
        place = {"output_index": position, "item_id": item.get("id")}
        started = {**item, "content": [], "summary": [], "arguments": "", "encrypted_content": "unfinished"}
        yield {
            "type": "response.output_item.added",
            "item": {k: v for k, v in started.items() if k in item},
            **place,
        }
        for number, part in enumerate(item.get("summary", ())):
            yield {"type": "response.reasoning_summary_part.added", "summary_index": number, **place}
            yield from _deltas("response.reasoning_summary_text", part["text"], pieces, place)
        for part in item.get("content", ()):
            kind = "refusal" if "refusal" in part else "output_text"
            yield from _deltas(f"response.{kind}", part.get("text") or part.get("refusal"), pieces, place)
            yield {"type": "response.content_part.done", "part": part, **place}
        if "arguments" in item:
            yield from _deltas("response.function_call_arguments", item["arguments"], pieces, place)
        yield {"type": "response.output_item.done", "item": item, **place}
    yield {"type": f"response.{whole['status']}", "response": whole}


def _deltas(name: str, text: str, pieces: int, place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    size = max(1, len(text) // pieces)
    for at in range(0, len(text), size):
        yield {"type": f"{name}.delta", "delta": text[at : at + size], **place}
    yield {"type": f"{name}.done", "text": text, **place}


def answering(*items: dict[str, Any], **fields: Any) -> Script:
    """A script that always gives the same answer, streamed if the request asks for that."""
    return lambda request, answer: answer_with(request, answer, *items, **fields)


def answer_with(request: Request, answer: Answer, *items: dict[str, Any], **fields: Any) -> None:
    """A whole answer to a request, streamed if it asks for that."""
    whole = response(*items, **{"model": request.model, **fields})
    if not request.body["stream"]:
        answer.json(whole)
        return
    for event in events(whole):
        answer.event(event)
