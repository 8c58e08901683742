"""The lists of their models that providers give to whoever has a key: the user's own truth."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from model_manager.config.catalogue.update import values as take
from model_manager.config.catalogue.update.rows import SourceRow, capability_facts, price_facts, stated
from model_manager.config.catalogue.update.values import Fact

_PER_TOKEN = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
}
_PER_MILLION = {"input": "input", "output": "output", "cached_input": "cache_read"}
#: xAI counts in US cents per 100 million tokens: 12500 are 1.25 dollars per million.
_XAI_RATES = {
    "prompt_text_token_price": "input",
    "cached_prompt_text_token_price": "cache_read",
    "completion_text_token_price": "output",
}
_XAI_SCALE = -4
_GROQ_FEATURES = {
    "tools": "function-calling",
    "structured_outputs": "structured-output",
    "reasoning": "reasoning",
}
_ANTHROPIC_CAPABILITIES = {
    "image_input": "vision",
    "pdf_input": "pdf",
    "structured_outputs": "structured-output",
    "thinking": "reasoning",
}


def anthropic(document: Any, _on: date) -> Iterator[SourceRow]:
    """Limits, capabilities and, since late 2026, the day on which a model ends."""
    for row in take.rows(take.table(document).get("data")):
        if model_id := take.text(row.get("id")):
            limits = {
                "context_window": take.count(row.get("max_input_tokens")),
                "max_output": take.count(row.get("max_tokens")),
            }
            said = take.table(row.get("capabilities"))
            has = [
                (word, take.table(said.get(key)).get("supported")) for key, word in _ANTHROPIC_CAPABILITIES.items()
            ]
            facts = stated(limits) | capability_facts(has) | _end(row, "retires_at")
            yield SourceRow("anthropic", model_id, facts)


def openai(document: Any, _on: date) -> Iterator[SourceRow]:
    """The day on which a model is shut down: no limits and no prices."""
    for row in take.rows(take.table(document).get("data")):
        if model_id := take.text(row.get("id")):
            yield SourceRow("openai", model_id, _end(row, "shutdown_date"))


def google(document: Any, _on: date) -> Iterator[SourceRow]:
    """Limits of the models that generate content."""
    for row in take.rows(take.table(document).get("models")):
        name = take.text(row.get("name"))
        if name and "generateContent" in take.words(row.get("supportedGenerationMethods")):
            limits = {
                "context_window": take.count(row.get("inputTokenLimit")),
                "max_output": take.count(row.get("outputTokenLimit")),
            }
            facts = stated(limits) | capability_facts([("reasoning", row.get("thinking"))])
            yield SourceRow("google", name.removeprefix("models/"), facts)


def groq(document: Any, _on: date) -> Iterator[SourceRow]:
    """Prices per token as texts, limits and capabilities of what writes text."""
    for row in take.rows(take.table(document).get("data")):
        model_id = take.text(row.get("id"))
        if not model_id or "text" not in take.words(row.get("output_modalities")):
            continue
        limits = {
            "context_window": take.count(row.get("context_window")),
            "max_output": take.count(row.get("max_completion_tokens")),
        }
        features = take.words(row.get("supported_features"))
        has = [(word, name in features) for name, word in _GROQ_FEATURES.items()]
        has.append(("vision", "image" in take.words(row.get("input_modalities"))))
        price = _token_price(take.table(row.get("pricing")))
        yield SourceRow("groq", model_id, price | stated(limits) | capability_facts(has))


def mistral(document: Any, _on: date) -> Iterator[SourceRow]:
    """Window, capabilities, the day on which a model ends and what replaces it; a row for each alias."""
    for row in take.rows(take.table(document).get("data")):
        said = take.table(row.get("capabilities"))
        model_id = take.text(row.get("id"))
        if not model_id or said.get("completion_chat") is not True:
            continue
        has = [
            ("function-calling", said.get("function_calling")),
            ("reasoning", said.get("reasoning")),
            ("vision", said.get("vision")),
            ("audio", said.get("audio")),
        ]
        limits = {
            "context_window": take.count(row.get("max_context_length")),
            "replacement": take.name(row.get("deprecation_replacement_model")),
        }
        facts = stated(limits) | capability_facts(has) | _end(row, "deprecation")
        yield SourceRow("mistral", model_id, facts)


def xai(document: Any, _on: date) -> Iterator[SourceRow]:
    """Prices in US cents per 100 million tokens, with those of long prompts."""
    for row in take.rows(take.table(document).get("models")):
        if model_id := take.text(row.get("id")):
            base = {ours: take.per_token(row.get(key), _XAI_SCALE) for key, ours in _XAI_RATES.items()}
            above = take.count(row.get("long_context_threshold"))
            long = {
                ours: take.per_token(row.get(f"{key}_long_context"), _XAI_SCALE)
                for key, ours in _XAI_RATES.items()
            }
            yield SourceRow("xai", model_id, price_facts(base, {above: long} if above else {}))


def together(document: Any, _on: date) -> Iterator[SourceRow]:
    """Prices per million tokens and windows of what chats."""
    for row in take.rows(document):
        if (model_id := take.text(row.get("id"))) and row.get("type") in (None, "chat", "language"):
            pricing = take.table(row.get("pricing"))
            base = {ours: take.number(pricing.get(key)) for key, ours in _PER_MILLION.items()}
            limits = stated({"context_window": take.count(row.get("context_length"))})
            yield SourceRow("together", model_id, price_facts(base) | limits)


def cerebras(document: Any, _on: date) -> Iterator[SourceRow]:
    """Prices per token as texts, and limits."""
    for row in take.rows(take.table(document).get("data")):
        if model_id := take.text(row.get("id")):
            said = take.table(row.get("limits"))
            limits = {
                "context_window": take.count(said.get("max_context_length")),
                "max_output": take.count(said.get("max_completion_tokens")),
            }
            price = _token_price(take.table(row.get("pricing")))
            yield SourceRow("cerebras", model_id, price | stated(limits))


def _token_price(pricing: Mapping[str, Any]) -> dict[str, Fact]:
    return price_facts({ours: take.per_token(pricing.get(key)) for key, ours in _PER_TOKEN.items()})


def _end(row: Mapping[str, Any], key: str) -> dict[str, Fact]:
    """When a model ends. That a field which these lists have is null says that there is no such day."""
    return {"retires": take.day(row.get(key))} if key in row else {}
