"""The base types of all JSON documents, and the numbers in them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from typing_extensions import TypedDict


class SchemaHint:
    """Keywords that JSON Schema should have for a value and that its Python type does not tell.

    Pydantic calls the method below of whatever stands in `Annotated`, so that this module needs no pydantic.
    """

    def __init__(self, **keywords: Any) -> None:
        self._keywords = keywords

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> Mapping[str, Any]:
        """The schema of the type with the keywords added."""
        return {**handler(core_schema), **self._keywords}


#: A decimal that is written as a JSON number with all its digits.
Number = Annotated[Decimal, SchemaHint(type="number")]
Usd = Annotated[Decimal, SchemaHint(type="number", description="US dollars, with all digits.")]


class JsonObject(TypedDict):
    """An object that has the fields of its type and no others."""


class RootDocument(JsonObject):
    """A whole document."""

    schema: Literal[1]
    """Version of the documents' shapes."""
