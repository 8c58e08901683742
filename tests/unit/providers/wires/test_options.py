"""The options of calls on each wire: written as its API has them, left out with a notice, or refused."""

import json
from dataclasses import replace

import pytest
from exchange_player import endpoint_of

from model_manager.core.chat.call_options import chat_options, option_from_json
from model_manager.core.messages import ChatMessage
from model_manager.errors import ProviderError, UsageError
from model_manager.providers import wire_of

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
OTHER_TOOL = {"type": "function", "function": {"name": "news", "parameters": {"type": "object", "properties": {}}}}


def built(wire, parameters=None, lacks=(), messages=None, **options):
    """The request with these options, of a model with these parameters."""
    endpoint = endpoint_of(wire)
    model = replace(endpoint.model, parameters={**endpoint.model.parameters, **(parameters or {})}, lacks=lacks)
    turns = messages or [ChatMessage("user", "Hello")]
    return wire_of(wire).build_call(replace(endpoint, model=model), turns, chat_options(options, stream=False))


def written(wire, parameters=None, **options):
    """The fields of the body that options add."""
    plain = built(wire, parameters).body
    return {
        name: value for name, value in built(wire, parameters, **options).body.items() if plain.get(name) != value
    }


OLD = {"temperature": True, "top_p": True, "headers": {"anthropic-version": "2023-06-01"}}


@pytest.mark.parametrize(
    ("wire", "options", "fields"),
    [
        ("openai", {"top_p": 0.5, "seed": 7}, {"top_p": 0.5, "seed": 7}),
        ("openai", {"stop": "END"}, {"stop": ["END"]}),
        ("openai", {"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
        ("openai", {"reasoning": "high"}, {"reasoning_effort": "high"}),
        ("openai", {"reasoning": {"effort": "low"}}, {"reasoning_effort": "low"}),
        ("openai", {"logprobs": True}, {"logprobs": True}),
        ("openai", {"logprobs": 3}, {"logprobs": True, "top_logprobs": 3}),
        (
            "openai",
            {"service_tier": "flex", "metadata": {"a": "b"}},
            {"service_tier": "flex", "metadata": {"a": "b"}},
        ),
        ("openai", {"extra_body": {"safety_identifier": "u"}}, {"safety_identifier": "u"}),
        ("anthropic", {"stop": "END"}, {"stop_sequences": ["END"]}),
        ("anthropic", {"reasoning": "none"}, {"thinking": {"type": "disabled"}}),
        (
            "anthropic",
            {"reasoning": "xhigh"},
            {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "xhigh"}},
        ),
        ("anthropic", {"metadata": {"user_id": "u"}}, {"metadata": {"user_id": "u"}}),
        ("anthropic", {"service_tier": "standard_only"}, {"service_tier": "standard_only"}),
        (
            "gemini",
            {"top_p": 0.5, "stop": "END", "seed": 7},
            {"generationConfig": {"topP": 0.5, "stopSequences": ["END"], "seed": 7}},
        ),
        (
            "gemini",
            {"reasoning": "low"},
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "low", "includeThoughts": True}}},
        ),
        ("gemini", {"logprobs": 2}, {"generationConfig": {"responseLogprobs": True, "logprobs": 2}}),
        (
            "ollama",
            {"top_p": 0.5, "stop": "END", "seed": 7},
            {"options": {"top_p": 0.5, "stop": ["END"], "seed": 7}},
        ),
        ("ollama", {"reasoning": "none"}, {"think": False}),
    ],
)
def test_an_option_is_written_as_the_api_has_it(wire, options, fields):
    """Its own name, its own place in the body; a number or a word in its own form."""
    assert written(wire, **options) == fields
    assert not built(wire, **options).notices


@pytest.mark.parametrize("wire", ["openai", "anthropic", "gemini", "ollama"])
def test_without_options_nothing_is_added(wire):
    """An option that is not given costs nothing, and says nothing."""
    assert written(wire) == {}


@pytest.mark.parametrize(
    ("wire", "choice", "expected"),
    [
        ("openai", "required", {"tool_choice": "required"}),
        ("openai", "weather", {"tool_choice": {"type": "function", "function": {"name": "weather"}}}),
        ("anthropic", "required", {"tool_choice": {"type": "any"}}),
        ("anthropic", {"type": "tool", "name": "weather"}, {"tool_choice": {"type": "tool", "name": "weather"}}),
        ("gemini", "none", {"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}}),
        (
            "gemini",
            {"type": "function", "function": {"name": "weather"}},
            {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}}},
        ),
    ],
)
def test_the_choice_of_a_tool_is_written_in_each_apis_words(wire, choice, expected):
    """In whichever of the known forms it was given."""
    body = built(wire, tools=[TOOL], tool_choice=choice).body
    assert {name: body[name] for name in expected} == expected


def test_parallel_calls_are_forbidden_beside_a_choice():
    """Anthropic has both in one field."""
    body = built("anthropic", tools=[TOOL], tool_choice="required", parallel_tool_calls=False).body
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    body = built("anthropic", tools=[TOOL], parallel_tool_calls=False).body
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_a_named_tool_is_sent_alone_where_only_words_are_understood():
    """llama.cpp reads the name of a tool as if no choice had been made."""
    call = built("openai", {"tool_choice": "required"}, tools=[TOOL, OTHER_TOOL], tool_choice="weather")
    assert call.body["tool_choice"] == "required"
    assert [tool["function"]["name"] for tool in call.body["tools"]] == ["weather"]
    assert call.notices == ("only the tool weather is sent, as required, because the API cannot name one",)
    alone = built("openai", {"tool_choice": "required"}, tools=[TOOL], tool_choice="weather")
    assert (alone.body["tool_choice"], alone.notices) == ("required", ())


def test_a_model_that_is_to_call_no_tool_sees_none_where_the_api_cannot_say_so():
    """Ollama has no field for it, and a model without tools calls none."""
    assert "tools" not in built("ollama", tools=[TOOL], tool_choice="none").body


@pytest.mark.parametrize(
    ("wire", "parameters", "options", "notice"),
    [
        ("openai", {"seed": False}, {"seed": 7}, "the seed is left out: test-model does not accept one"),
        ("openai", {"metadata": False}, {"metadata": {"a": "b"}}, "metadata is left out"),
        ("anthropic", None, {"seed": 7}, "the seed is left out: Anthropic's API has no field for it"),
        ("anthropic", None, {"top_p": 0.5}, "top_p is left out: Anthropic's API version"),
        ("anthropic", None, {"service_tier": "flex"}, "the service tier is left out"),
        (
            "anthropic",
            OLD,
            {"temperature": 0.5, "reasoning": "low"},
            "does not accept one together with reasoning",
        ),
        ("gemini", None, {"metadata": {"a": "b"}}, "metadata is left out: Google's API has no field for it"),
        ("gemini", None, {"reasoning": "max"}, "the effort max is sent as the effort high"),
        ("openai", None, {"reasoning": 2000}, "the budget of 2000 tokens is sent as the effort low"),
        ("anthropic", None, {"reasoning": "minimal"}, "the effort minimal is sent as the effort low"),
        (
            "anthropic",
            {"reasoning": "budget"},
            {"tools": [TOOL], "tool_choice": "required", "reasoning": 2000},
            "reasoning is left out: Anthropic's API does not allow this model to reason when it must call a tool",
        ),
        ("anthropic", {"reasoning": "budget"}, {"reasoning": 2000, "max_tokens": 500}, "no room for reasoning"),
        ("ollama", None, {"reasoning": "high"}, "the effort high is sent as reasoning switched on"),
        ("openai", {"reasoning": "thinking"}, {"reasoning": 900}, "the budget of 900 tokens is sent as reasoning"),
    ],
)
def test_what_is_left_out_or_sent_otherwise_is_said(wire, parameters, options, notice):
    """Nothing is altered in silence."""
    (said,) = built(wire, parameters, **options).notices
    assert notice in said.replace(endpoint_of(wire).model.id, "test-model")


def test_a_model_that_does_not_reason_gets_no_effort():
    """A fact of the catalogue; without reasoning is what it does anyway."""
    assert "does not support reasoning" in built("openai", lacks=("reasoning",), reasoning="high").notices[0]
    plain = built("openai", lacks=("reasoning",), reasoning="none")
    assert (plain.notices, "reasoning_effort" in plain.body) == ((), False)


@pytest.mark.parametrize(
    ("wire", "parameters", "options"),
    [
        ("openai", {"stop": False}, {"stop": "END"}),
        ("anthropic", None, {"logprobs": True}),
        ("ollama", None, {"tools": [TOOL], "tool_choice": "required"}),
    ],
)
def test_without_which_the_answer_would_be_another_is_refused(wire, parameters, options):
    """Before anything is sent, as something that another model may not lack."""
    with pytest.raises(ProviderError, match="without changing the answer") as raised:
        built(wire, parameters, **options)
    assert (raised.value.kind, raised.value.is_lack, raised.value.attempts) == ("bad_request", True, 0)


@pytest.mark.parametrize(
    ("wire", "parameters", "reasoning", "fields"),
    [
        ("openai", {"reasoning": "reasoning"}, "high", {"reasoning": {"effort": "high"}}),
        ("openai", {"reasoning": "reasoning"}, 3000, {"reasoning": {"max_tokens": 3000}}),
        ("openai", {"reasoning": "thinking"}, "none", {"thinking": {"type": "disabled"}}),
        ("openai", {"reasoning": "thinking_effort"}, "none", {"thinking": {"type": "disabled"}}),
        (
            "openai",
            {"reasoning": "thinking_effort"},
            "max",
            {"thinking": {"type": "enabled"}, "reasoning_effort": "max"},
        ),
        ("openai", {"reasoning": "enable_thinking"}, 3000, {"enable_thinking": True, "thinking_budget": 3000}),
        (
            "anthropic",
            {"reasoning": "budget"},
            2000,
            {"thinking": {"type": "enabled", "budget_tokens": 2000}, "max_tokens": 6096},
        ),
        (
            "gemini",
            {"reasoning": "thinkingBudget"},
            0,
            {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0, "includeThoughts": False}}},
        ),
        ("ollama", {"reasoning": "effort"}, "low", {"think": "low"}),
    ],
)
def test_providers_have_their_own_forms_of_reasoning(wire, parameters, reasoning, fields):
    """The catalogue names the form; a budget is within the limit of the answer."""
    assert written(wire, parameters, reasoning=reasoning) == fields


@pytest.mark.parametrize(
    ("options", "budget", "limit"),
    [
        ({"reasoning": 2000, "max_tokens": 5000}, 2000, 5000),
        ({"reasoning": "high", "max_tokens": 5000}, 4000, 5000),
        ({"reasoning": 9000}, 6400, 8000),
        ({"reasoning": 10, "max_tokens": 1025}, 1024, 1025),
    ],
)
def test_a_budget_of_thoughts_is_part_of_the_limit(options, budget, limit):
    """A limit that was given stays as it is; one of our own is raised, up to the model's."""
    endpoint = endpoint_of("anthropic")
    model = replace(endpoint.model, parameters={"reasoning": "budget"}, max_output=8000)
    asked = chat_options(options, stream=False)
    call = wire_of("anthropic").build_call(replace(endpoint, model=model), [ChatMessage("user", "x")], asked)
    assert (call.body["thinking"]["budget_tokens"], call.body["max_tokens"]) == (budget, limit)
    is_said = any(f"the reasoning budget is {budget} tokens" in notice for notice in call.notices)
    assert is_said == (options["reasoning"] in {"high", 9000})


MARK = {"cache_control": {"type": "ephemeral"}}


def test_the_end_of_the_stable_prefix_is_marked_where_marks_are_wanted():
    """All of it: the system prompt and the last turn. A number of messages: the last of them. Others cache alone."""
    turns = [
        ChatMessage("system", "S"),
        ChatMessage("user", "A"),
        ChatMessage("assistant", "B"),
        ChatMessage("user", "C"),
    ]
    body = built("anthropic", messages=turns, cache=True).body
    assert body["system"] == [{"type": "text", "text": "S", **MARK}]
    assert [
        MARK.items() <= turn["content"][-1].items()
        for turn in body["messages"]
        if isinstance(turn["content"], list)
    ] == [True]
    assert body["messages"][-1]["content"] == [{"type": "text", "text": "C", **MARK}]
    body = built("anthropic", messages=turns, cache=2).body
    assert body["messages"][0]["content"] == [{"type": "text", "text": "A", **MARK}]
    assert json.dumps(body).count("ephemeral") == 1
    body = built("openai", {"cache": "cache_control"}, messages=turns, cache=1).body
    assert body["messages"][0]["content"] == [{"type": "text", "text": "S", **MARK}]
    assert "cache_control" not in json.dumps(built("openai", messages=turns, cache=True).body)


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"top_p": 0}, "top_p"),
        ({"top_p": 1.5}, "top_p"),
        ({"seed": 1.5}, "seed"),
        ({"stop": 5}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": "wether"}, "tool_choice"),
        ({"parallel_tool_calls": "yes"}, "parallel_tool_calls"),
        ({"reasoning": "hihg"}, "reasoning"),
        ({"reasoning": -1}, "reasoning"),
        ({"cache": -1}, "cache"),
        ({"logprobs": 21}, "logprobs"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"extra_headers": {"Authorization": "Bearer x"}}, "extra_headers"),
        ({"extra_headers": {"x-a": "b\r\nx-c: d"}}, "extra_headers"),
        ({"extra_body": {"model": "other"}}, "extra_body"),
        ({"extra_body": {"a": float("nan")}}, "extra_body"),
        ({"extra_body": {"a": object()}}, "extra_body"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(options, parameter):
    """Before any model is looked at."""
    with pytest.raises(UsageError) as raised:
        chat_options(options, stream=False)
    assert raised.value.parameter == parameter


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("top_p=0.5", ("top_p", 0.5)),
        ("stop=END", ("stop", "END")),
        ('stop=["a","b"]', ("stop", ["a", "b"])),
        ('tool_choice="required"', ("tool_choice", "required")),
    ],
)
def test_an_option_in_one_word_is_json_or_text(word, expected):
    """Quotes are needed only where a text would be read as something else."""
    assert option_from_json(word) == expected


@pytest.mark.parametrize(("word", "hint"), [("top_q=1", "top_p"), ("top_p", None), ("timeout=3", "options are")])
def test_a_word_without_an_options_name_is_refused(word, hint):
    """With the name that was probably meant."""
    with pytest.raises(UsageError) as raised:
        option_from_json(word)
    assert hint is None or hint in (raised.value.hint or "")


def test_defaults_fill_what_was_not_given():
    """A mapping is filled entry by entry; a limit of our own gives way; a choice among absent tools is none."""
    own = replace(
        chat_options({"max_tokens": 4096, "top_p": 0.5, "metadata": {"a": "1"}}, stream=False),
        max_tokens_asked=False,
    )
    filled = own.with_defaults(
        {"max_tokens": 10, "top_p": 0.9, "seed": 3, "metadata": {"a": "0", "b": "2"}, "tool_choice": "weather"}
    )
    assert (filled.max_tokens, filled.max_tokens_asked, filled.top_p, filled.seed) == (10, True, 0.5, 3)
    assert (dict(filled.metadata), filled.tool_choice) == ({"a": "1", "b": "2"}, None)
