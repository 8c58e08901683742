"""What a provider wants back goes back to it, from a reply and from a mapping, and nothing else is dropped in silence."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from exchange_player import Response, endpoint_of, play

from model_manager.core.chat.conversation import conversation
from model_manager.core.chat.tools import tools
from model_manager.core.messages import ChatMessage, Reply, ToolCall
from model_manager.core.models import WIRES
from model_manager.core.options import ChatOptions, Tool
from model_manager.core.parts import Image, Text
from model_manager.errors import UsageError
from model_manager.providers import wire_of
from model_manager.providers.wires.payload import as_json

URL = "data:image/png;base64,iVBORw=="
PICTURE = {"type": "image_url", "image_url": {"url": URL}}


def sent(wire: str, *turns: object, **options: Any) -> tuple[list[dict], tuple[str, ...]]:
    """The turns of a request as they go out, and its notices."""
    call = wire_of(wire).build_call(endpoint_of(wire), conversation(turns), ChatOptions(**options))
    body = json.loads(as_json(call.body))
    turns_key = {"gemini": "contents", "openai-responses": "input"}.get(wire, "messages")
    return body[turns_key], tuple(call.notices)


def events(*bodies: Mapping[str, Any], framing: str = "data: %s\n\n") -> Response:
    return Response(pieces=[(framing % json.dumps(body)).encode() for body in bodies])


def answered(wire: str, *bodies: Mapping[str, Any], stream: bool) -> Reply:
    response = events(*bodies, framing="%s\n" if wire == "ollama" or not stream else "data: %s\n\n")
    reply = play(endpoint_of(wire), response, options=ChatOptions(stream=stream)).reply
    assert reply is not None
    return reply


def delta(**fields: object) -> dict:
    return {"choices": [{"delta": fields}]}


CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
END = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}
TEXT_1 = {"type": "reasoning.text", "text": "Hm, ", "index": 0, "format": "x"}
TEXT_2 = {"type": "reasoning.text", "text": "yes", "signature": "s", "index": 0}
SEALED = {"type": "reasoning.encrypted", "data": "eA==", "id": "r", "index": 1}
DETAILS = [{**TEXT_1, "text": "Hm, yes", "signature": "s"}, SEALED]
SIGNED = {**CALL, "extra_content": {"google": {"thought_signature": "c2ln"}}}


def test_deepseeks_thoughts_go_back() -> None:
    """Thoughts of a turn that asks for a tool are a field of the turn that goes back, streamed or not."""
    streamed = answered(
        "openai", delta(reasoning_content="I should "), delta(reasoning_content="look."), delta(tool_calls=[CALL]), END, stream=True
    )  # fmt: skip
    message = {"content": "", "reasoning_content": "I should look.", "tool_calls": [CALL]}
    whole = answered("openai", {"choices": [{"message": message, "finish_reason": "tool_calls"}]}, stream=False)
    for reply in (streamed, whole):
        turn = sent("openai", ("user", "Q"), reply.message)[0][-1]
        assert turn == {
            "role": "assistant",
            "content": None,
            "tool_calls": [CALL],
            "reasoning_content": "I should look.",
        }


def test_openrouters_details_go_back() -> None:
    """Details of reasoning are put together by their index and go back in place of the plain text."""
    streamed = answered(
        "openai",
        delta(reasoning="Hm, ", reasoning_details=[TEXT_1]),
        delta(reasoning="yes", reasoning_details=[TEXT_2]),
        delta(reasoning_details=[SEALED]),
        delta(content="Hi"),
        END,
        stream=True,
    )
    message = {"content": "Hi", "reasoning": "Hm, yes", "reasoning_details": DETAILS}
    whole = answered("openai", {"choices": [{"message": message, "finish_reason": "stop"}]}, stream=False)
    for reply in (streamed, whole):
        assert sent("openai", ("user", "Q"), reply.message)[0][-1] == {
            "role": "assistant",
            "content": "Hi",
            "reasoning_details": DETAILS,
        }


def test_googles_signatures_go_back_on_both_wires() -> None:
    """The signature of a call goes back beside it: on Google's own wire, and on its compatible endpoint."""
    reply = answered("openai", delta(tool_calls=[{**SIGNED, "index": 0}]), END, stream=True)
    assert reply.tool_calls[0].signature == "c2ln"
    assert sent("openai", ("user", "Q"), reply.message)[0][-1]["tool_calls"] == [SIGNED]
    assert sent("gemini", ("user", "Q"), reply.message)[0][-1]["parts"][0]["thoughtSignature"] == "c2ln"
    mapped = {"role": "assistant", "content": None, "tool_calls": [SIGNED]}
    assert sent("openai", ("user", "Q"), mapped)[0][-1]["tool_calls"] == [SIGNED]
    assert sent("gemini", ("user", "Q"), mapped)[0][-1]["parts"][0]["thoughtSignature"] == "c2ln"


def test_geminis_signed_texts_go_back() -> None:
    """Parts with signatures go back as they came, pieces of one text joined, thoughts left out."""
    chunks = [
        {"text": "Hm", "thought": True},
        {"text": "Hel"},
        {"text": "lo"},
        {"text": "", "thoughtSignature": "c2ln"},
    ]
    bodies = [{"candidates": [{"content": {"parts": [part]}}]} for part in chunks]
    reply = answered("gemini", *bodies, {"candidates": [{"finishReason": "STOP"}]}, stream=True)
    assert sent("gemini", ("user", "Q"), reply.message)[0][-1]["parts"] == [
        {"text": "Hello", "thoughtSignature": "c2ln"}
    ]


THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "c2ln"}
SEARCH = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "sky"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
USE = {"type": "tool_use", "id": "a", "name": "f", "input": {"q": 1}}
BLOCKS = [THOUGHT, SEARCH, FOUND, {"type": "text", "text": "Hi"}, USE]


def test_anthropics_blocks_go_back() -> None:
    """A turn with thoughts or the provider's own tools goes back as it came, streamed or not."""
    start = {"type": "message_start", "message": {"content": []}}
    bodies: list[dict] = [start]
    for index, block in enumerate(BLOCKS):
        opened = (
            {**block, "input": {}} if "input" in block else {**block, "text": ""} if "text" in block else block
        )
        opened = {**opened, "thinking": "", "signature": ""} if "thinking" in block else opened
        bodies.append({"type": "content_block_start", "index": index, "content_block": opened})
        pieces = {
            "thinking": [
                {"type": "thinking_delta", "thinking": "Hm"},
                {"type": "signature_delta", "signature": "c2ln"},
            ],
            "text": [{"type": "text_delta", "text": "H"}, {"type": "text_delta", "text": "i"}],
        }.get(block["type"], [])
        if "input" in block:
            written = json.dumps(block["input"])
            pieces = [{"type": "input_json_delta", "partial_json": half} for half in (written[:5], written[5:])]
        bodies += [{"type": "content_block_delta", "index": index, "delta": piece} for piece in pieces]
    bodies += [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]
    streamed = answered("anthropic", *bodies, stream=True)
    whole = answered("anthropic", {"content": BLOCKS, "stop_reason": "tool_use"}, stream=False)
    for reply in (streamed, whole):
        assert [(call.name, json.loads(call.arguments)) for call in reply.tool_calls] == [("f", {"q": 1})]
        assert sent("anthropic", ("user", "Q"), reply.message)[0][-1] == {"role": "assistant", "content": BLOCKS}


def test_a_turn_in_anthropics_form() -> None:
    """A mapping in Anthropic's form is read: its calls, its thoughts, pictures, and results in a user's turn."""
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    result = {
        "type": "tool_result",
        "tool_use_id": "a",
        "content": [{"type": "text", "text": "4"}],
        "is_error": True,
    }
    turns = [
        {"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "Q"}]},
        {"role": "assistant", "content": BLOCKS},
        {"role": "user", "content": [result, {"type": "text", "text": "And?"}]},
    ]
    said = sent("anthropic", *turns)[0]
    assert said[0]["content"] == turns[0]["content"]
    assert said[1]["content"] == BLOCKS
    assert said[2]["content"] == [{"type": "tool_result", "tool_use_id": "a", "content": "4", "is_error": True}]
    assert said[3] == {"role": "user", "content": "And?"}
    openais, notices = sent("openai", *turns)
    assert [turn["role"] for turn in openais] == ["user", "assistant", "tool", "user"]
    assert openais[1]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"q": 1}'}
    assert notices == ("the thinking blocks are left out: OpenAI's API has no field for them",)


def test_ollamas_thoughts_go_back() -> None:
    """Thoughts go back to Ollama under its own name, whatever the mapping calls them."""
    reply = answered("ollama", {"message": {"content": "Hi", "thinking": "Hm"}, "done": True}, stream=False)
    assert sent("ollama", ("user", "Q"), reply.message)[0][-1]["thinking"] == "Hm"
    mapped = {"role": "assistant", "content": "Hi", "reasoning_content": "Hm"}
    assert sent("ollama", ("user", "Q"), mapped)[0][-1]["thinking"] == "Hm"


@pytest.mark.parametrize("wire", WIRES)
def test_thoughts_are_for_their_own_provider(wire: str) -> None:
    """What one provider wants back is not sent to another one, and that needs no notice."""
    extras = {
        "reasoning_content": "Hm",
        "content_blocks": [THOUGHT],
        "content_parts": [{"text": "x"}],
        "output_items": [{"type": "reasoning", "encrypted_content": "Hm"}],
        "thinking": "Hm",
    }
    message = ChatMessage("assistant", "Hi", extras=extras, source="another")
    said, notices = sent(wire, ("user", "Q"), message, ("user", "And?"))
    assert "Hm" not in json.dumps(said)
    assert notices == ()


def test_a_turn_that_was_changed_is_sent_as_it_is_now() -> None:
    """Blocks that came with an answer do not stand in for a text that an application has put in its place."""
    message = ChatMessage(
        "assistant", "Other", extras={"content_blocks": BLOCKS, "content_parts": [{"text": "Hi"}]}
    )
    assert sent("anthropic", ("user", "Q"), message)[0][-1]["content"] == "Other"
    assert sent("gemini", ("user", "Q"), message)[0][-1]["parts"] == [{"text": "Other"}]


MIXED = {
    "role": "user",
    "content": [{"type": "text", "text": "This"}, PICTURE, {"type": "text", "text": "or that?"}],
}


def test_text_and_pictures_stay_in_their_order() -> None:
    """Parts go out in their order, and texts are not glued together."""
    assert sent("openai", MIXED)[0][0]["content"] == MIXED["content"]
    kinds = [block["type"] for block in sent("anthropic", MIXED)[0][0]["content"]]
    assert kinds == ["text", "image", "text"]
    assert [next(iter(part)) for part in sent("gemini", MIXED)[0][0]["parts"]] == ["text", "inlineData", "text"]
    assert sent("ollama", MIXED)[0][0]["content"] == "This\nor that?"
    own = ChatMessage("user", "", parts=(Text("This"), Image(b"\x89PNG"), Text("or that?")))
    assert sent("openai", own)[0] == sent("openai", MIXED)[0]


CACHE = {"cache_control": {"type": "ephemeral"}}
MARKED = {
    "role": "user",
    "name": "ada",
    "content": [
        {"type": "text", "text": "Long", **CACHE},
        {"type": "image_url", "image_url": {"url": URL, "detail": "high"}},
    ],
}
STRICT = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {"type": "object"}}}


def test_nothing_that_a_mapping_says_is_dropped_in_silence() -> None:
    """Marks for the cache, a name, a picture's detail and a strict tool go where the wire takes them, else a notice."""
    given = tools([STRICT])
    turns, notices = sent("openai", MARKED, tools=given)
    assert (turns[0], notices) == ({**MARKED}, ())
    turns, notices = sent("anthropic", MARKED, tools=given)
    assert turns[0]["content"][0] == {"type": "text", "text": "Long", **CACHE}
    assert sorted(notice.split()[0] for notice in notices) == ["detail", "name"]
    for wire in ("gemini", "ollama"):
        left = sorted(notice.split()[0] for notice in sent(wire, MARKED, tools=given)[1])
        assert left == ["cache_control", "detail", "name", "strict"]


def test_a_tools_fields_go_where_they_belong() -> None:
    """A strict tool is strict on the wires that know the word, and a mark for the cache stands beside the tool."""
    given = tools([{**STRICT, **CACHE}])
    options = ChatOptions(tools=given)
    message = [ChatMessage("user", "Q")]
    openais = wire_of("openai").build_call(endpoint_of("openai"), message, options).body["tools"][0]
    assert (openais["function"]["strict"], openais["cache_control"]) == (True, CACHE["cache_control"])
    anthropics = wire_of("anthropic").build_call(endpoint_of("anthropic"), message, options).body["tools"][0]
    assert (anthropics["strict"], anthropics["cache_control"]) == (True, CACHE["cache_control"])


def test_a_system_prompt_keeps_its_marks() -> None:
    """A system prompt in parts goes to Anthropic in blocks, with its marks."""
    call = wire_of("anthropic").build_call(
        endpoint_of("anthropic"),
        conversation(
            [{"role": "system", "content": [{"type": "text", "text": "Be kind.", **CACHE}]}, ("user", "Q")]
        ),
        ChatOptions(),
    )
    assert call.body["system"] == [{"type": "text", "text": "Be kind.", **CACHE}]


PROVIDERS_OWN = [
    ({"type": "web_search_20250305", "name": "web_search"}, "web_search (web_search_20250305)"),
    ({"type": "web_search"}, "web_search"),
    ({"type": "file_search", "vector_store_ids": []}, "file_search"),
    ({"type": "builtin_function", "function": {"name": "$web_search"}}, "$web_search (builtin_function)"),
    ({"type": "custom", "custom": {"name": "grep"}}, "custom"),
    ({"google_search": {}}, "google_search"),
    ({"codeExecution": {}}, "codeExecution"),
]


@pytest.mark.parametrize(("tool", "name"), PROVIDERS_OWN)
def test_a_providers_own_tool_is_refused_by_name(tool: dict, name: str) -> None:
    """A tool that the provider runs is not turned into a function that nobody would answer."""
    with pytest.raises(UsageError) as error:
        tools([STRICT, tool])
    assert error.value.message.startswith(f"tool 2: {name} is a tool of one provider")


def test_anthropics_own_form_of_a_function_is_taken() -> None:
    """A function with Anthropic's type "custom" is a function."""
    given = {"type": "custom", "name": "f", "input_schema": {"type": "object"}, **CACHE}
    assert tools([given]) == (Tool(name="f", parameters={"type": "object"}, extras=CACHE),)


def test_what_an_answer_says_about_itself_is_no_part_of_the_turn() -> None:
    """The document of an answer can be given as a turn; its id, its usage and its empty fields stay behind."""
    document = {"id": "m1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}], "model": "m", "stop_reason": "end_turn", "usage": {"input_tokens": 1}}  # fmt: skip
    dumped = {"role": "assistant", "content": "Hi", "refusal": None, "annotations": [], "tool_calls": None}
    for turn in (document, dumped):
        assert sent("openai", ("user", "Q"), turn) == ([{"role": "user", "content": "Q"}, {"role": "assistant", "content": "Hi"}], ())  # fmt: skip


def test_googles_form_of_a_turn_is_refused() -> None:
    """A turn in Google's form would be empty, so it is refused."""
    with pytest.raises(UsageError, match="message 1: it has parts"):
        conversation([{"role": "user", "parts": [{"text": "Q"}]}])


FITTED = [
    ("messages[0].content[0].cache_control", "Unknown parameter: 'messages[0].content[0].cache_control'.", "cache_control"),
    (None, "'messages.0' : property 'name' is unsupported", "name"),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "words", "name"), FITTED)
def test_a_field_that_is_refused_is_left_out(parameter: str | None, words: str, name: str) -> None:
    """A field of a message that the provider does not take is left out, once, and that is said."""
    refusal = {"error": {"message": words, "param": parameter, "code": "unknown_parameter"}}
    answer = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    responses = [Response(status=400, pieces=[json.dumps(refusal).encode()]), events(answer, framing="%s")]
    played = play(endpoint_of("openai"), *responses, messages=conversation([MARKED]))
    assert played.notices == [f"retried without {name}, which was refused"]
    assert name in str(played.bodies[0]["messages"])
    assert name not in str(played.bodies[1]["messages"])
    assert "Long" in str(played.bodies[1]["messages"])


def test_a_call_is_what_it_was_whatever_beside_it() -> None:
    """Extras take no part in finding the call that a result answers."""
    asked = ToolCall(id="a", name="f", extras={"extra_content": {"x": 1}})
    message = ChatMessage("assistant", "", tool_calls=(asked,))
    turns, _ = sent("openai", ("user", "Q"), message, ChatMessage.tool_result(ToolCall(id="a", name="f"), "4"))
    assert turns[-1] == {"role": "tool", "tool_call_id": "a", "content": "4"}
