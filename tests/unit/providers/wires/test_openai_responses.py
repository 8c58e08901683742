"""OpenAI's Responses API by itself: what a request looks like, and what every item and event of an answer says."""

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from exchange_player import Played, Response, endpoint_of, play
from responses_bodies import called, events, refused, response, said, searched, thought

from model_manager.core.answer_details import Citation, TokenLogprob
from model_manager.core.chat.conversation import conversation
from model_manager.core.messages import ChatMessage, HttpCall, ToolCall
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Audio, Document, Image, Text
from model_manager.core.pricing import Usage
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.providers.wires import openai_responses

PICTURE = Image(b"\x89PNG", detail="low")
SHOWN = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw==", "detail": "low"}
CALL = ToolCall(id="call_1", name="tide", arguments='{"port": "Ostend"}')
TIDE = Tool(name="tide", description="High water", parameters={"type": "object", "properties": {}})
CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
REASONING = {"capabilities": ("reasoning",)}


def call_of(*turns: object, options: ChatOptions | None = None, **endpoint: Any) -> HttpCall:
    """A request of a conversation."""
    endpoint = {"base_url": "https://api.example.com/v1", **endpoint}
    return openai_responses.build_call(
        endpoint_of("openai-responses", **endpoint), conversation(turns), options or ChatOptions()
    )


def input_of(*turns: object, **fields: Any) -> list[dict[str, Any]]:
    """The items of a request."""
    return json.loads(json.dumps(call_of(*turns, **fields).body["input"]))


def streamed(bodies: Iterable[dict[str, Any]]) -> Response:
    """A stream of these events."""
    return Response(pieces=[f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode() for body in bodies])


def played(whole: dict[str, Any], *, stream: bool = True) -> Played:
    """What becomes of an answer, streamed or in one document."""
    served = streamed(events(whole)) if stream else Response(pieces=[json.dumps(whole).encode()])
    return play(endpoint_of("openai-responses"), served, options=ChatOptions(stream=stream), retries=0)


both_ways = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])


def test_a_plain_request() -> None:
    """A request has the conversation as items, and asks the provider to store nothing."""
    call = call_of(("system", "Be kind."), ("user", "Hi"), ("assistant", "Yes?"), ("user", "Well"))
    assert call.url == "https://api.example.com/v1/responses"
    assert call.body == {
        "model": "asked-1",
        "input": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": "Well"},
        ],
        "stream": True,
        "store": False,
    }
    assert call.notices == ()


def test_options_stand_in_the_fields_of_the_api() -> None:
    """Every option that the API has a field for is sent in it."""
    options = ChatOptions(
        stream=False,
        max_tokens=900,
        temperature=0.5,
        top_p=0.9,
        tools=(TIDE,),
        tool_choice="tide",
        parallel_tool_calls=False,
        answer_format=AnswerFormat(name="port", schema=CLOSED),
        reasoning="high",
        service_tier="flex",
        logprobs=2,
        metadata={"team": "harbour"},
        extra_body={"prompt_cache_key": "k", "store": True},
    )
    call = call_of(("user", "Q"), options=options, **REASONING)
    tool = {"type": "function", "name": "tide", "description": "High water", "parameters": TIDE.parameters}
    assert {name: value for name, value in call.body.items() if name not in {"model", "input", "stream"}} == {
        "store": True,
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
        "max_output_tokens": 900,
        "tools": [{**tool, "strict": False}],
        "text": {"format": {"type": "json_schema", "name": "port", "strict": True, "schema": CLOSED}},
        "temperature": 0.5,
        "top_p": 0.9,
        "tool_choice": {"type": "function", "name": "tide"},
        "parallel_tool_calls": False,
        "reasoning": {"effort": "high", "summary": "auto"},
        "service_tier": "flex",
        "top_logprobs": 2,
        "metadata": {"team": "harbour"},
        "prompt_cache_key": "k",
    }
    assert call.notices == ()


SENT = [
    ({"reasoning": "none"}, {"reasoning": {"effort": "none"}}, ()),
    ({"reasoning": 9_000}, {"reasoning": {"effort": "medium", "summary": "auto"}}, ("budget of 9000",)),
    ({"tools": (TIDE,), "tool_choice": "required"}, {"tool_choice": "required"}, ()),
    ({"logprobs": 0}, {"include": ["message.output_text.logprobs"]}, ()),
    ({"max_tokens": 5}, {"max_output_tokens": 16}, ("the limit of 5 tokens is raised to 16",)),
    ({"seed": 7}, {}, ("the seed is left out",)),
]


@pytest.mark.parametrize(("given", "fields", "notices"), SENT, ids=lambda value: str(value)[:30])
def test_what_is_not_sent_as_it_was_given_is_told(
    given: dict[str, Any], fields: dict[str, Any], notices: tuple[str, ...]
) -> None:
    """An option is sent in the API's terms; one that it has no place for is left out, with a notice."""
    call = call_of(("user", "Q"), options=ChatOptions(**given))
    always = {"model", "input", "stream", "store", "tools"}
    assert {name: value for name, value in call.body.items() if name not in always} == fields
    assert len(call.notices) == len(notices)
    assert all(words in call.notices[0] for words in notices)


def test_a_stop_is_refused() -> None:
    """Without its texts to stop at the answer would be another, so the call is refused."""
    with pytest.raises(ProviderError, match="stop cannot be left out"):
        call_of(("user", "Q"), options=ChatOptions(stop=("x",)))


def test_a_model_that_takes_no_limit_gets_none() -> None:
    """The catalogue's word that a model takes no limit counts here too; a name of the field does not."""
    options = ChatOptions(max_tokens=50)
    left_out = call_of(("user", "Q"), options=options, parameters={"max_tokens": False})
    assert ("max_output_tokens" in left_out.body, len(left_out.notices)) == (False, 1)
    named = call_of(("user", "Q"), options=options, parameters={"max_tokens": "max_completion_tokens"})
    assert named.body["max_output_tokens"] == 50


def test_parts_keep_their_order() -> None:
    """Text and pictures go in the order given; without an order the text comes first."""
    mixed = ChatMessage("user", "ab", parts=(Text("a"), PICTURE, Text("b")))
    text = [{"type": "input_text", "text": word} for word in "ab"]
    assert input_of(mixed) == [{"role": "user", "content": [text[0], SHOWN, text[1]]}]
    assert input_of(ChatMessage("user", "a", (PICTURE,)))[0]["content"] == [text[0], SHOWN]
    result = ChatMessage.tool_result(CALL, "a")
    shown = ChatMessage("tool", "a", (PICTURE,), tool_call=CALL)
    assert input_of(("user", "Q"), result)[1]["output"] == "a"
    assert input_of(("user", "Q"), shown)[1]["output"] == [text[0], SHOWN]
    with pytest.raises(ProviderError, match="accept images in an assistant message"):
        call_of(("user", "Q"), ChatMessage("assistant", "", (PICTURE,)))


def test_documents_and_urls() -> None:
    """PDFs go as files, by bytes or by URL, pictures by URL too; a sound is refused."""
    bill, book = Document(b"%PDF-", name="bill.pdf"), Document(url="https://books.example/a.pdf")
    message = ChatMessage("user", "", parts=(bill, book, Image(url="https://pictures.example/a.png")))
    data = "data:application/pdf;base64,JVBERi0="
    parts = [
        {"type": "input_file", "filename": "bill.pdf", "file_data": data},
        {"type": "input_file", "file_url": "https://books.example/a.pdf"},
        {"type": "input_image", "image_url": "https://pictures.example/a.png"},
    ]
    assert input_of(message)[0]["content"] == parts
    assert input_of({"role": "user", "content": parts})[0]["content"] == parts
    with pytest.raises(ProviderError, match="does not accept audio files"):
        call_of(ChatMessage("user", "", parts=(Audio(b"RIFF"),)))


def test_calls_and_results_are_items() -> None:
    """A turn that calls tools becomes an item for its text and one for each call, and results answer by id."""
    asking = ChatMessage("assistant", "I look.", tool_calls=(replace(CALL, id="c7"), ToolCall(name="stop")))
    items = input_of(("user", "Q"), asking, ChatMessage.tool_result(asking.tool_calls[1], "done"))
    assert items[1:] == [
        {"role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "c7", "name": "tide", "arguments": '{"port": "Ostend"}'},
        {"type": "function_call", "call_id": "call_1", "name": "stop", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "done"},
    ]


@both_ways
def test_an_answer(stream: bool) -> None:  # noqa: FBT001 - a table's column
    """Text, thoughts, usage, model and end of an answer are the same streamed and whole, and nothing is doubled."""
    got = played(response(thought("First.", "Then."), said("High water at six.")), stream=stream)
    reply = got.reply
    assert reply.text == got.shown == "High water at six."
    assert (reply.finish_reason, reply.complete, reply.served_model) == ("stop", True, "asked-1")
    assert (reply.request_id, reply.match, reply.warnings) == ("resp_1", "exact", ())
    assert reply.usage == Usage(
        input_tokens=30, output_tokens=12, cache_read_tokens=8, cache_write_tokens=0, reasoning_tokens=5
    )


@both_ways
def test_a_call_is_one_call(stream: bool) -> None:  # noqa: FBT001 - a table's column
    """Calls come in pieces, whole in their items and whole at the end, and are each one call, in order."""
    items = [said("I look."), called("tide", '{"port": "Ostend"}'), called("tide", '{"port": "Hull"}', "call_2")]
    reply = played(response(*items), stream=stream).reply
    assert reply.finish_reason == "tool_calls"
    assert [(call.id, call.name, call.arguments) for call in reply.tool_calls] == [
        ("call_1", "tide", '{"port": "Ostend"}'),
        ("call_2", "tide", '{"port": "Hull"}'),
    ]
    assert reply.extras == {}


SPARSE = [
    ["response.completed"],
    ["response.output_item.done", "response.completed"],
    ["response.output_item.added", "response.output_item.done", "response.completed"],
    ["response.function_call_arguments.delta", "response.output_text.delta", "response.completed"],
]


@pytest.mark.parametrize("kinds", SPARSE, ids=lambda kinds: kinds[0])
def test_a_stream_that_leaves_events_out(kinds: list[str]) -> None:
    """Servers that send fewer events than OpenAI give the same text, or the same call."""
    for item in (said("High water."), called("tide", '{"port": "Ostend"}')):
        sent = [event for event in events(response(item)) if event["type"] in kinds]
        reply = play(endpoint_of("openai-responses"), streamed(sent)).reply
        assert (reply.text or reply.tool_calls[0].arguments) in {"High water.", '{"port": "Ostend"}'}
        assert len(reply.tool_calls) == (item["type"] == "function_call")


@both_ways
def test_thoughts_go_back_without_their_id(stream: bool) -> None:  # noqa: FBT001 - a table's column
    """Thoughts go back as they came, in their place, without ids: nobody has stored them."""
    items = [thought("Hm."), called("tide", "{}"), searched(), said("Wait.")]
    reply = played(response(*items), stream=stream).reply
    back = input_of(("user", "Q"), reply.message, ChatMessage.tool_result(reply.tool_calls[0], "six"))[1:]
    assert [item["type"] for item in back] == [
        *(item["type"] for item in items),
        "function_call_output",
    ]
    assert back[0] == {"type": "reasoning", "summary": items[0]["summary"], "encrypted_content": "c2VhbGVk"}
    assert not any("id" in item for item in back)
    stored = input_of(("user", "Q"), reply.message, options=ChatOptions(extra_body={"store": True}))[1:]
    assert stored == items


def test_thoughts_that_only_their_provider_could_know_stay_away() -> None:
    """Thoughts that came without a cipher mean nothing to a provider that has not stored them."""
    reply = played(response(thought("Hm.", encrypted=None), searched(), said("Six."))).reply
    assert [item["type"] for item in input_of(("user", "Q"), reply.message)[1:]] == ["web_search_call", "message"]
    given = call_of(("user", "Q"), thought("Hm.", encrypted=None), said("Six."))
    assert given.notices == ("reasoning without encrypted_content is left out: the provider has not stored it",)


def test_a_turn_that_was_changed_is_sent_as_it_is_now() -> None:
    """Items do not stand in for a text that an application has put in its place, nor go to another provider."""
    items = [thought("Hm."), said("Six.")]
    changed = ChatMessage("assistant", "Seven.", extras={"output_items": items})
    assert input_of(("user", "Q"), changed)[1:] == [{"role": "assistant", "content": "Seven."}]
    others = ChatMessage("assistant", "Six.", extras={"output_items": items}, source="another")
    assert input_of(("user", "Q"), others)[1:] == [{"role": "assistant", "content": "Six."}]


def test_items_given_as_turns() -> None:
    """A conversation in the API's own items is sent as it is, and each answer of it is one turn elsewhere."""
    turns: list[dict[str, Any]] = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Tides?"}]},
        thought("Hm."),
        said("I look."),
        called("tide", '{"port": "Ostend"}'),
        called("tide", '{"port": "Hull"}', "call_2"),
        {"type": "function_call_output", "call_id": "call_2", "output": "five"},
        {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "six"}]},
        {"role": "assistant", "content": "Five and six."},
        {"role": "user", "content": "Thanks"},
    ]
    messages = conversation(turns)
    assert [message.role for message in messages] == ["user", "assistant", "tool", "tool", "assistant", "user"]
    assert [call.id for call in messages[1].tool_calls] == ["call_1", "call_2"]
    sent = input_of(*turns)
    assert [item.get("type") for item in sent] == [None, *(turn.get("type") for turn in turns[1:7]), None, None]
    assert [item.get("call_id") for item in sent[3:7]] == ["call_1", "call_2", "call_2", "call_1"]
    for wire in ("openai", "anthropic", "gemini", "ollama"):
        call = wire_of(wire).build_call(endpoint_of(wire), messages, ChatOptions())
        assert "c2VhbGVk" not in json.dumps(dict(call.body), default=str)
        assert any("items of the Responses API are left out" in notice for notice in call.notices)


def test_plain_items_need_no_notice() -> None:
    """Items that are no more than text and calls are like any other turn."""
    turns = [
        ("user", "Q"),
        said("I look."),
        called("tide", "{}"),
        {"type": "function_call_output", "output": "six"},
    ]
    turns[-1]["call_id"] = "call_1"  # type: ignore[index]
    messages = conversation(turns)
    assert [message.extras for message in messages] == [{}, {}, {}]
    assert wire_of("openai").build_call(endpoint_of("openai"), messages, ChatOptions()).notices == ()


def test_the_providers_own_tools_are_not_ours() -> None:
    """What the provider has run itself asks for nothing; searches of the web are counted, pages opened are not."""
    items = [
        searched(),
        searched("open_page"),
        searched(),
        {"type": "mcp_call", "name": "tide", "arguments": "{}"},
    ]
    reply = played(response(*items, said("Six."))).reply
    assert (reply.text, reply.tool_calls, reply.finish_reason) == ("Six.", (), "stop")
    assert reply.usage.web_searches == 2
    assert [item["type"] for item in reply.extras["output_items"]][:2] == ["web_search_call"] * 2
    assert played(response({"type": "custom_tool_call", "name": "f", "input": "x"})).kind == "protocol"
    picture = played(response({"type": "image_generation_call", "result": "iVBORw=="}))
    assert picture.error.message == "the answer is an image, not text"


@both_ways
def test_what_was_noted_about_a_text_is_kept(stream: bool) -> None:  # noqa: FBT001 - a table's column
    """Annotations and the phase of a message are in the items of its turn."""
    note = {"type": "url_citation", "url": "https://tides.example", "start_index": 0, "end_index": 3, "title": "T"}
    message = said("Six.", phase="final_answer")
    message["content"][0]["annotations"] = [note]
    reply = played(response(message), stream=stream).reply
    (item,) = reply.extras["output_items"]
    assert (item["phase"], item["content"][0]["annotations"]) == ("final_answer", [note])
    assert input_of(("user", "Q"), reply.message)[1]["phase"] == "final_answer"
    assert input_of(("user", "Q"), {"role": "assistant", "content": "A", "phase": "commentary"})[1]["phase"]


@both_ways
@pytest.mark.parametrize(
    ("whole", "kind", "words"),
    [
        (response(refused("I will not.")), "content_filter", "refused: I will not."),
        (
            response(thought("Hm."), status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            "truncated",
            "before any visible text",
        ),
        (
            response(said("Well"), status="incomplete", incomplete_details={"reason": "content_filter"}),
            "content_filter",
            "filtered the answer (content_filter)",
        ),
        (
            response(
                called("tide", '{"po'), status="incomplete", incomplete_details={"reason": "max_output_tokens"}
            ),
            "truncated",
            "the arguments of the call to tide are incomplete",
        ),
        (
            response(status="failed", error={"code": "server_error", "message": "Out of steam."}),
            "server",
            "(server_error): Out of steam.",
        ),
        (
            response(status="failed", error={"code": "rate_limit_exceeded", "message": "Slower."}),
            "rate_limit",
            "Slower.",
        ),
        (
            response(status="failed", error={"code": "image_parse_error", "message": "No picture."}),
            "bad_request",
            "No picture.",
        ),
        (response(said("Half"), status="cancelled"), "server", "stopped the answer (cancelled)"),
        (response(thought("Hm.")), "protocol", "without text or a tool call"),
    ],
)
def test_no_answer(whole: dict[str, Any], kind: str, words: str, stream: bool) -> None:  # noqa: FBT001 - a table's column
    """A refusal, a state that is not complete, and an error are failures with what had come, and its usage."""
    got = played(whole, stream=stream)
    assert (got.kind, words in got.error.message) == (kind, True), got.error.message
    assert (got.error.partial.usage.output_tokens, got.error.partial.usage.estimated) == (12, False)


def test_an_answer_at_its_limit() -> None:
    """Text that ends at the limit is an answer, with a warning."""
    got = played(
        response(said("High"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    ).reply
    assert (got.text, got.finish_reason) == ("High", "length")
    assert got.warnings == ("the answer was cut off at the limit of output tokens",)


@pytest.mark.parametrize(
    "error",
    [
        {
            "type": "error",
            "code": "rate_limit_exceeded",
            "message": "Slower.",
            "param": None,
            "sequence_number": 3,
        },
        {"type": "error", "error": {"type": "tokens", "code": "rate_limit_exceeded", "message": "Slower."}},
        {"error": {"code": "rate_limit_exceeded", "message": "Slower."}, "type": "unknown.event"},
    ],
)
def test_an_error_in_a_stream(error: dict[str, Any]) -> None:
    """An error event breaks off, flat or nested, with what had come."""
    begun = [event for event in events(response(said("High water"))) if "completed" not in event["type"]]
    got = play(endpoint_of("openai-responses"), streamed([*begun[:5], error]), retries=0)
    assert (got.kind, got.error.partial.text) == ("rate_limit", "High w")
    assert "in the stream (rate_limit_exceeded): Slower." in got.error.message


def test_a_stream_without_its_end_mark() -> None:
    """A stream that ends without a mark is truncated, even after its last item; [DONE] is no mark."""
    bodies = [event for event in events(response(said("High water"))) if event["type"] != "response.completed"]
    pieces = [*streamed(bodies).pieces, b"data: [DONE]\n\n"]
    got = play(endpoint_of("openai-responses"), Response(pieces=pieces), retries=0)
    assert (got.kind, got.error.partial.text) == ("truncated", "High water")


def test_what_is_unknown_says_nothing() -> None:
    """Events, items and parts of unknown types are passed over."""
    odd = [
        {"type": "response.rumour", "delta": "x"},
        {"type": "keepalive"},
        {"type": "response.output_item.added"},
    ]
    item, message = {"type": "rumour", "text": "x"}, said("Six.")
    bodies = [*odd, *events(response(item, message))]
    assert play(endpoint_of("openai-responses"), streamed(bodies)).reply.text == "Six."
    message["content"].append({"type": "rumour", "text": "x"})
    assert played(response(item, message), stream=False).reply.text == "Six."


def test_an_answer_that_has_only_begun() -> None:
    """A document of an answer that is still to be made is none."""
    got = played(response(status="queued", usage=None), stream=False)
    assert (got.kind, "without an answer" in got.error.message) == ("protocol", True)


def test_stated_costs_count() -> None:
    """The cost that a gateway states in the usage is the cost."""
    whole = response(said("Six."), usage={"input_tokens": 3, "output_tokens": 4, "cost": 0.25})
    assert played(whole).reply.cost_usd == Decimal("0.25")


REFUSALS = [
    (
        {
            "message": "Unsupported parameter: 'temperature' is not supported with this model.",
            "param": "temperature",
        },
        "temperature",
    ),
    ({"message": "Encrypted content is not supported with this model.", "param": "include"}, "include"),
    ({"message": "Your organization must be verified to see them.", "param": "reasoning.summary"}, "summary"),
]


@pytest.mark.parametrize(("error", "name"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_refused_is_left_out(error: dict[str, Any], name: str) -> None:
    """A request that is refused for something it can do without is sent once more without just that."""
    refusal = Response(status=400, pieces=[json.dumps({"error": {"code": None, **error}}).encode()])
    answer = streamed(events(response(said("Six."))))
    options = ChatOptions(temperature=0.5, reasoning="low")
    got = play(endpoint_of("openai-responses", **REASONING), refusal, answer, options=options)
    assert got.reply.attempts == 2
    assert name in json.dumps(got.bodies[0])
    assert name not in json.dumps(got.bodies[1])
    assert got.bodies[1]["reasoning"]["effort"] == "low"


def test_a_model_that_only_this_api_serves() -> None:
    """Where another wire hears that only this API serves a model, the hint names the wire."""
    words = "This model is only supported in v1/responses and not in v1/chat/completions."
    body = json.dumps({"error": {"message": words, "type": "invalid_request_error", "param": "model"}})
    got = play(endpoint_of("openai"), Response(status=404, pieces=[body.encode()]), retries=0)
    assert got.error.hint == 'give asked a provider whose wire is "openai-responses"'


@both_ways
def test_sources_probabilities_and_tier(stream: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Annotations are sources by their place in the whole text; log probabilities and the tier come along."""
    note = {
        "type": "url_citation",
        "url": "https://example.com",
        "title": "Rain",
        "start_index": 1,
        "end_index": 4,
    }
    logprobs = [{"token": "wet.", "logprob": -0.5, "top_logprobs": [{"token": "dry.", "logprob": -1.5}]}]
    parts = [
        {"type": "output_text", "text": "So ", "annotations": [], "logprobs": []},
        {"type": "output_text", "text": "wet.", "annotations": [note], "logprobs": logprobs},
    ]
    whole = response(said("", content=parts), service_tier="priority")
    reply = played(whole, stream=stream).reply
    assert reply.text == "So wet."
    assert reply.citations == (Citation(url="https://example.com", title="Rain", start=4, end=7),)
    assert reply.service_tier == "priority"
    if not stream:  # the events here carry none beside their pieces
        assert reply.logprobs == (TokenLogprob("wet.", -0.5, (TokenLogprob("dry.", -1.5),)),)


def test_log_probabilities_come_with_pieces_of_text() -> None:
    """In a stream each piece of text brings the log probabilities of its tokens, and the end does not repeat them."""
    whole = response(said("Wet."))
    part = whole["output"][0]["content"][0]
    part["logprobs"] = [{"token": "Wet.", "logprob": -0.5, "top_logprobs": []}]
    bodies = [
        {**body, "logprobs": part["logprobs"]} if body["type"] == "response.output_text.delta" else body
        for body in events(whole, pieces=1)
    ]
    reply = play(endpoint_of("openai-responses"), streamed(bodies), retries=0).reply
    assert reply.logprobs == (TokenLogprob("Wet.", -0.5),)


def test_pieces_of_a_call_are_told_once() -> None:
    """The whole arguments that follow their pieces bring nothing new."""
    came = played(response(called("tide", '{"port": "Ostend"}')))
    assert came.arguments == [("tide", '{"port": "Ostend"}')]
    pieces = [piece for chunk in came.chunks for piece in chunk.tool_calls]
    assert [piece.id for piece in pieces if piece.id] == ["call_1"]
