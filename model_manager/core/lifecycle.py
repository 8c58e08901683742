"""The lifecycle of a model as a finding: retired, retiring soon, deprecated."""

from collections.abc import Iterable
from datetime import date

from model_manager.core.models import Catalogue, Model
from model_manager.core.requirements import Finding

#: Days before its retirement from which a model gets a warning.
SOON_DAYS = 30
#: Days after which prices that nobody has compared with their sources are doubtful.
STALE_DAYS = 30


def is_current(model: Model) -> bool:
    """Whether a model is neither legacy nor has an announced end: such are suggested before all others."""
    return model.stage != "legacy" and model.deprecated is None and model.retires is None


def lifecycle_problem(model: Model, on: date, soon_days: int = SOON_DAYS) -> Iterable[Finding]:
    """At most one finding: the model is retired, retires within some days, or is deprecated."""
    days = model.days_left(on)
    advice = f"; use {model.replacement}" if model.replacement else ""
    match model.status(on):
        case "retired":
            yield Finding("retired", "error", f"{model.id} retired on {model.retires}{advice}", model.id)
        case _ if days is not None and days <= soon_days:
            message = f"{model.id} retires in {days} day{'s' if days != 1 else ''} ({model.retires}){advice}"
            yield Finding("retires_soon", "warning", message, model.id)
        case "deprecated":
            when = f", retires on {model.retires}" if model.retires else ""
            yield Finding("deprecated", "warning", f"{model.id} is deprecated{when}{advice}", model.id)
        case _:
            return


def stale_facts(catalogue: Catalogue, on: date) -> Finding | None:
    """A finding if the catalogue's facts were compared with their sources too long before a day."""
    if catalogue.compared is None or (days := (on - catalogue.compared).days) <= STALE_DAYS:
        return None
    message = f"prices and limits were last compared on {catalogue.compared}, {days} days ago: run `update`"
    return Finding("stale_facts", "warning", message)
