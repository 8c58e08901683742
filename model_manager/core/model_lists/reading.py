"""Reading providers' lists of models: one row after the other, without trust. Pure.

A row is told by its fields and not by who sent it, so that other accounts, proxies and new providers that speak
a known form are read as well. Prices stay exact decimals.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.core.model_lists import dates, prices
from model_manager.core.model_lists.listed import ListedModel, ListPage
from model_manager.core.models import CAPABILITIES
from model_manager.core.source_values import array, count, day_or_month, table, text
from model_manager.core.source_values import name as model_name

_GEMINI_PREFIX = "models/"
_EPOCH_WORDS = ("created", "created_at")
#: What other programs call a capability, in the lists of names of several providers.
_WORDS = {
    "tools": "function-calling",
    "structured_outputs": "structured-output",
    "structured_output": "structured-output",
    "reasoning": "reasoning",
    "image": "vision",
    "audio": "audio",
    "file": "pdf",
}
#: Anthropic's and Mistral's names, which say yes or no.
_FLAGS = {
    "image_input": "vision",
    "pdf_input": "pdf",
    "structured_outputs": "structured-output",
    "thinking": "reasoning",
    "vision": "vision",
    "function_calling": "function-calling",
    "reasoning": "reasoning",
    "audio": "audio",
    "completion_chat": "chat",
}
#: The fields of limits, the most telling first.
_CONTEXTS = ("context_window", "context_length", "max_input_tokens", "max_context_length", "inputTokenLimit")
_OUTPUTS = ("max_completion_tokens", "max_output_length", "max_tokens", "outputTokenLimit")
_CHAT_TYPES = ("chat", "language", "code")
_GENERATES = "generateContent"


class NotAListError(ValueError):
    """The answer is no list of models."""


def read_page(document: Any) -> ListPage:
    """The models of an answer, decoded with exact decimals (`core.source_values.parse_json`), in its order.

    Raises:
        NotAListError: it holds no list.
    """
    envelope = table(document)
    rows = (
        document
        if isinstance(document, list)
        else next((envelope[name] for name in ("data", "models") if isinstance(envelope.get(name), list)), None)
    )
    if rows is None:
        raise NotAListError("the answer holds no list of models")
    found = tuple(model for row in rows if (model := _model(table(row))))
    return ListPage(found, _next_page(envelope))


def _next_page(envelope: Mapping[str, Any]) -> str | None:
    if token := text(envelope.get("nextPageToken")):
        return token
    return text(envelope.get("last_id")) or "" if envelope.get("has_more") is True else None


def _model(row: Mapping[str, Any]) -> ListedModel | None:
    """A row as a model; None: it has no id."""
    model_id = text(row.get("id")) or text(row.get("model")) or text(row.get("name"))
    if not model_id:
        return None
    said = dict(_said(row))
    return ListedModel(
        model_id=model_id.removeprefix(_GEMINI_PREFIX),
        aliases=tuple(dict.fromkeys(alias for alias in array(row.get("aliases")) if text(alias))),
        name=text(row.get("display_name")) or text(row.get("displayName")) or text(row.get("name")),
        context_window=_context(row),
        max_output=_max_output(row),
        knowledge_cutoff=day_or_month(row.get("knowledge_cutoff")),
        price=prices.price_of(row),
        released=next((day for name in _EPOCH_WORDS if (day := dates.day(row.get(name)))), None),
        deprecated=dates.day(row.get("deprecated_at")),
        retires=dates.end_of(row),
        says_end=dates.says_end(row),
        replacement=model_name(row.get("deprecation_replacement_model")),
        capabilities=tuple(word for word in CAPABILITIES if said.get(word) is True),
        lacks=tuple(word for word in CAPABILITIES if said.get(word) is False),
        is_chat=_is_chat(row),
        is_retired=text(row.get("lifecycle")) == "retired" or row.get("active") is False,
    )


def _context(row: Mapping[str, Any]) -> int | None:
    """The context window in tokens; 0 stands for unknown in more than one list."""
    by_host = {count(host.get("context_length")) for host in prices.hosts(row)}
    return _first(
        *(row.get(name) for name in _CONTEXTS),
        table(row.get("meta")).get("n_ctx"),
        table(row.get("limits")).get("max_context_length"),
        by_host.pop() if len(by_host) == 1 else None,
    )


def _max_output(row: Mapping[str, Any]) -> int | None:
    inner = (table(row.get("top_provider")), table(row.get("limits")))
    return _first(*(row.get(name) for name in _OUTPUTS), *(one.get("max_completion_tokens") for one in inner))


def _first(*values: object) -> int | None:
    """The first that is a number of tokens."""
    return next((found for value in values if (found := count(value))), None)


def _said(row: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """The capabilities that a row states, with whether the model has them."""
    flags = table(row.get("capabilities"))
    for name, word in _FLAGS.items():
        value = flags.get(name)
        supported = table(value).get("supported") if isinstance(value, dict) else value
        if isinstance(supported, bool):
            yield word, supported
    inputs = array(row.get("input_modalities")) or array(table(row.get("architecture")).get("input_modalities"))
    listed = (*inputs, *array(row.get("supported_features")), *array(row.get("supported_parameters")))
    yield from ((_WORDS[name], True) for name in listed if isinstance(name, str) and name in _WORDS)
    if row.get("thinking") is True:
        yield "reasoning", True


def _is_chat(row: Mapping[str, Any]) -> bool | None:
    """Whether it answers with text; None where the list does not tell."""
    if prices.is_router(row):
        return False
    if methods := array(row.get("supportedGenerationMethods")):
        return _GENERATES in methods
    if isinstance(says := table(row.get("capabilities")).get("completion_chat"), bool):
        return says
    outputs = array(row.get("output_modalities")) or array(table(row.get("architecture")).get("output_modalities"))
    if outputs:
        return "text" in outputs
    kind = text(row.get("type"))
    return None if kind in (None, "model", "base", "fine-tuned") else kind in _CHAT_TYPES
