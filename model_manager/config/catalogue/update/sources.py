"""The sources that facts are taken from, and telling by its shape which one a document comes from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from model_manager.config.catalogue.update import tables
from model_manager.config.catalogue.update.provider_lists import rows_of
from model_manager.config.catalogue.update.rows import SourceRow
from model_manager.core.source_error import SourceError
from model_manager.core.source_values import rows, table

Parse = Callable[[Any, date], Iterator[SourceRow]]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A source, as the code knows it.

    Attributes:
        name: what it is called: the table's name, or the provider's id.
        parse: its document to rows; the day is that of the prices.
        url: where it is; None: where its provider has its list.
        provider: whose own list it is; None: others keep it.
    """

    name: str
    parse: Parse
    url: str | None = None
    provider: str | None = None


def _list(provider: str, url: str | None = None) -> SourceKind:
    """A provider's own list of its models."""
    return SourceKind(provider, lambda document, _on: rows_of(provider, document), url, provider)


_GITHUB = "https://raw.githubusercontent.com"
_KINDS = (
    SourceKind("models.dev", tables.models_dev, "https://models.dev/api.json"),
    SourceKind("litellm", tables.litellm, f"{_GITHUB}/BerriAI/litellm/main/model_prices_and_context_window.json"),
    SourceKind(
        "genai-prices",
        tables.genai_prices,
        f"{_GITHUB}/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data.json",
    ),
    _list("openrouter", "https://openrouter.ai/api/v1/models"),
    *map(_list, ("anthropic", "openai", "google", "groq", "mistral", "xai", "together", "cerebras")),
)
#: Every source by its name, in the order in which they are asked and shown.
SOURCES = {kind.name: kind for kind in _KINDS}
_SHAPES_SHOWN = "expected a table of models.dev, LiteLLM or genai-prices, or a provider's list of models"


def kind_of(document: Any) -> SourceKind:
    """The source of a document, told by its shape.

    Raises:
        SourceError: it has none of the shapes that are known.
    """
    if isinstance(document, list):
        first: Any = next(rows(document), {})
        name = "genai-prices" if isinstance(first.get("models"), list) else "together"
        if name == "together" and not {"id", "pricing"} <= first.keys():
            raise SourceError(f"has an unknown format: {_SHAPES_SHOWN}")
        return SOURCES[name]
    for name, is_one in _SHAPES:
        if is_one(table(document)):
            return SOURCES[name]
    raise SourceError(f"has an unknown format: {_SHAPES_SHOWN}")


def _any_row(key: str, *fields: str) -> Callable[[Any], bool]:
    """Whether some row of an array has all of these fields."""
    wanted = set(fields)
    return lambda document: any(wanted <= row.keys() for row in rows(document.get(key)))


def _any_entry(*fields: str) -> Callable[[Any], bool]:
    """Whether some value of the object has all of these fields."""
    wanted = set(fields)
    return lambda document: any(wanted <= table(value).keys() for value in document.values())


#: The shapes of objects, the most telling first.
_SHAPES: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("google", _any_row("models", "name", "supportedGenerationMethods")),
    ("xai", _any_row("models", "id", "prompt_text_token_price")),
    ("openrouter", _any_row("data", "id", "pricing", "architecture")),
    ("anthropic", _any_row("data", "id", "display_name", "max_input_tokens")),
    ("mistral", _any_row("data", "id", "max_context_length", "capabilities")),
    ("groq", _any_row("data", "id", "active", "context_window")),
    ("cerebras", _any_row("data", "id", "pricing", "limits")),
    ("openai", lambda document: any(_is_openais(row) for row in rows(document.get("data")))),
    ("litellm", _any_entry("litellm_provider")),
    ("models.dev", _any_entry("models", "id", "env")),
)


def _is_openais(row: Any) -> bool:
    owner = row.get("owned_by")
    return isinstance(owner, str) and (owner in ("system", "openai") or owner.startswith("openai-"))
