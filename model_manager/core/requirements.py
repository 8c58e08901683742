"""Requirements of a task, and which of them a model fails, or may fail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_manager.core.models import Model, Task


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with an assignment, for its owner.

    Codes: unassigned invalid_route unknown_model retired retires_soon deprecated missing_key lacks_capability
    unknown_capability context_too_small unknown_context too_expensive unknown_price no_auto_table same_provider
    smaller_context weaker_backup failures_doubled latency_doubled no_base_url stale_facts. Severities: error (it
    cannot work, or not as required), warning (it will stop working, or cannot work here), info (unknown).
    """

    code: str
    severity: Literal["error", "warning", "info"]
    message: str
    model: str | None = None


def unmet(task: Task, model: Model, moment: datetime) -> Iterable[Finding]:
    """The requirements of a task that a model fails ("error") or that are unknown ("info") at a moment."""
    yield from _capabilities(task, model)
    if task.min_context is not None:
        if model.context_window is None:
            yield Finding("unknown_context", "info", f"the context window of {model.id} is unknown", model.id)
        elif model.context_window < task.min_context:
            needed = f"{task.name} needs {task.min_context:,}"
            message = f"{model.id} has a context window of {model.context_window:,} tokens, {needed}"
            yield Finding("context_too_small", "error", message, model.id)
    if task.max_price is not None:
        yield from _price(task.name, task.max_price, model, moment)


def _capabilities(task: Task, model: Model) -> Iterable[Finding]:
    lacking = [word for word in task.requires if model.has(word) is False]
    unknown = [word for word in task.requires if model.has(word) is None]
    if lacking:
        message = f"{model.id} lacks {', '.join(lacking)}, which {task.name} requires"
        yield Finding("lacks_capability", "error", message, model.id)
    if unknown:
        message = f"{model.id} may lack {', '.join(unknown)}, which {task.name} requires"
        yield Finding("unknown_capability", "info", message, model.id)


def _price(task_name: str, limit: Decimal, model: Model, moment: datetime) -> Iterable[Finding]:
    """`max_price` is the highest input rate in US dollars per million tokens, as `list --max-price` has it."""
    rate = model.price.on(moment).input if model.price else None
    if rate is None:
        yield Finding("unknown_price", "info", f"the price of {model.id} is unknown", model.id)
    elif rate > limit:
        message = f"{model.id} costs ${rate} per million input tokens, {task_name} allows ${limit}"
        yield Finding("too_expensive", "error", message, model.id)
