"""Messages that are odd but can be meant are translated; what cannot be is refused in one sentence, before a call."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pydantic
import pytest
from exchange_player import endpoint_of
from model_server import ModelServer, model_server, saying
from service_calls import WAYS, ask, project

from model_manager import (
    AIService,
    AnswerFormat,
    ChatMessage,
    Image,
    ProviderError,
    RouteError,
    ToolCall,
    UsageError,
)
from model_manager.core.chat.conversation import conversation
from model_manager.core.chat.tools import answer_format, tools
from model_manager.core.models import WIRES
from model_manager.core.options import ChatOptions
from model_manager.providers import wire_of
from model_manager.providers.wires.payload import as_json

PICTURE = Image(b"\x89PNG")
URL = "data:image/png;base64,iVBORw=="
SHOT = ToolCall(id="1", name="shot")
ASKED = ChatMessage("assistant", "", tool_calls=(SHOT,))
CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)

ANTHROPICS = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}}
GOOGLES = {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
OPENAIS = {"type": "image_url", "image_url": {"url": URL}}


def turns(wire: str, *messages: object) -> list[dict]:
    """The turns of a request as they are sent."""
    call = wire_of(wire).build_call(endpoint_of(wire), conversation(messages), ChatOptions())
    body = json.loads(as_json(call.body))
    return body[{"gemini": "contents", "openai-responses": "input"}.get(wire, "messages")]


def test_pictures_of_a_tools_result_are_sent_where_the_wire_has_a_form_for_them():
    """What a tool has drawn reaches the model, with its text and without."""
    shown = {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "Here"}, OPENAIS]}
    bare = {"role": "tool", "tool_call_id": "1", "content": [OPENAIS]}

    results = [turns("anthropic", ("user", "Q"), ASKED, result)[-1]["content"][0] for result in (shown, bare)]
    assert [result["content"] for result in results] == [
        [{"type": "text", "text": "Here"}, ANTHROPICS],
        [ANTHROPICS],
    ]
    assert turns("gemini", ("user", "Q"), ASKED, shown)[-1]["parts"] == [
        {"functionResponse": {"id": "1", "name": "shot", "response": {"result": "Here"}, "parts": [GOOGLES]}}
    ]
    assert turns("ollama", ("user", "Q"), ASKED, shown)[-1] == {
        "role": "tool",
        "content": "Here",
        "tool_name": "shot",
        "images": ["iVBORw=="],
    }


def test_pictures_of_a_turn_with_tool_calls_are_sent():
    """A turn may show something and ask for a tool at once."""
    said = ChatMessage("assistant", "Look", images=(PICTURE,), tool_calls=(SHOT,))
    users = ChatMessage("user", "Look", images=(PICTURE,), tool_calls=(SHOT,))

    assert turns("openai", said)[0]["content"] == [{"type": "text", "text": "Look"}, OPENAIS]
    assert turns("gemini", said)[0]["parts"][:2] == [GOOGLES, {"text": "Look"}]
    assert turns("ollama", said)[0]["images"] == ["iVBORw=="]
    assert turns("anthropic", users)[0]["content"][:2] == [ANTHROPICS, {"type": "text", "text": "Look"}]


@pytest.mark.parametrize(
    ("wire", "messages", "words"),
    [
        (
            "openai",
            [("user", "Q"), ASKED, ChatMessage("tool", "", (PICTURE,), tool_call=SHOT)],
            "3: .* a tool result",
        ),
        ("anthropic", [ChatMessage("system", "S", (PICTURE,)), ("user", "Q")], "1: .* a system prompt"),
        ("gemini", [("user", "Q"), ChatMessage("system", "S", (PICTURE,))], "2: .* a system prompt"),
        ("anthropic", [("user", "Q"), ChatMessage("assistant", "A", (PICTURE,))], "2: .* an assistant message"),
        (
            "anthropic",
            [("system", "S"), ChatMessage("assistant", "", (PICTURE,), tool_calls=(SHOT,))],
            r"2 \(the system prompt is message 1\): .* an assistant message",
        ),
    ],
)
def test_pictures_are_refused_where_the_wire_has_no_form_for_them(wire, messages, words):
    """No picture is left out silently: the refusal names the turn by its position and its role."""
    with pytest.raises(ProviderError, match=f"(?m)^message {words}$") as caught:
        turns(wire, *messages)
    assert "does not accept images in" in caught.value.message
    assert caught.value.hint == "put the image into a user message"


@pytest.mark.parametrize(
    ("wire", "content"),
    [("openai", [OPENAIS]), ("anthropic", [ANTHROPICS]), ("gemini", [GOOGLES]), ("ollama", "")],
)
def test_a_picture_needs_no_text(wire, content):
    """Beside a picture stands no empty text, which some providers refuse."""
    (turn,) = turns(wire, ChatMessage("user", "", (PICTURE,)))
    assert turn["parts" if wire == "gemini" else "content"] == content


def test_empty_text_alone_is_sent():
    """A turn without anything else keeps its empty text: a turn without content is none."""
    assert turns("gemini", ("user", ""))[0]["parts"] == [{"text": ""}]
    assert [turns(wire, ("user", ""))[0]["content"] for wire in ("openai", "anthropic", "ollama")] == [""] * 3


def results_of(wire: str, messages: list[dict]) -> list[str]:
    """The results in the order of the calls that they are told to answer."""
    if wire == "gemini":
        return [part["functionResponse"]["response"]["result"] for part in messages[-1]["parts"]]
    if wire == "ollama":
        return [message["content"] for message in messages if message["role"] == "tool"]
    if wire == "openai-responses":
        asked = [item["call_id"] for item in messages if item.get("type") == "function_call"]
        given = {item["call_id"]: item["output"] for item in messages if "output" in item}
    elif wire == "openai":
        asked = [call["id"] for call in messages[1]["tool_calls"]]
        given = {message["tool_call_id"]: message["content"] for message in messages[2:]}
    else:
        asked = [block["id"] for block in messages[1]["content"]]
        given = {block["tool_use_id"]: block["content"] for block in messages[2]["content"]}
    return [given[identity] for identity in asked]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "calls",
    [
        [ToolCall(name="f", arguments=f'{{"a": {number}}}') for number in range(3)],
        [ToolCall(name="f", arguments="{}") for _ in range(3)],
        [ToolCall(name="f", arguments=f"{number}", signature=f"s{number}") for number in range(3)],
    ],
    ids=["arguments", "the same call thrice", "signatures"],
)
def test_results_find_their_calls_in_any_order(wire, calls):
    """Calls of one tool without ids get their own results, in whatever order a program gives them."""
    results = [ChatMessage.tool_result(call, f"result {number}") for number, call in enumerate(calls)]
    for order in ([2, 1, 0], [1, 2, 0], [0, 1, 2]):
        asking = ChatMessage("assistant", "", tool_calls=tuple(calls))
        said = turns(wire, ("user", "Q"), asking, *(results[index] for index in order))
        assert results_of(wire, said) == ["result 0", "result 1", "result 2"]


@pytest.mark.parametrize("wire", WIRES)
def test_a_result_that_only_names_its_tool_gets_what_others_leave(wire):
    """The name alone takes no call away from a result that says which one it answers."""
    first, second = (ToolCall(name="f", arguments=f'{{"a": {number}}}') for number in (1, 2))
    copied = ToolCall(name="f", arguments='{"a": 1}', signature="lost")
    asking = ChatMessage("assistant", "", tool_calls=(first, second))
    named = {"role": "function", "name": "f", "content": "second"}

    said = turns(wire, ("user", "Q"), asking, named, ChatMessage.tool_result(copied, "first"))

    assert results_of(wire, said) == ["first", "second"]


@pytest.mark.parametrize("wire", ["gemini", "ollama"])
def test_results_stay_in_the_round_of_their_calls(wire):
    """Results are put in order within their own round; what answers no call keeps its place at the end."""
    calls = tuple(ToolCall(name=name) for name in "fg")
    asking = ChatMessage("assistant", "", tool_calls=calls)
    stray = ChatMessage.tool_result(ToolCall(name="h"), "?")
    rounds = [[ChatMessage.tool_result(call, f"{call.name}{number}") for call in calls] for number in (1, 2)]

    said = json.dumps(turns(wire, ("user", "Q"), asking, stray, *rounds[0][::-1], asking, *rounds[1][::-1]))

    order = [said.index(f'"{word}"') for word in ("f1", "g1", "?", "f2", "g2")]
    assert order == sorted(order)


@pytest.mark.parametrize("wire", WIRES)
def test_a_function_call_of_the_old_form_is_a_tool_call(wire):
    """OpenAI's `function_call`, and the "function" turn that answers it, belong together on every wire."""
    asked = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}}
    given = {"role": "function", "name": "f", "content": "r"}

    said = turns(wire, ("user", "Q"), asked, given)

    new = ChatMessage("assistant", "", tool_calls=(ToolCall(name="f", arguments='{"a": 1}'),))
    assert said == turns(wire, ("user", "Q"), new, ChatMessage.tool_result(new.tool_calls[0], "r"))
    assert results_of(wire, said) == ["r"]


def test_a_function_call_that_is_none_is_refused_or_nothing():
    """What newer programs write for "none" counts as none; anything else has to be a call."""
    assert conversation({"role": "assistant", "content": "A", "function_call": None})[0].tool_calls == ()
    with pytest.raises(UsageError, match="message 1: a tool call is not in OpenAI's format"):
        conversation({"role": "assistant", "content": "A", "function_call": "f"})


def test_other_collections_will_do():
    """Pictures and calls may come as a list or from an iterator, and None stands for none of them."""
    (message,) = conversation(ChatMessage("user", "a", images=None, tool_calls=None))
    assert message == ChatMessage("user", "a")
    (message,) = conversation(ChatMessage("user", "a", images=iter([PICTURE]), tool_calls=[SHOT]))
    assert message == ChatMessage("user", "a", images=(PICTURE,), tool_calls=(SHOT,))


def asking(call: object) -> dict:
    return {"role": "assistant", "content": "", "tool_calls": [call]}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (ChatMessage("user", "a", images=PICTURE), "images: expected a tuple, got Image"),
        (ChatMessage("user", "a", tool_calls=5), "tool_calls: expected a tuple, got int"),
        (ChatMessage("user", "a", tool_calls=("f",)), "a tool call is not a ToolCall but str"),
        (asking({"id": 5, "function": {"name": "f"}}), "a tool call has int as its id, not text"),
        (asking({"id": ["x"], "function": {"name": "f"}}), "a tool call has list as its id, not text"),
        (asking({"function": {"name": None}}), "a tool call has NoneType as its name, not text"),
        (asking(ToolCall(name="f", arguments={"a": 1})), "a tool call has dict as its arguments, not text"),
        (asking({"function": {"name": "f", "arguments": CIRCLE}}), "a tool call is not in OpenAI's format"),
        ({"role": "tool", "content": "", "tool_call_id": 5}, "the tool call that it answers has int as its id"),
        ({"role": "tool", "content": "", "name": 5}, "the tool call that it answers has int as its name"),
        (ChatMessage("tool", "a", tool_call="x"), "the tool call that it answers is not a ToolCall but str"),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": "data:image/png;base64,ä"}]},
            "an image is not valid base64",
        ),
    ],
)
def test_messages_of_wrong_types_are_refused(message, words):
    """What is wrong is said with the position of the message, what was found and what was expected."""
    with pytest.raises(UsageError, match=f"^message 2: {words}"):
        conversation([("user", "Q"), message])


@pytest.mark.parametrize("tool", [{"function": None}, {"function": "x"}])
def test_tools_that_are_none_are_refused(tool):
    """A wrapping with nothing in it is no tool."""
    with pytest.raises(UsageError, match=r"^tool 1: expected a name and the JSON schema of its parameters"):
        tools([tool])


class Unspeakable:
    """A class that no JSON schema can describe."""

    @classmethod
    def model_json_schema(cls) -> dict:
        raise pydantic.PydanticUserError("no schema", code=None)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"type": "json_schema", "json_schema": {"schema": None}}, "expected a JSON schema or a pydantic"),
        ({"type": "json_schema", "json_schema": {"schema": "x"}}, "expected a JSON schema or a pydantic"),
        (AnswerFormat(schema="ab"), "expected a JSON schema or a pydantic"),
        (pydantic.BaseModel, "BaseModel has no JSON schema for the answer"),
        (Unspeakable, "Unspeakable has no JSON schema for the answer"),
    ],
)
def test_answer_formats_without_a_schema_are_refused(form, words):
    """Only a JSON schema says how the answer is to look."""
    with pytest.raises(UsageError, match=f"^`response_format`: {words}"):
        answer_format(form)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(saying("Hello")) as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_that_cannot_be_sent_is_refused_before_the_call(server, work, way):
    """Nothing is sent, whichever way the call is made; another model, perhaps of another provider, is looked at."""
    project(work, server.url, ["m", "n"], {"t": "m,n"})
    result = ChatMessage("tool", "", (PICTURE,), tool_call=SHOT)
    with (
        AIService() as service,
        pytest.raises(RouteError, match="message 3: OpenAI's API does not accept images") as caught,
    ):
        ask(service, way, "t", [("user", "Q"), ASKED, result])
    assert [failure.kind for failure in caught.value.failures] == ["bad_request", "bad_request"]
    assert server.requests == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"directory": 5}, "`directory`: expected a path, got 5"),
        ({"models_file": 5}, "`models_file`: expected a path, got 5"),
        ({"env_files": 5}, "`env_files`: expected paths, got 5"),
        ({"env_files": b"x"}, "`env_files`: expected paths, got b'x'"),
        ({"env_files": [None]}, "`env_files`: expected a path, got None"),
    ],
)
def test_paths_that_are_none_are_refused(arguments, words):
    """A service says which of its files cannot be meant."""
    with pytest.raises(UsageError, match=f"^{words}$"):
        AIService(**arguments)


def test_one_path_is_one_env_file(work):
    """A single path may stand for a list of one, as text or as a Path."""
    (work / "only.env").write_text("AI_CHAT_MODEL=gpt-6-luna\n")
    for given in ("only.env", Path("only.env"), [Path("only.env")]):
        with AIService(env_files=given) as service:
            assert service.get_model_for_task("chat").id == "gpt-6-luna"


DATED = """[[models.m.price.changes]]
from = 2027-01-01T12:00:00Z
input = 3
[models.m.price.peak]
days = "mon-sun"
utc = ["20:00-21:00"]
input = 7
"""


@pytest.fixture
def dated(server: ModelServer, work: Path) -> Iterator[AIService]:
    """A model that costs 1 dollar, 3 from the noon of a day on, and 7 between eight and nine in the evening."""
    project(work, server.url, ["m", "plain"], {}, DATED)
    with AIService() as service:
        yield service


@pytest.mark.parametrize(
    ("on", "dollars"),
    [
        (datetime(2027, 1, 1, 11, 59, tzinfo=UTC), 1),
        (datetime(2027, 1, 1, 13, 59, tzinfo=timezone(timedelta(hours=2))), 1),
        (datetime(2027, 1, 1, 11, 59), 1),  # noqa: DTZ001 - one without an offset is what is tried
        (datetime(2027, 1, 1, 12), 3),  # noqa: DTZ001
        (datetime(2027, 1, 1, 20), 7),  # noqa: DTZ001
        (date(2026, 12, 31), 1),
        (date(2027, 1, 1), 3),
    ],
)
def test_a_moment_is_read_as_on_the_command_line(dated, on, dollars):
    """A time without an offset is UTC, and a day stands for its noon, whatever the price varies by."""
    assert dated.estimate_cost("m", input_tokens=10**6, output_tokens=0, on=on) == Decimal(dollars)
    assert dated.estimate_cost("plain", input_tokens=10**6, output_tokens=0, on=on) == Decimal(1)


@pytest.mark.parametrize("on", ["2027-01-01", 0, datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))])
@pytest.mark.parametrize("model", ["m", "plain"])
def test_what_is_no_moment_is_refused(dated, model, on):
    """It is refused alike for every model, also for one whose price never changes."""
    with pytest.raises(UsageError, match=r"^`on`: "):
        dated.estimate_cost(model, input_tokens=1, output_tokens=1, on=on)
