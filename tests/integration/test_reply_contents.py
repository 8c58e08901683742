"""What a call of the service brings back beside text: objects, thoughts, calls in pieces, plain values; functions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from model_server import ModelServer, model_server
from pydantic import BaseModel, Field, field_validator
from service_calls import WAYS, ask, project

from model_manager import AIService, Chunk, ProviderError, UsageError
from model_manager.core.chat.tools import answer_format
from model_manager.core.options import AnswerFormat
from model_manager.rendering.documents.types.calls import TestResultObject


class City(BaseModel):
    """A city."""

    name: str
    people: int

    @field_validator("people")
    @classmethod
    def _positive(cls, people: int) -> int:
        if people == 13:
            raise RuntimeError("not that number")
        return people


ANSWERS = {
    "good": '{"name": "Oslo", "people": 700000}',
    "bad": '{"name": "Oslo"}',
    "text": "Oslo has many people.",
    "odd": '{"name": "Oslo", "people": 13}',
    "cut": '{"name": "Os',
    "thinks": "<think>Let me see.</think>\nOslo",
    "calls": None,
}


def answers(request: Any, answer: Any) -> None:
    """Each model gives its answer, in pieces where it is streamed."""
    said, finish = ANSWERS[request.model.removeprefix("m-")], "length" if request.model == "m-cut" else "stop"
    call = {
        "index": 0,
        "id": "c1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
    }
    message = {"content": said, "reasoning_content": "Hm."} if said else {"content": None, "tool_calls": [call]}
    if not request.body.get("stream"):
        answer.json(
            {"model": request.model, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}
        )
        return
    function = {"name": "weather", "arguments": ""}
    deltas: list[dict[str, Any]] = [{"tool_calls": [{**call, "function": function}]}]
    deltas += [
        {"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ('{"city":', ' "Oslo"}')
    ]
    if said:
        deltas = [{"reasoning_content": "Hm."}, {"content": said[:3]}, {"content": said[3:]}]
    for delta in deltas:
        answer.event({"choices": [{"index": 0, "delta": delta}]})
    answer.event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    answer.event("[DONE]")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server(answers) as running:
        yield running


@pytest.fixture
def service(server: ModelServer, work: Path) -> Iterator[AIService]:
    models = [f"m-{name}" for name in ANSWERS]
    routes = dict(zip(ANSWERS, models, strict=True)) | {"rescued": "m-bad,m-good"}
    project(work, server.url, models, routes, **{"m-thinks": "parameters = { think_tags = true }"})
    with AIService() as running:
        yield running


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_becomes_an_object(service, way):
    """Of a class that is given as the form of the answer, the reply has an object, in all ways to call."""
    reply = ask(service, way, "good", response_format=City)
    assert reply.parsed == City(name="Oslo", people=700_000)
    assert json.loads(reply.text) == reply.parsed.model_dump() == reply.to_dict()["parsed"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("bad", "does not fit City: people: Field required"),
        ("text", "does not fit City: Invalid JSON"),
        ("odd", "does not fit City: not that number"),
        ("cut", "does not fit City: Invalid JSON"),
    ],
)
def test_an_answer_that_does_not_fit_is_a_failure(service, server, way, task, words):
    """What the class does not take fails, is not asked for again, says where, and keeps the text."""
    with pytest.raises(ProviderError, match=words) as raised:
        ask(service, way, task, response_format=City)
    error = raised.value
    kind = "truncated" if task == "cut" else "protocol"
    assert (error.kind, error.partial.text, error.partial.complete) == (kind, ANSWERS[task], True)
    assert (error.partial.parsed, len(server.requests), error.attempts) == (None, 1, 1)


class OddError(Exception):
    """An error whose problems are not those of pydantic."""

    def errors(self) -> list[dict[str, str]]:
        return [{"place": "nowhere"}]


class Picky:
    """A class of the application's whose errors cannot be read."""

    @classmethod
    def model_json_schema(cls) -> dict[str, object]:
        return {"type": "object", "properties": {}}

    @classmethod
    def model_validate_json(cls, text: str) -> None:
        raise OddError(text)


def test_an_error_that_cannot_be_read_is_named_by_its_type(service):
    """The application's class may fail as it likes: the answer does not fit, and its text is kept."""
    with pytest.raises(ProviderError, match="does not fit Picky: OddError") as raised:
        service.chat("good", "Hello", response_format=Picky)
    assert (raised.value.kind, raised.value.partial.text) == ("protocol", ANSWERS["good"])


def test_an_answer_that_does_not_fit_falls_back(service):
    """Another model may do better, unless the text has been shown."""
    reply = service.chat("rescued", "Hello", response_format=City)
    assert (reply.model, reply.parsed.name) == ("m-good", "Oslo")
    assert any("m-bad: protocol" in warning for warning in reply.warnings)
    with pytest.raises(ProviderError, match="does not fit"):
        list(service.stream("rescued", "Hello", response_format=City))


def test_a_call_of_a_tool_is_no_answer_to_parse(service):
    """An answer that asks for tools is not yet the one that has the form."""
    reply = service.chat("calls", "Hello", response_format=City, tools=[weather])
    assert (reply.parsed, [call.name for call in reply.tool_calls]) == (None, ["weather"])


def test_a_schema_alone_makes_no_object(service):
    """Without a class there is nothing to make of the text."""
    assert service.chat("bad", "Hello", response_format={"type": "object"}).parsed is None


def test_chunks_carry_thoughts_and_pieces_of_calls(service):
    """A stream shows thoughts and calls as they come, and its text alone can be printed as before."""
    found = list(service.stream("good", "Hello"))
    assert found[:-1] == [Chunk(reasoning="Hm."), Chunk(text='{"n'), Chunk(text='ame": "Oslo", "people": 700000}')]
    assert found[-1].reply.reasoning == "Hm."
    pieces = [piece for chunk in service.stream("calls", "Hello", tools=[weather]) for piece in chunk.tool_calls]
    assert [(piece.index, piece.id, piece.name, piece.arguments) for piece in pieces] == [
        (0, "c1", "weather", ""),
        (0, None, "", '{"city":'),
        (0, None, "", ' "Oslo"}'),
    ]


@pytest.mark.parametrize("way", WAYS)
def test_think_tags_are_a_parameter(service, way):
    """`think_tags` in models.toml takes the thoughts out of the text."""
    reply = ask(service, way, "thinks")
    assert (reply.text, reply.reasoning) == ("Oslo", "Hm.Let me see.")


def test_a_reply_as_plain_values(service):
    """`to_dict` has the fields of a result of `test`, but for those of the test itself, and JSON takes it."""
    plain = service.chat("good", "Hello").to_dict()
    of_the_test = {"task", "failures", "ok", "key_env", "error"}
    assert TestResultObject.__annotations__.keys() - plain.keys() == of_the_test
    assert plain.keys() - TestResultObject.__annotations__.keys() == {"call", "complete", "parsed"}
    assert json.loads(json.dumps(plain)) == plain


async def weather(  # noqa: D417 - not every argument has to be told
    city: Annotated[str, Field(description="Where.")], days: int = 1, unit: Literal["C", "F"] = "C"
) -> str:
    """The weather of a city.

    As it is seen from the ground.

    Args:
        city: not this one.
        days: how many days
            from today on.

    Returns:
        A sentence: with a colon.
    """
    return f"{city} {days} {unit}"


@pytest.mark.parametrize("way", ["chat", "astream"])
def test_functions_are_tools(service, server, way):
    """A function's name, docstring and types become a tool, and a description in its type wins."""
    ask(service, way, "calls", tools=[weather])
    function = server.requests[-1].body["tools"][0]["function"]
    assert function["name"] == "weather"
    assert function["description"] == "The weather of a city.\n\nAs it is seen from the ground."
    assert function["parameters"] == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where."},
            "days": {"type": "integer", "default": 1, "description": "how many days from today on."},
            "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


class Client:
    """Something that has methods."""

    def find(self, city: City) -> None:
        """Find a city."""

    def __call__(self, word: str) -> None:
        """Call it."""


def test_methods_and_functions_without_parameters_are_tools(service, server):
    """A bound method has no self to give, nested models bring their schema, and no parameters are an empty object."""

    def now() -> str:
        return "now"

    service.chat("calls", "Hello", tools=[Client().find, now])
    find, moment = (tool["function"] for tool in server.requests[-1].body["tools"])
    assert find["parameters"]["properties"] == {"city": {"$ref": "#/$defs/City"}}
    assert find["parameters"]["$defs"]["City"]["required"] == ["name", "people"]
    assert (moment["name"], moment["description"], moment["parameters"]["properties"]) == ("now", "", {})


def untyped(city): ...
def many(*cities: str): ...
def loose(**cities: str): ...
def positional(city: str, /): ...
def unknown(city: "Nowhere"): ...  # noqa: F821 - that is the test
def strange(city: object()): ...


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (untyped, r"tool 1: untyped\(\): the parameter city has no type"),
        (many, r"many\(\): a model gives arguments by name, and \*cities: str cannot be given by name"),
        (loose, r"loose\(\): a model gives arguments by name"),
        (positional, r"positional\(\): a model gives arguments by name"),
        (unknown, r"unknown\(\): its parameters have no JSON schema"),
        (strange, r"strange\(\): its parameters have no JSON schema"),
        (lambda: 1, "tool 1: <lambda> is not a function with a name"),
        (Client, "tool 1: Client is not a function with a name"),
        (Client(), "tool 1: Client is not a function with a name"),
        (3, "tool 1: expected a name"),
    ],
)
def test_functions_that_cannot_be_tools_are_refused(service, server, tool, words):
    """What no model could call is refused before anything is sent, with the way to mend it."""
    with pytest.raises(UsageError, match=words) as raised:
        service.chat("calls", "Hello", tools=[tool])
    assert raised.value.hint
    assert server.requests == []


def test_any_json_object_can_be_asked_for(service, server):
    """{"type": "json_object"} goes out as it is, needs no schema, and "text" asks for nothing."""
    service.chat("good", "Hello", response_format={"type": "json_object"})
    assert server.requests[-1].body["response_format"] == {"type": "json_object"}
    service.chat("good", "Hello", response_format={"type": "text"})
    assert "response_format" not in server.requests[-1].body
    assert answer_format({"type": "json_object", "schema": {"type": "object"}}) == AnswerFormat(
        schema={"type": "object"}
    )
