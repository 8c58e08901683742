"""Requests in the forms of the providers' own libraries: they are sent as they were meant, or somebody says otherwise."""

import json
from base64 import b64encode

import pytest
from exchange_player import Response, endpoint_of, play

from model_manager.core.chat.conversation import conversation
from model_manager.core.chat.file_parts import Image
from model_manager.errors import ProviderError, UsageError
from model_manager.providers import wire_of
from model_manager.providers.wires.payload import as_json
from model_manager.service.requests import parse_request

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
CALL = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
PIXEL = b"\x89PNG\r\n\x1a\n."


def built(wire, turns="Hello", parameters=None, **options):
    """The body of the request, and its notices."""
    request = parse_request(turns, options, stream=False)
    endpoint = endpoint_of(wire, parameters=parameters)
    call = wire_of(wire).build_call(endpoint, request.messages, request.options)
    return json.loads(as_json(call.body)), call.notices


@pytest.mark.parametrize(
    ("wire", "options", "field", "expected"),
    [
        (
            "gemini",
            {"temperature": 0.5, "extra_body": {"generationConfig": {"topK": 40}}},
            "generationConfig",
            {"temperature": 0.5, "topK": 40},
        ),
        (
            "gemini",
            {
                "reasoning": "low",
                "extra_body": {"generationConfig": {"thinkingConfig": {"includeThoughts": False}}},
            },
            "generationConfig",
            {"thinkingConfig": {"thinkingLevel": "low", "includeThoughts": False}},
        ),
        (
            "ollama",
            {"seed": 7, "extra_body": {"options": {"num_ctx": 8192, "seed": 8}}},
            "options",
            {"seed": 8, "num_ctx": 8192},
        ),
        ("openai", {"seed": 7, "extra_body": {"seed": 8}}, "seed", 8),
        ("openai", {"stop": "a", "extra_body": {"stop": ["b"]}}, "stop", ["b"]),
    ],
)
def test_further_fields_are_merged_into_tables_of_ours(wire, options, field, expected):
    """At any depth, where they win; a list takes the place of ours."""
    assert built(wire, **options)[0][field] == expected


@pytest.mark.parametrize(
    ("wire", "own"),
    [
        ("anthropic", {"type": "web_search_20250305", "name": "web_search"}),
        ("gemini", {"googleSearch": {}}),
        ("openai", {"type": "openrouter:web_search"}),
        ("openai-responses", {"type": "web_search"}),
    ],
)
def test_a_providers_own_tools_stand_beside_functions(wire, own):
    """They are given in the provider's form, and no function is lost for them."""
    plain, _ = built(wire, tools=[TOOL])
    both, _ = built(wire, tools=[TOOL], extra_body={"tools": [own]})
    assert both["tools"] == [*plain["tools"], own]
    alone = {"tools": [own], "x": 1}
    assert built(wire, extra_body=alone)[0]["tools"] == [own]
    chosen, _ = built(wire, extra_body=alone, tool_choice="required", parallel_tool_calls=False)
    assert chosen.keys() - {"parallel_tool_calls"} - built(wire, extra_body=alone)[0].keys()


OWN_PARTS = [
    ("openai", {"type": "file", "file": {"file_id": "file-1"}}),
    ("openai-responses", {"type": "input_file", "file_id": "file-1"}),
    ("openai-responses", {"type": "input_image", "file_id": "file-1"}),
    ("openai", {"type": "document_url", "document_url": "https://example.org/a.pdf"}),
    ("openai", {"type": "video_url", "video_url": {"url": "https://example.org/a.mp4"}}),
    ("openai", {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}),
    ("anthropic", {"type": "document", "source": {"type": "file", "file_id": "f"}}),
    ("anthropic", {"type": "image", "source": {"type": "file", "file_id": "f"}}),
    ("anthropic", {"type": "container_upload", "file_id": "f"}),
    ("anthropic", {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "part"), OWN_PARTS)
def test_a_part_that_one_api_alone_has_goes_there_as_it_came(wire, part):
    """To others it does not go: the model would answer without having seen it."""
    turn = {"role": "user", "content": [part, {"type": "text", "text": "Read it."}]}
    body, notices = built(wire, [turn])
    (said,) = body["input" if wire == "openai-responses" else "messages"]
    assert (said["content"][0], notices) == (part, ())
    for elsewhere in {"openai", "openai-responses", "anthropic", "gemini", "ollama"} - {wire}:
        with pytest.raises(
            ProviderError, match=f"message 1: .* does not accept a part of the type {part['type']}"
        ) as raised:
            built(elsewhere, [turn])
        assert (raised.value.kind, raised.value.attempts) == ("bad_request", 0)


def test_a_document_of_text_is_a_document_where_there_are_some():
    """Elsewhere it is text, and that its title is lost is said."""
    document = {
        "type": "document",
        "title": "T",
        "source": {"type": "text", "media_type": "text/plain", "data": "N"},
    }
    turns = [{"role": "user", "content": [document, {"type": "text", "text": "Read it."}]}]
    body, notices = built("anthropic", turns)
    assert (body["messages"][0]["content"][0], notices) == (document, ())
    body, notices = built("openai", turns)
    assert body["messages"][0]["content"][0] == {"type": "text", "text": "N"}
    assert notices == (
        "the title and other fields of a document are left out: OpenAI's API has no field for them",
    )


def test_a_turn_with_a_result_keeps_its_document():
    """A result and a PDF without a word beside it are two messages."""
    result = {"type": "tool_result", "tool_use_id": "a", "content": "Attached."}
    use = {"type": "tool_use", "id": "a", "name": "weather", "input": {}}
    pdf = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}
    turns = [("user", "Q"), {"role": "assistant", "content": [use]}, {"role": "user", "content": [result, pdf]}]
    body, _ = built("anthropic", turns)
    assert [block["type"] for turn in body["messages"][2:] for block in turn["content"]] == [
        "tool_result",
        "document",
    ]


def test_an_answer_with_searches_goes_back_whole_though_it_has_several_texts():
    """What the provider's own tools found is not lost between two texts."""
    said = [
        {"type": "text", "text": "I look."},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
        {"type": "text", "text": "Found."},
    ]
    body, notices = built("anthropic", [("user", "Q"), {"role": "assistant", "content": said}, ("user", "More")])
    assert (body["messages"][1]["content"], notices) == (said, ())


def test_names_and_empty_thoughts_go_back_to_servers_that_want_them():
    """A result's name is a field of its own on one wire alone; elsewhere nothing is missing without it."""
    asked = {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "a", "name": "weather", "content": "4"}
    turns = [("user", "Q"), asked, result]
    body, _ = built("openai", turns)
    assert (body["messages"][1]["reasoning_content"], body["messages"][2]["name"]) == ("", "weather")
    for wire in ("anthropic", "gemini"):
        assert not any(notice.startswith("name ") for notice in built(wire, turns)[1])


def test_ollamas_own_turns_are_taken():
    """Results by the tool's name, pictures beside the text."""
    turns = [
        {"role": "user", "content": "What is it?", "images": [b64encode(PIXEL).decode()]},
        {"role": "assistant", "tool_calls": [{"function": {"name": "weather", "arguments": {}}}]},
        {"role": "tool", "tool_name": "weather", "content": "4"},
    ]
    assert conversation(turns)[0].images == (Image(PIXEL, "image/png"),)
    body, notices = built("ollama", turns)
    assert body["messages"][0]["images"] == turns[0]["images"]
    assert (body["messages"][2]["tool_name"], notices) == ("weather", ())
    with pytest.raises(UsageError, match="message 1: images: an image is not valid base64"):
        conversation([{"role": "user", "content": "x", "images": ["./cat.png"]}])


def test_the_description_of_an_answers_form_is_sent_where_it_has_a_place():
    """It is no part of the schema, so elsewhere that it is left out is said."""
    form = {"type": "json_schema", "json_schema": {"name": "a", "description": "A book.", "schema": {"type": "object", "properties": {}}}}  # fmt: skip
    body, notices = built("openai", response_format=form)
    assert (body["response_format"]["json_schema"]["description"], notices) == ("A book.", ())
    said = "the description of response_format is left out: Google's API has no field for it"
    assert built("gemini", response_format=form)[1] == (said,)


def test_further_fields_of_a_function_stay_with_it():
    """Those for prompt caching and the like stand beside it, where gateways look for them."""
    tool = {"type": "function", "cache_control": {"type": "ephemeral"}, "function": {**TOOL["function"], "x": 1}}
    (sent,) = built("openai", tools=[tool])[0]["tools"]
    assert (sent["function"]["x"], sent["cache_control"], "x" in sent) == (1, {"type": "ephemeral"}, False)


@pytest.mark.parametrize("wire", ["anthropic", "gemini"])
def test_a_system_prompt_that_is_moved_is_said(wire):
    """Amid the conversation it would mean something else than at its beginning."""
    late = [("system", "Be brief."), ("user", "Q"), ("system", "Be long."), ("user", "More")]
    (notice,) = built(wire, late)[1]
    assert notice.startswith("system prompts within the conversation are sent at its beginning")
    assert built(wire, late[:2])[1] == built(wire, [late[0], late[0], late[1]])[1] == ()
    assert built("openai", late)[1] == ()


@pytest.mark.parametrize(
    ("given", "effort"),
    [
        ({"type": "disabled"}, "none"),
        ({"enabled": False}, "none"),
        ({"type": "enabled", "budget_tokens": 1024}, "low"),
        ({"type": "adaptive", "display": "summarized"}, "high"),
        ({"enabled": True, "effort": "high"}, "high"),
        ({"effort": "low", "summary": None}, "low"),
    ],
)
def test_reasoning_is_taken_in_each_apis_form(given, effort):
    """The form that says no amount stands for the one that its API documents."""
    assert built("openai", reasoning=given)[0]["reasoning_effort"] == effort


@pytest.mark.parametrize(
    "given",
    [
        {"effort": "low", "exclude": True},
        {"effort": "low", "max_tokens": 3},
        {"clear_thinking": False},
        {},
        "default",
    ],
)
def test_what_only_one_provider_says_of_reasoning_is_refused(given):
    """Nothing of it is dropped in silence; the hint names the way."""
    with pytest.raises(UsageError, match="`reasoning`") as raised:
        built("openai", reasoning=given)
    assert 'extra_body={"reasoning": …}' in (raised.value.hint or "")


def test_a_chosen_tool_may_lack_the_word_that_it_is_one():
    """Some clients leave the type out."""
    given = {"function": {"name": "weather"}}
    assert built("openai", tools=[TOOL], tool_choice=given)[0]["tool_choice"]["function"]["name"] == "weather"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        *((name, f'extra_body={{"{name}": …}}') for name in ("n", "presence_penalty", "safetySettings", "top_k", "user")),
        ("max_completion_tokens", "use max_tokens"),
        ("reasoning_effort", "use reasoning"),
        ("temperatur", "did you mean temperature?"),
        ("request_timeout", "use total_timeout"),
        ("response_model", "use response_format"),
        ("api_key", "keys come from the environment or .env"),
        ("base_url", "models.toml"),
        ("model", "create_chat_completion() takes a model"),
        ("fallbacks", 'route="claude-haiku-5-5,gemini-3.8-flash"'),
        ("stream", "use stream() or astream()"),
        ("http_client", "AIService(http_client="),
        ("observers", "AIService(observers="),
    ],
)  # fmt: skip
def test_an_option_that_does_not_exist_is_told_the_way(name, hint):
    """Its name here, one that comes near, or the provider's own fields."""
    with pytest.raises(UsageError, match=f"unknown option {name}") as raised:
        parse_request("Hello", {name: 1}, stream=False)
    assert hint in (raised.value.hint or "")


@pytest.mark.parametrize("name", ["api_key", "model", "stream", "fallbacks", "http_client"])
def test_what_a_provider_would_not_understand_is_not_said_to_be_its_field(name):
    """A key, a model or a route in `extra_body` would do harm."""
    with pytest.raises(UsageError) as raised:
        parse_request("Hello", {name: 1}, stream=False)
    assert "extra_body" not in (raised.value.hint or "")


@pytest.mark.parametrize("value", [True, False, "hard"])
def test_an_effort_that_is_none_is_told_the_words(value):
    """True and False are no amounts of thoughts either."""
    with pytest.raises(UsageError, match="expected one of none, minimal, low, medium, high, xhigh, max"):
        parse_request("Hello", {"reasoning": value}, stream=False)


@pytest.mark.parametrize(
    ("wire", "options", "words", "name", "kept"),
    [
        (
            "anthropic",
            {"reasoning": "xhigh", "response_format": {"type": "object", "properties": {}}},
            "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
            "effort",
            "output_config",
        ),
        (
            "gemini",
            {"reasoning": "low", "top_p": 0.5},
            "Thinking level is not supported for this model.",
            "thinkingConfig",
            "generationConfig",
        ),
    ],
)  # fmt: skip
def test_of_a_table_only_what_was_refused_is_left_out(wire, options, words, name, kept):
    """What stands beside it, such as the form of the answer, is sent again."""
    refusal = Response(status=400, pieces=[json.dumps({"error": {"message": words}}).encode()])
    request = parse_request("Hello", options, stream=False)
    again = Response(status=500, pieces=[b"{}"])
    played = play(endpoint_of(wire), refusal, again, options=request.options, retries=0)
    assert (name in played.bodies[0][kept], name in played.bodies[1][kept]) == (True, False)
    assert played.bodies[1][kept]
    assert f"retried without {name}, which was refused" in played.notices
