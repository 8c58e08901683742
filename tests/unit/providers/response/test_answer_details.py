"""What comes back beside the text, wire by wire: thoughts, sources, log probabilities, tiers, headers, documents."""

import json

import pytest
from exchange_player import KEY, Response, endpoint_of, play, recorded

from model_manager.core.answer_details import Citation, TokenLogprob, ToolCallDelta
from model_manager.core.messages import Chunk
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Price, Rates
from model_manager.providers.wires import anthropic, gemini, openai

RAIN, SUN = "https://example.com/rain", "https://example.com/sun"
PRICE = Price(rates=Rates(input=1, output=10))


def played(name: str, **parameters: object):
    """What came of a recorded body, of the wire that its name begins with."""
    options = ChatOptions(stream=".stream." in name)
    return play(
        endpoint_of(name.split(".", maxsplit=1)[0], price=PRICE, parameters=parameters),
        recorded(name),
        options=options,
    )


def test_thoughts_come_apart_from_the_text() -> None:
    """Thoughts are streamed and kept whole, each beside the visible text and never in it."""
    for name, thoughts, text in (
        ("openai.stream.everything.sse", "Let me look. ☔", "Grüße: Regen"),
        ("anthropic.stream.thinking.sse", "Hmm", "Hi"),
        ("gemini.stream.grounding.sse", "Hm ☔", "Grüße: Regen"),
        ("ollama.stream.logprobs.ndjson", "Hm", "Hi!"),
    ):
        came = played(name)
        assert (came.thoughts, came.reply.reasoning) == (thoughts, thoughts)
        assert (came.shown, came.reply.text) == (text, text)
    assert came.chunks[0] == Chunk(reasoning="Hm")


@pytest.mark.parametrize(
    ("name", "citations"),
    [
        (
            "openai.stream.everything.sse",
            [
                Citation(url=RAIN, title="Rain", quote="It rained.", start=0, end=12),
                Citation(url=SUN, quote="It rained.", start=7, end=12),
            ],
        ),
        (
            "openai.stream.search-results.sse",
            [Citation(url=RAIN, title="Rain", quote="It rained."), Citation(url=SUN)],
        ),
        (
            "anthropic.stream.citations.sse",
            [
                Citation(url=RAIN, title="Rain", quote="It rained.", start=4, end=27),
                Citation(title="Diary", quote="The sun shone.", start=4, end=27),
            ],
        ),
        (
            "gemini.stream.grounding.sse",
            [
                Citation(url=RAIN, title="Rain", start=0, end=12),
                Citation(url="gs://b/d", title="Diary", quote="It rained.", start=7, end=12),
                Citation(url="https://example.com/unused", title="Unused"),
            ],
        ),
    ],
)
def test_sources_have_one_form(name: str, citations: list[Citation]) -> None:
    """Whoever names sources, each comes once, and its place counts characters of the answer's text."""
    reply = played(name).reply
    assert list(reply.citations) == citations
    for citation in citations:
        if citation.start is not None:
            assert reply.text[citation.start : citation.end] in {
                "Grüße: Regen",
                "Regen",
                "Es regnete – und schien",
            }


@pytest.mark.parametrize(
    ("parse", "payload", "citations"),
    [
        (
            openai.parse_reply,
            {
                "choices": [
                    {
                        "message": {
                            "content": [
                                {"type": "text", "text": "Rain"},
                                {"type": "reference", "reference_ids": [1, 3]},
                                {"type": "tool_reference", "title": "Rain", "url": RAIN, "description": "Wet."},
                            ],
                            "annotations": [
                                {"type": "file_citation", "file_citation": {"file_id": "f-1"}},
                                {"type": "file_path", "file_path": {"file_id": "f-2"}},
                                "odd",
                            ],
                        }
                    }
                ],
                "citations": [RAIN, {"url": SUN, "title": "Sun"}, 3],
            },
            [
                Citation(title="f-1"),
                Citation(title="1"),
                Citation(title="3"),
                Citation(url=RAIN, title="Rain", quote="Wet."),
                Citation(url=RAIN),
                Citation(url=SUN, title="Sun"),
            ],
        ),
        (
            anthropic.parse_reply,
            {"content": [{"type": "text", "text": "a", "citations": [{"source": SUN, "title": "Sun"}, {}, 3]}]},
            [Citation(url=SUN, title="Sun")],
        ),
        (
            gemini.parse_reply,
            {
                "candidates": [
                    {
                        "citationMetadata": {
                            "citationSources": [{"endIndex": 3, "uri": RAIN}, {"startIndex": 1, "endIndex": 2}]
                        }
                    }
                ]
            },
            [Citation(url=RAIN, start=0, end=3), Citation(start=1, end=2)],
        ),
    ],
    ids=["openai", "anthropic", "gemini"],
)
def test_sources_of_whole_answers(parse, payload, citations) -> None:
    """References, files, and passages that the answer repeats are sources; what is none is passed over."""
    assert [piece.citation for piece in parse(payload).citations] == citations


@pytest.mark.parametrize(
    ("name", "logprobs"),
    [
        (
            "openai.stream.everything.sse",
            [
                TokenLogprob("Grüße:", -0.25, (TokenLogprob("Grüße:", -0.25), TokenLogprob("Hallo", -1.5))),
                TokenLogprob(" Regen", -0.125, (TokenLogprob(" Regen", -0.125),)),
            ],
        ),
        (
            "gemini.stream.grounding.sse",
            [TokenLogprob("Grüße: ", -0.5, (TokenLogprob("Grüße: ", -0.5), TokenLogprob("Hallo", 0.0)))],
        ),
        (
            "ollama.stream.logprobs.ndjson",
            [TokenLogprob("Hi", -0.5, (TokenLogprob("Hi", -0.5),)), TokenLogprob("!", -0.25)],
        ),
    ],
)
def test_log_probabilities_have_one_form(name: str, logprobs: list[TokenLogprob]) -> None:
    """The log probabilities of a stream are joined, as floats, with their alternatives."""
    assert list(played(name).reply.logprobs) == logprobs


def test_lists_side_by_side_are_log_probabilities_too() -> None:
    """Together's form is read, and what is no number is passed over."""
    choice = {"message": {"content": "ab"}, "logprobs": {"tokens": ["a", "b"], "token_logprobs": [-1, None]}}
    assert list(openai.parse_reply({"choices": [choice]}).logprobs) == [TokenLogprob("a", -1.0)]


def test_what_a_gateway_says_of_the_call() -> None:
    """The provider behind a gateway and the tier are told, and that this tier has a price of its own."""
    reply = played("openai.stream.everything.sse").reply
    assert (reply.upstream_provider, reply.service_tier) == ("Novita", "flex")
    assert reply.cost_source == "catalogue"
    assert [warning for warning in reply.warnings if "service tier flex" in warning]
    standard = played("anthropic.stream.citations.sse").reply
    assert (standard.service_tier, standard.warnings) == ("standard", ())


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        ({"provider": "Azure"}, {}, "Azure"),
        ({"provider_metadata": {"gateway": {"routing": {"finalProvider": "bedrock"}}}}, {}, "bedrock"),
        ({"providerMetadata": {"gateway": {"routing": {"resolvedProvider": "azure"}}}}, {}, "azure"),
        ({}, {"x-inference-provider": "together"}, "together"),
        ({}, {}, None),
    ],
)
def test_the_provider_behind_a_gateway(body, headers, name) -> None:
    """OpenRouter, Vercel and Hugging Face each name it elsewhere."""
    document = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], **body}
    response = Response(headers=headers, pieces=[json.dumps(document).encode()])
    reply = play(endpoint_of("openai"), response, options=ChatOptions(stream=False)).reply
    assert reply.upstream_provider == name


def test_headers_that_matter_are_kept() -> None:
    """Limits, times and places are kept, without keys; all others are not."""
    headers = {
        "x-ratelimit-remaining-tokens": "12",
        "anthropic-ratelimit-requests-reset": "2026-11-28T00:00:00Z",
        "openai-processing-ms": "7",
        "cf-ray": f"a-{KEY}",
        "set-cookie": "secret",
        "content-type": "text/event-stream",
    }
    reply = play(
        endpoint_of("openai"), Response(headers=headers, pieces=recorded("openai.stream.ok.sse").pieces)
    ).reply
    assert reply.headers == {
        "x-ratelimit-remaining-tokens": "12",
        "anthropic-ratelimit-requests-reset": "2026-11-28T00:00:00Z",
        "openai-processing-ms": "7",
        "cf-ray": "a-***",
    }


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("openai.reply.ok.json", {"object": "chat.completion"}),
        ("openai.stream.everything.sse", {"choices": []}),
        ("anthropic.stream.thinking.sse", {"type": "message_delta"}),
        ("ollama.stream.ok.ndjson", {"done": True}),
    ],
)
def test_the_providers_own_document(name: str, part: dict) -> None:
    """`raw` is the document, or the last event that says something, as JSON takes it; `repr` does not show it."""
    reply = played(name).reply
    assert part.items() <= reply.raw.items()
    assert json.loads(json.dumps(reply.raw)) == reply.raw
    assert "raw=" not in repr(reply)
    assert "raw" not in reply.to_dict()


def test_keys_are_in_nothing_that_comes_back() -> None:
    """A key that a provider repeats is hidden in thoughts, arguments and documents, also where it comes in pieces."""
    half, other = KEY[:9], KEY[9:]

    def event(**delta: object) -> bytes:
        return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n".encode()

    def call(arguments: str) -> list[dict]:
        return [{"index": 0, "id": "c", "function": {"name": "f", "arguments": arguments}}]

    pieces = [
        event(reasoning_content=f"I know {half}"),
        event(reasoning_content=f"{other}."),
        event(tool_calls=call(f'{{"key": "{half}')),
        event(tool_calls=call(f'{other}"}}')),
        event(content=KEY, role="assistant"),
        b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}], "note": "%s"}\n\n'
        % KEY.encode(),
    ]
    came = play(endpoint_of("openai"), Response(pieces=pieces))
    assert came.thoughts == came.reply.reasoning == "I know ***."
    assert came.arguments == [("f", '{"key": "***"}')]
    assert came.reply.tool_calls[0].arguments == '{"key": "***"}'
    assert came.reply.raw["note"] == "***"
    assert KEY not in json.dumps(came.reply.to_dict())


def test_calls_of_tools_come_in_pieces() -> None:
    """The pieces of calls come as they are sent, each with its call's number, and add up to the calls."""
    came = played("openai.stream.tools.sse")
    assert came.arguments == [(call.name, call.arguments) for call in came.reply.tool_calls] != []
    first = next(chunk for chunk in came.chunks if chunk.tool_calls)
    assert first.text == ""
    assert first.tool_calls[0].index == 0
    assert first.tool_calls[0].id == came.reply.tool_calls[0].id


def test_calls_of_a_providers_own_tools_come_in_no_pieces() -> None:
    """What the provider itself calls is not shown, and not counted."""
    blocks = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "rain"}},
        {"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "Oslo"}},
    ]
    body = json.dumps({"type": "message", "content": blocks, "stop_reason": "tool_use"}).encode()
    came = play(endpoint_of("anthropic"), Response(pieces=[body]))
    assert [chunk.tool_calls for chunk in came.chunks] == [(ToolCallDelta(0, "t", "weather", '{"city": "Oslo"}'),)]


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ({"stop_reason": "refusal", "stop_details": {"category": "cyber", "explanation": "No."}}, "cyber: No."),
        ({"stop_reason": "refusal"}, "refusal"),
        ({"stop_reason": "end_turn"}, None),
    ],
)
def test_why_an_answer_was_refused_is_kept(stop, reason) -> None:
    """The reason of a refusal is in what is left of the reply, in the provider's words."""
    body = {"type": "message", "content": [{"type": "text", "text": "I can't."}], **stop}
    came = play(endpoint_of("anthropic"), Response(pieces=[json.dumps(body).encode()]))
    assert came.outcome.refusal_reason == reason
    assert came.kind == ("content_filter" if reason else None)


def test_think_tags_are_left_alone_unless_the_catalogue_says_so() -> None:
    """Without the parameter such tags are text; with it the blocks before the answer are thoughts, and only those."""
    plain, split = played("openai.stream.think-tags.sse"), played("openai.stream.think-tags.sse", think_tags=True)
    assert plain.reply.text.startswith("\n<think>Is it")
    assert (split.reply.text, split.shown) == ("It is a <think> tag</think>.",) * 2
    assert (split.reply.reasoning, split.thoughts) == ("Is it <think>? No </that. ☔",) * 2


def answered(message: dict[str, object], logprobs: str = "null") -> Response:
    """An answer with one document; the log probabilities are given as JSON."""
    choice = {"finish_reason": "stop", "message": {"content": "Rain.", **message}, "logprobs": "HERE"}
    return Response(pieces=[json.dumps({"choices": [choice]}).replace('"HERE"', logprobs).encode()])


@pytest.mark.parametrize("place", [(5, 2), (2, 6), (10**17, 10**17), (9, None)])
def test_a_place_outside_of_the_text_is_none(place: tuple[int, int | None]) -> None:
    """A source whose place is no part of the text is kept without one."""
    table = {"url": RAIN, "start_index": place[0], "end_index": place[1]}
    came = play(
        endpoint_of("openai"), answered({"annotations": [{"type": "url_citation", "url_citation": table}]})
    )
    assert came.reply.citations == (Citation(url=RAIN),)


def test_a_key_is_not_put_together_from_the_tokens_of_log_probabilities() -> None:
    """Tokens that say the key, one by one, are hidden, in the document too."""
    said = [*("The key: ",), *(KEY[at : at + 3] for at in range(0, len(KEY), 3)), " ok"]
    tokens = [{"token": token, "logprob": -1, "top_logprobs": [{"token": token, "logprob": -1}]} for token in said]
    came = play(endpoint_of("openai"), answered({}, json.dumps({"content": tokens})))
    shown = [token.token for token in came.reply.logprobs]
    assert (shown[0], set(shown[1:-1]), shown[-1]) == ("The key: ", {"***"}, " ok")
    assert len(shown) == len(said)
    assert not any(token.alternatives for token in came.reply.logprobs[1:-1])
    assert KEY[:3] not in json.dumps(came.reply.raw)


def test_log_probabilities_that_are_no_numbers_of_json_are_left_out() -> None:
    """An infinite figure could not be written as JSON; alternatives of alternatives are not read at any depth."""
    nested = "[]"
    for _ in range(400):
        nested = f'[{{"token": "x", "logprob": -1, "top_logprobs": {nested}}}]'
    tokens = f'[{{"token": "a", "logprob": -1e999}}, {{"token": "b", "logprob": -2, "top_logprobs": {nested}}}]'
    came = play(endpoint_of("openai"), answered({}, f'{{"content": {tokens}}}'))
    assert came.reply.logprobs == (TokenLogprob("b", -2.0, (TokenLogprob("x", -1.0),)),)
    assert came.reply.raw is None  # nobody means a document as deep as this


def test_a_key_in_a_header_of_the_catalogue_is_hidden_in_answers_and_errors() -> None:
    """A gateway that repeats the key of its own header gives it away as little as the provider's key."""
    secret = "Kq7HeaderKeyOfTheUser99"
    endpoint = endpoint_of("openai", parameters={"headers": {"X-Gateway-Api-Key": secret}})
    assert play(endpoint, answered({"content": f"It is {secret}."})).reply.text == "It is ***."
    refused = Response(status=401, pieces=[json.dumps({"error": {"message": f"{secret} is wrong"}}).encode()])
    assert "*** is wrong" in str(play(endpoint, refused).error)


@pytest.mark.parametrize("depth", [400, 700, 900, 5000])
def test_a_document_that_is_nested_too_deep_is_an_answer_or_a_failure_of_the_protocol(depth: int) -> None:
    """Where escapes may hide a key at any depth, no depth ends in an error that is not the library's."""
    came = play(endpoint_of("openai"), answered({"x": "\u00e9"}, "[" * depth + "]" * depth), retries=0)
    assert came.error is None or came.error.kind == "protocol"
    assert (came.error is None) == (came.reply is not None)
