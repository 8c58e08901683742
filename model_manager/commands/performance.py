"""How models did lately by the ledger, and which are worse now; loads nothing where nothing was recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from model_manager.commands.measured import ledger_of
from model_manager.config.workspace import Workspace
from model_manager.core.requirements import Finding
from model_manager.errors import LedgerError

if TYPE_CHECKING:
    from model_manager.commands.model_performance import Lately


@dataclass(frozen=True, slots=True)
class Degraded:
    """What has become twice as bad as in a model's own week, by model; a warning if the ledger cannot be read."""

    models: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    warning: str | None = None

    def of(self, model: str) -> tuple[Finding, ...]:
        """What has become worse of a model."""
        return self.models.get(model, ())


def degraded(workspace: Workspace, now: datetime) -> Degraded:
    """The models whose failures or latency have doubled against their own week: one rule for all."""
    path = ledger_of(workspace)
    if path is None:
        return Degraded()
    from model_manager.commands.model_performance import find_degraded

    try:
        return Degraded(find_degraded(path, now))
    except LedgerError as error:
        return Degraded(warning=error.message)


def lately(workspace: Workspace, model: str, now: datetime) -> "tuple[Lately | None, str | None]":
    """How a model did lately, None without recorded calls; and a warning if the ledger cannot be read."""
    path = ledger_of(workspace)
    if path is None:
        return None, None
    from model_manager.commands.model_performance import measure_lately

    try:
        return measure_lately(path, model, now), None
    except LedgerError as error:
        return None, error.message
