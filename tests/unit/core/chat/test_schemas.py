"""Schemas of answers: closed for providers that are strict, or left as they are."""

from typing import Any

import pydantic
import pytest
from exchange_player import endpoint_of

from model_manager.core.chat.schemas import closed, is_closed, without_bounds, without_further_properties
from model_manager.core.chat.tools import answer_format
from model_manager.core.messages import ChatMessage
from model_manager.core.options import AnswerFormat, ChatOptions
from model_manager.providers import wire_of

SHUT = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}


class Street(pydantic.BaseModel):
    name: str
    number: int | None = None


class City(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=1, description="Its name")
    country: str = "Norway"
    main: Street = pydantic.Field(default=Street(name="x"), description="The longest")
    streets: list[Street] = []


class Table(pydantic.BaseModel):
    cells: dict[str, int]


class Anything(pydantic.BaseModel):
    value: Any


def test_a_class_is_closed_through_and_through() -> None:
    """A class's schema requires every property, forbids others, and has nothing that strict providers refuse."""
    form = answer_format(City)
    assert (form.name, form.strict, is_closed(form.schema)) == ("City", True, True)
    assert form.schema["required"] == ["name", "country", "main", "streets"]
    assert form.schema["$defs"]["Street"]["required"] == ["name", "number"]
    assert "default" not in str(form.schema)
    assert form.schema["properties"]["main"] == {
        "anyOf": [{"$ref": "#/$defs/Street"}],
        "description": "The longest",
    }


@pytest.mark.parametrize("given", [Table, Anything])
def test_a_class_that_cannot_be_closed_is_not_strict(given: type) -> None:
    """A table with any keys, or a value of any kind, stays open and is asked for without strictness."""
    form = answer_format(given)
    assert form.strict is False
    assert form.schema == given.model_json_schema()


def test_a_classs_name_has_the_letters_that_providers_take() -> None:
    """A generic class's name is written in the letters of a name."""
    named = type("Page[int]", (City,), {})
    assert answer_format(named).name == "Page_int_"


WRAPPED = [
    ({"strict": True}, True),
    ({"strict": False}, False),
    ({}, False),
]


@pytest.mark.parametrize(("said", "strict"), WRAPPED)
def test_a_mapping_is_as_strict_as_it_says(said: dict, strict: object) -> None:
    """In OpenAI's wrapping, strict is what the application has said."""
    form = answer_format({"type": "json_schema", "json_schema": {"name": "x", "schema": SHUT, **said}})
    assert form.strict is strict


@pytest.mark.parametrize(
    ("form", "strict"),
    [
        (AnswerFormat(schema=SHUT), True),
        (AnswerFormat(schema=OPEN), None),
        (AnswerFormat(schema=SHUT, strict=False), None),
        (AnswerFormat(schema=OPEN, strict=True), True),
    ],
)
def test_openai_is_asked_to_be_strict_where_it_can_be(form: AnswerFormat, strict: object) -> None:
    """A schema of which nobody has said how strict it is goes out strict if it is closed."""
    sent = sent_by("openai", form)["response_format"]["json_schema"]
    assert (sent.get("strict"), sent["schema"]) == (strict, dict(form.schema))


def sent_by(wire: str, form: AnswerFormat) -> dict:
    call = wire_of(wire).build_call(endpoint_of(wire), [ChatMessage("user", "Q")], ChatOptions(answer_format=form))
    return dict(call.body)


def test_anthropic_gets_a_schema_that_it_takes() -> None:
    """Anthropic's API refuses objects that are not closed, and bounds: it gets neither, and what is required stays."""
    bounded = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}, "required": []}
    sent = sent_by("anthropic", AnswerFormat(schema=bounded))["output_config"]["format"]["schema"]
    assert sent == {
        "type": "object",
        "properties": {"a": {"type": "integer"}},
        "required": [],
        "additionalProperties": False,
    }


def test_schemas_inside_schemas() -> None:
    """Every place in which a schema can stand is closed, and a property that is called like a keyword is none."""
    schema = {
        "type": "object",
        "properties": {
            "minimum": {"type": "integer", "minimum": 1},
            "default": OPEN,
            "any": {"anyOf": [OPEN, SHUT]},
        },
        "$defs": {"deep": {"type": "array", "items": OPEN}},
    }
    shut = closed(schema)
    assert is_closed(shut)
    assert shut["$defs"]["deep"]["items"] == SHUT
    assert list(shut["properties"]) == ["minimum", "default", "any"]
    assert without_bounds(schema)["properties"]["minimum"] == {"type": "integer"}
    assert without_further_properties(OPEN) == {**OPEN, "additionalProperties": False}
    assert not is_closed(schema)
