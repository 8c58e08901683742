"""Measures tasks: reads the ledger and compares its figures with the tasks' profiles."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli_w

from model_manager.commands.measured import Measured
from model_manager.commands.profiles import DAYS_PER_MONTH
from model_manager.config.directories import project_label
from model_manager.config.workspace import Workspace
from model_manager.core.models import Profile, Task
from model_manager.ledger.records import dollars_of, microseconds_of
from model_manager.ledger.reports.calendar import moment_of_quarter, quarter_from
from model_manager.ledger.reports.measured import TaskFigures, read_tasks
from model_manager.ledger.reports.reader import LedgerReader, Span
from model_manager.ledger.storage.insertion import QUARTER_US, QUARTERS_A_DAY

_DAY_US = QUARTERS_A_DAY * QUARTER_US
#: Fewer answered calls than this say little about those to come.
_FEWEST = 10
#: A profile and what was measured differ from here on.
_FACTOR = 2
#: Shares of cached prompts that are closer than this are the same.
_SAME_SHARE = Decimal("0.1")


def measure(workspace: Workspace, path: Path, now: datetime) -> Mapping[str, Measured]:
    """What was measured of each task in the last 30 days.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    end = quarter_from(now) + 1
    span = Span(end - DAYS_PER_MONTH * QUARTERS_A_DAY, end)
    project = workspace.settings.project or project_label(workspace.directory)
    with LedgerReader(path) as reader:
        found = read_tasks(reader, span, project)
    measured = {name: _measured(figures, now) for name, figures in found.items()}
    tasks = workspace.catalogue.tasks
    return {
        name: replace(one, profile_toml=_profile_toml(tasks[name], one, found[name]))
        for name, one in measured.items()
        if name in tasks
    }


def _measured(figures: TaskFigures, now: datetime) -> Measured:
    asked, answered = figures.asked, figures.answered
    elapsed_us = max(_DAY_US, microseconds_of(now) - figures.first_quarter * QUARTER_US)
    calls = asked.calls - asked.fallbacks
    is_unknown = asked.cost_usd is None
    month_pico = asked.cost_pico * DAYS_PER_MONTH * _DAY_US // elapsed_us
    return Measured(
        since=moment_of_quarter(figures.first_quarter, UTC),
        days=_rounded(Decimal(elapsed_us) / _DAY_US),
        calls=calls,
        calls_per_day=_rounded(Decimal(calls) * _DAY_US / elapsed_us),
        input_tokens=round(answered.input / answered.calls) if answered.calls else None,
        output_tokens=round(answered.output / answered.calls) if answered.calls else None,
        cache_share=round(Decimal(answered.cache_read) / answered.input, 2) if answered.input else None,
        monthly_usd=None if is_unknown else _rounded_money(dollars_of(month_pico)),
        unpriced_calls=asked.unpriced,
        p50_ms=answered.latency_ms["p50"],
        p95_ms=answered.latency_ms["p95"],
    )


def _rounded(number: Decimal) -> Decimal:
    """A number with as many digits as tell something."""
    places = max(0, 2 - number.adjusted())
    return round(number, places).normalize() + 0 if places else Decimal(round(number))


def _rounded_money(amount: Decimal) -> Decimal:
    """Cents, or four digits of less than that: a projection has no more that count."""
    return round(amount, max(2, 3 - amount.adjusted())) if amount else amount


def _profile_toml(task: Task, measured: Measured, figures: TaskFigures) -> str | None:
    """The measured profile as lines for models.toml; None if the task's own is about the same."""
    if figures.answered.calls < _FEWEST or not _differs(task.profile or Profile(), measured):
        return None
    entry: dict[str, Any] = {}
    if task.place.layer == "embedded":
        # A file that defines a task replaces the embedded ones, so it has to say the rest as well.
        entry = {"purpose": task.purpose, "env": task.env, "model": task.model, "requires": list(task.requires)}
        entry = {name: value for name, value in entry.items() if value}
    entry["profile"] = {
        "requests_per_day": _toml_number(measured.calls_per_day),
        "input_tokens": measured.input_tokens,
        "output_tokens": measured.output_tokens,
        "cache_share": _toml_number(measured.cache_share or Decimal(0)),
    }
    return tomli_w.dumps({"tasks": {task.name: entry}})


def _toml_number(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number


def _differs(profile: Profile, measured: Measured) -> bool:
    """Whether anything that a profile says differs by a factor of two from what was measured."""
    pairs = (
        (profile.requests_per_day, measured.calls_per_day),
        (profile.input_tokens, measured.input_tokens),
        (profile.output_tokens, measured.output_tokens),
    )
    if any(_is_far(said, found) for said, found in pairs):
        return True
    share = measured.cache_share or Decimal(0)
    return abs(share - profile.cache_share) > _SAME_SHARE and _is_far(profile.cache_share, share)


def _is_far(said: Decimal | int | None, found: Decimal | int | None) -> bool:
    if found is None:
        return False
    return said is None or (max(said, found) >= _FACTOR * min(said, found) and said != found)
