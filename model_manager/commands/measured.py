"""What the tasks really did in the last 30 days, by the ledger; nothing is loaded where nothing was recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from model_manager.config.directories import ledger_path
from model_manager.config.workspace import Workspace
from model_manager.errors import LedgerError
from model_manager.ledger.storage.file_system import has_begun

_SECONDS_KEPT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a task really did.

    Attributes:
        since: from when on it was measured: 30 days ago, or the task's first call.
        days: since then, at least one.
        calls: how often the task was called; fallbacks are not counted again.
        input_tokens, output_tokens: means of the answered calls, None without any.
        cache_share: the part of all prompts that was read from a cache.
        monthly_usd: cost of 30 days like these, in US dollars; None if unknown.
        unpriced_calls: calls whose cost is unknown, which `monthly_usd` leaves out.
        p50_ms, p95_ms: percentiles of the time to the whole answer.
        profile_toml: lines for models.toml with these figures, where the profile differs by a factor of two.
    """

    since: datetime
    days: Decimal
    calls: int
    calls_per_day: Decimal
    input_tokens: int | None
    output_tokens: int | None
    cache_share: Decimal | None
    monthly_usd: Decimal | None
    unpriced_calls: int
    p50_ms: float | None
    p95_ms: float | None
    profile_toml: str | None = None


@dataclass(frozen=True, slots=True)
class Measurements:
    """What was measured, by task; a warning if the ledger cannot be read."""

    tasks: Mapping[str, Measured] = field(default_factory=dict)
    warning: str | None = None

    def of(self, task: str) -> Measured | None:
        """What was measured of a task; None if it was not called."""
        return self.tasks.get(task)


def run(workspace: Workspace, now: datetime) -> Measurements:
    """What was measured of the tasks of a workspace until now."""
    path = ledger_of(workspace)
    if path is None:
        return Measurements()
    from model_manager.commands.measured_tasks import measure

    try:
        return Measurements(measure(workspace, path, now))
    except LedgerError as error:
        return Measurements(warning=error.message)


def version(workspace: Workspace, now: datetime) -> int | None:
    """Changes when measuring again may bring something else, at most once a minute; None without a ledger."""
    return None if ledger_of(workspace) is None else int(now.timestamp()) // _SECONDS_KEPT


def ledger_of(workspace: Workspace) -> Path | None:
    """The ledger's file, if there is one that can be seen."""
    path = ledger_path(workspace.settings.ledger, workspace.environ)
    try:
        return path if path is not None and has_begun(path) else None
    except LedgerError:  # in a directory that is closed to us
        return None
