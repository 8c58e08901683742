"""How providers count the tokens of a request that they do not answer: a request made of the real one. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import HttpCall
from model_manager.providers.wires.payload import count, mapping


@dataclass(frozen=True, slots=True)
class TokenCounting:
    """A provider's endpoint for counting tokens.

    Attributes:
        call: the request that asks for the count of another one.
        read: the tokens of the prompt that its answer, decoded, says; None if it says none.
    """

    call: Callable[[Endpoint, HttpCall], HttpCall]
    read: Callable[[Any], int | None]


#: What Anthropic's endpoint takes of a request.
_ANTHROPIC_FIELDS = frozenset(
    {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control"}
)


def _anthropic_call(_: Endpoint, call: HttpCall) -> HttpCall:
    body = {name: value for name, value in call.body.items() if name in _ANTHROPIC_FIELDS}
    return replace(call, url=f"{call.url}/count_tokens", headers=_for_json(call), body=body, notices=())


#: What the endpoint of the Responses API takes of a request.
_RESPONSES_FIELDS = frozenset(
    {"model", "input", "tools", "tool_choice", "parallel_tool_calls", "reasoning", "text", "instructions"}
)


def _responses_call(_: Endpoint, call: HttpCall) -> HttpCall:
    body = {name: value for name, value in call.body.items() if name in _RESPONSES_FIELDS}
    return replace(call, url=f"{call.url}/input_tokens", headers=_for_json(call), body=body, notices=())


def _gemini_call(endpoint: Endpoint, call: HttpCall) -> HttpCall:
    """Only inside `generateContentRequest` system instruction and tools are counted too."""
    request = {"model": f"models/{endpoint.model.model_id.removeprefix('models/')}", **call.body}
    url = f"{call.url.rpartition(':')[0]}:countTokens"
    body = {"generateContentRequest": request}
    return replace(call, url=url, headers=_for_json(call), body=body, notices=())


def _for_json(call: HttpCall) -> Mapping[str, str]:
    return {**call.headers, "accept": "application/json"}


ANTHROPIC = TokenCounting(_anthropic_call, lambda payload: count(mapping(payload).get("input_tokens")))
OPENAI_RESPONSES = TokenCounting(_responses_call, lambda payload: count(mapping(payload).get("input_tokens")))
GEMINI = TokenCounting(_gemini_call, lambda payload: count(mapping(payload).get("totalTokens")))
