"""Providers' own lists of their models, as rows of facts: the user's own truth."""

from collections.abc import Iterator
from typing import Any

from model_manager.config.catalogue.update.rows import SourceRow, capability_facts, price_facts, stated
from model_manager.core.model_lists import ListedModel, NotAListError, read_page
from model_manager.core.source_error import SourceError
from model_manager.core.source_values import Fact


def rows_of(provider: str, document: Any) -> Iterator[SourceRow]:
    """The rows of a provider's list, without models that do not answer with text.

    Raises:
        SourceError: it is a part of a list. All of it is asked for at once, and providers have fewer models.
    """
    try:
        page = read_page(document)
    except NotAListError:
        return
    if page.next_page is not None:
        raise SourceError("is incomplete: it says that there are further pages")
    for model in page.models:
        if model.is_chat is not False:
            yield SourceRow(provider, model.model_id, facts_of(model))


def facts_of(model: ListedModel) -> dict[str, Fact]:
    """What a list says of a model. Its dates of release are left out: many are those of the row."""
    limits: dict[str, Fact] = {
        "context_window": model.context_window,
        "max_output": model.max_output,
        "knowledge_cutoff": model.knowledge_cutoff,
        "replacement": model.replacement,
    }
    price: dict[str, Fact] = {}
    if model.price:
        tiers = {tier.above: tier.rates.stated() for tier in model.price.tiers}
        price = price_facts(model.price.rates.stated(), tiers)
    end: dict[str, Fact] = {"retires": model.retires} if model.says_end else {}
    return price | stated(limits) | end | capability_facts((word, True) for word in model.capabilities)
