"""Findings about a fallback chain as a whole, before its first model fails."""

from collections.abc import Iterator

from model_manager.core.models import Catalogue, Model
from model_manager.core.requirements import Finding
from model_manager.core.routing.auto import AutoRules
from model_manager.core.routing.choosing import names_of
from model_manager.core.routing.grammar import Route, RouteOption

#: A window this much smaller still counts as the same size: 1,000,000 and 1,048,576 tokens are.
_SAME_CONTEXT = 0.9
#: What a conversation may come to need without its task saying so.
_NEEDED_ALIKE = ("function-calling", "structured-output", "vision", "streaming")


def chain_problems(route: Route, auto: AutoRules | None, catalogue: Catalogue) -> Iterator[Finding]:
    """Backups that fall with the first option, or cannot take over what it can do."""
    chain = [_models(option, auto, catalogue) for option in route.options]
    if len(chain) < 2 or not chain[0]:  # noqa: PLR2004 - a chain has two
        return
    first = chain[0]
    for position, models in enumerate(chain[1:], 2):
        for model in models:
            earlier = [other for option in chain[: position - 1] for other in option]
            same = next((other for other in earlier if other.provider == model.provider), None)
            if same is not None:
                what = (
                    "is already tried before it" if same.id == model.id else f"has the same provider as {same.id}"
                )
                message = f"option {position}, {model.id}, {what}: it fails when {model.provider} does"
                yield Finding("same_provider", "warning", message, model.id)
            yield from _weaker(model, first[0], position)


def _models(option: RouteOption, auto: AutoRules | None, catalogue: Catalogue) -> list[Model]:
    names = names_of(Route((option,)), auto)
    return [model for name in names if (model := catalogue.find(name))]


def _weaker(model: Model, first: Model, position: int) -> Iterator[Finding]:
    """Findings about backups that cannot take what the first option can."""
    if (
        first.context_window
        and model.context_window
        and model.context_window < first.context_window * _SAME_CONTEXT
    ):
        message = (
            f"option {position}, {model.id}, has a context window of {model.context_window:,} tokens, "
            f"{first.id} has {first.context_window:,}: a long conversation may not fit"
        )
        yield Finding("smaller_context", "warning", message, model.id)
    lacking = [word for word in _NEEDED_ALIKE if first.has(word) and model.has(word) is False]
    if lacking:
        message = f"option {position}, {model.id}, lacks {', '.join(lacking)}, which {first.id} has"
        yield Finding("weaker_backup", "warning", message, model.id)
