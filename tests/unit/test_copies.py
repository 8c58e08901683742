"""What can be pickled and copied: values, errors and what they hold; services cannot, and say so."""

import copy
import pickle
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import model_manager
from model_manager import (
    AIService,
    AnswerFormat,
    Audio,
    CallCheck,
    CallContext,
    ChatMessage,
    Chunk,
    Citation,
    ConfigurationError,
    Document,
    Image,
    ModelManagerError,
    OptionCheck,
    ProviderError,
    Reply,
    RouteError,
    Text,
    TokenCount,
    TokenLogprob,
    Tool,
    ToolCall,
    ToolCallDelta,
    UsageError,
    get_model_for_task,
    get_route_for_task,
)
from model_manager.core.pricing import Usage
from model_manager.errors import (
    AssignmentRefusedError,
    CatalogueError,
    CopyRefusedError,
    EnvFileError,
    LedgerError,
    Problem,
    RouteSyntaxError,
    SettingsError,
    UnknownNameError,
)
from model_manager.testing import FakeAnswer, FakeCall, FakeService

CALL = ToolCall(id="1", name="f", arguments="{}", signature="s", extras={"a": [1]})
REPLY = Reply(
    model="m",
    provider="p",
    model_id="m-1",
    text="fine",
    tool_calls=(CALL,),
    usage=Usage(input_tokens=3),
    cost_usd=Decimal("0.1"),
    call="c",
    extras={"content_blocks": [{"type": "text"}]},
)
VALUES: list[Any] = [
    REPLY,
    REPLY.message,
    ChatMessage("user", "Look", images=(Image(b"1", extras={"cache_control": {}}),)),
    ChatMessage.tool_result(CALL, "4"),
    Text("x"),
    Image(b"1"),
    Document(b"1"),
    Audio(b"1"),
    CALL,
    Tool(name="f", extras={"strict": True}),
    AnswerFormat(schema={"type": "object"}),
    Chunk("a", REPLY),
    OptionCheck(name="m", warnings=("careful",)),
    TokenCount(tokens=3, model="m", estimated=True),
    CallCheck(route="m", options=(OptionCheck(name="m"),), prompt_tokens=3),
    CallContext(call="c", model="m", provider="p", model_id="m", base_url="u", moment=datetime.now(UTC)),
    FakeAnswer("x"),
    Usage(input_tokens=1),
    Citation(url="https://example.org", title="A"),
    TokenLogprob(token="a", logprob=-0.5),
    ToolCallDelta(index=0, id="1", name="f", arguments="{}"),
    FakeCall("t", None, (ChatMessage("user", "x"),), {"max_tokens": 3}),
]
WAYS = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "oldest pickle": lambda value: pickle.loads(pickle.dumps(value, 2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_come_back_equal(way, value):
    """Messages, replies and all other values go between processes and caches."""
    found = way(value)
    assert found == value
    assert type(found) is type(value)
    if is_dataclass(value):
        assert [getattr(found, one.name) for one in fields(value)] == [
            getattr(value, one.name) for one in fields(value)
        ]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_models_and_routes_come_back_equal(way):
    """What the catalogue says of a model goes to other processes too."""
    for value in (get_model_for_task("chat"), get_route_for_task("chat")):
        assert way(value) == value


def failures() -> list[ModelManagerError]:
    lost = ProviderError("connection", "it broke", status=502, hint="try again", retryable=True, retry_after_s=2)
    lost.partial, lost.attempts, lost.request_id = REPLY, 3, "r"
    return [
        lost,
        RouteError("nothing answered", [lost, ProviderError("auth", "no")], hint="look"),
        UsageError("expected text", parameter="stop"),
        ConfigurationError("wrong", hint="mend it"),
        CatalogueError("1 problem", problems=[Problem("models.toml", "a", "is wrong", 3)]),
        RouteSyntaxError("a,,b", 2, "a name"),
        CopyRefusedError("no"),
        SettingsError("wrong"),
        EnvFileError("wrong"),
        LedgerError("wrong"),
        AssignmentRefusedError("no"),
        UnknownNameError("there is no x", hint="y", parameter="task"),
    ]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_errors_come_back_whole(way):
    """An error of a worker process has the kind, the hint and the partial reply that it had there."""
    for error in failures():
        found = way(error)
        assert type(found) is type(error)
        assert str(found) == str(error)
        kept, was = vars(found), vars(error)
        assert {name: value for name, value in kept.items() if name != "failures"} == {
            name: value for name, value in was.items() if name != "failures"
        }
        assert list(map(str, kept.get("failures", ()))) == list(map(str, was.get("failures", ())))


def test_every_public_value_is_among_them():
    """A public class that is a value of some kind is in these tests."""
    classes = {getattr(model_manager, name) for name in model_manager.__all__}
    routed = get_model_for_task("chat"), get_route_for_task("chat")
    tested = {type(value) for value in (*VALUES, *failures(), *routed)}
    left = {kind.__name__ for kind in classes - tested if isinstance(kind, type)}
    assert left <= {"AIService", "CallObserver", "CallOptions", "ModelManagerError"}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("kind", [AIService, FakeService])
def test_a_service_says_that_it_belongs_to_its_process(way, kind):
    """Pickling and copying are refused with a sentence that says what to do, as a TypeError like Python's own."""
    with kind() as service, pytest.raises(TypeError, match="cannot be pickled or copied") as caught:
        way(service)
    assert isinstance(caught.value, UsageError)
    assert caught.value.hint == "make one in each process; threads and event loops of a process share one"
