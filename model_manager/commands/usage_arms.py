"""`usage --arms`: the arms of a task's split, compared by costs, latencies, failures and scores."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import chain
from pathlib import Path

from model_manager.commands.usage import open_ledgers, own_ledger
from model_manager.commands.usage_window import parse_window
from model_manager.config.workspace import Workspace
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import LedgerError, UnknownNameError, UsageError
from model_manager.ledger.experiments.arm_sums import read_arms
from model_manager.ledger.experiments.calls import (
    Scope,
    first_call_us,
    last_whole_route,
    split_routes,
    strangers,
)
from model_manager.ledger.experiments.comparison import Experiment, experiment_of
from model_manager.ledger.experiments.metrics import COST, METRICS
from model_manager.ledger.experiments.splits import Split, split_of
from model_manager.ledger.experiments.verdict import ArmsVerdict, decide
from model_manager.ledger.records import LONGEST_TEXT, moment_of
from model_manager.ledger.reports.reader import LedgerReader
from model_manager.ledger.storage.store import get_meta

_LONG_AGO = "1970-01-01"
#: An hour: single calls have routes of their own at any time.
_WHILE_US = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsRequest:
    """The query of a comparison.

    Attributes:
        task: whose arms.
        metric: what decides: a word of `METRICS`, or the name of a score.
        since, until, timezone: the time, as people write it; by default all since the shares last changed.
        project: only calls of this project.
        ledgers: files of other hosts, which are added.
    """

    task: str
    metric: str = COST
    since: str | None = None
    until: str | None = None
    timezone: str | None = None
    project: str | None = None
    ledgers: Sequence[Path] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsAnswer:
    """The comparison, and the time that it is about.

    Attributes:
        since: the first call that counts; None where nothing is split.
        split: the shares, or None; with it there is an `experiment`.
        assign: the route that ends the experiment: the winner for all, with the same fallbacks; None without one.
        notes: what is to be known about the numbers, as sentences.
    """

    task: str
    metric: str
    since: datetime | None
    until: datetime
    verdict: ArmsVerdict
    split: Split | None = None
    experiment: Experiment | None = None
    assign: str | None = None
    notes: Sequence[str] = ()


def run(
    request: ArmsRequest, now: datetime, workspace: Workspace, environ: Mapping[str, str] = os.environ
) -> ArmsAnswer:
    """The comparison.

    Raises:
        UnknownNameError: neither the catalogue nor a ledger has the task.
        UsageError: a metric, time, zone or file that cannot be.
        LedgerError: a ledger cannot be read, or several have different salts.
    """
    window = parse_window(request.since or _LONG_AGO, request.until, request.timezone, now, environ)
    with ExitStack() as stack:
        readers, notes = open_ledgers(stack, request.ledgers, environ)
        if not readers:
            own_ledger(environ)
        _check_task(request.task, workspace, readers)
        is_known = any(_has(reader, request.task) for reader in readers)
        readers = [reader for reader in readers if _has(reader, request.task, "chat")]
        _check_salts(readers)
        scope = Scope(request.task, window.span.start_us, window.span.end_us, request.project)
        found = _Routes(readers, scope, workspace)
        until = min(window.until, now.astimezone(window.zone))
        if found.split is None:
            verdict = ArmsVerdict(None, found.problem(request.task, is_known=is_known))
            return ArmsAnswer(
                task=request.task, metric=request.metric, since=None, until=until, verdict=verdict, notes=notes
            )
        experiment, told = _compare(request.metric, readers, found.scope, found.split)
    verdict = decide(experiment)
    ends = verdict.winner if verdict.winner and not found.is_over else None
    return ArmsAnswer(
        task=request.task,
        metric=request.metric,
        since=moment_of(found.scope.start_us).astimezone(window.zone),
        until=until,
        verdict=verdict,
        split=found.split,
        experiment=experiment,
        assign=found.split.ended_by(ends) if ends else None,
        notes=[*notes, *found.notes(window.zone), *told],
    )


def _compare(
    metric: str, readers: Sequence[LedgerReader], scope: Scope, split: Split
) -> tuple[Experiment, list[str]]:
    """The comparison, and what is to be known about its numbers."""
    sums = read_arms(readers, scope, split)
    _check_metric(metric, {name for arm in sums.arms.values() for name in arm.scores})
    noun = "call" if sums.unnamed and sums.unnamed == sum(arm.users for arm in sums.arms.values()) else "user"
    notes = []
    if sums.mixed:
        notes.append(f"users with calls in several arms are left out: {sums.mixed:,}")
    if sums.unnamed and noun == "user":
        notes.append(f"calls without a user count as a user each: {sums.unnamed:,}")
    notes += [
        f"calls of {name} without a known price are left out of its cost: {arm.unpriced:,}"
        for name, arm in sums.arms.items()
        if arm.unpriced
    ]
    if any(not arm.users for arm in sums.arms.values()):
        notes += [
            f"calls of {arm} are in no arm, as no name of the route stands for it in the catalogue here: {calls:,}"
            for reader in readers
            for arm, calls in strangers(reader, scope, split).items()
        ]
    return experiment_of(metric, sums.arms, split.shares, noun), notes


class _Routes:
    """The routes that a task's calls followed, and the split that the latest of them have.

    The comparison begins after the last call with other shares: before it, arms had other users, and other days. A
    user whom the change gave another arm counts in the new one, with the calls made since; the hash chose who that
    is, so the arms stay alike, and only habits that the old arm left may show for a while. Calls that split
    nothing, such as those with a route of their own, say nothing about the shares.
    """

    def __init__(self, readers: Sequence[LedgerReader], scope: Scope, workspace: Workspace) -> None:
        def identity(name: str) -> str:
            model = workspace.catalogue.find(name)
            return model.id if model else name

        self._before: tuple[Split | None, int] | None = None
        whole = [seen for reader in readers if (seen := last_whole_route(reader, scope))]
        self._whole = max(whole, key=lambda seen: seen.last_us, default=None)
        routes = [split_routes(reader, scope) for reader in readers]
        firsts = [next(seen, None) for seen in routes]
        self._latest = max((one for one in firsts if one), key=lambda seen: seen.last_us, default=None)
        latest = split_of(self._latest.route, identity) if self._latest else None
        self.split = latest if latest and not latest.has_auto else None
        self._refused = latest
        if self.split:
            changes = (
                next((seen for seen in chain([one], rest) if split_of(seen.route, identity) != latest), None)
                for one, rest in zip(firsts, routes, strict=True)
                if one
            )
            before = max((seen for seen in changes if seen), key=lambda seen: seen.last_us, default=None)
            start_us = before.last_us + 1 if before else scope.start_us
            self.scope = scope._replace(start_us=max(scope.start_us, start_us))
            self._before = (split_of(before.route, identity), start_us) if before else None
            begins = [
                at for reader in readers if (at := first_call_us(reader, self.scope, self.split)) is not None
            ]
            self.scope = self.scope._replace(start_us=min(begins, default=self.scope.start_us))

    @property
    def is_over(self) -> bool:
        """Whether calls went on for a while that were not split any more."""
        return bool(self._whole and self._latest and self._whole.last_us > self._latest.last_us + _WHILE_US)

    def problem(self, task: str, *, is_known: bool) -> str:
        """Why there is nothing to compare."""
        if self._latest is None:
            if self._whole is None:
                but = "; live tests and calls with a preference do not count" if is_known else ""
                return f"No calls of {task} are recorded in this period{but}."
            return f"Nothing is split: all calls of {task} use the route {self._whole.route}."
        if self._refused is None and len(self._latest.route) < LONGEST_TEXT:
            return f"The route {self._latest.route} does not parse, so its shares are unknown."
        if self._refused is None:
            return f"The route {self._latest.route}… was too long to be recorded whole, so its shares are unknown."
        return (
            f"In the route {self._latest.route} auto has a share: its model changes with the prompt, not the user."
        )

    def notes(self, zone: tzinfo) -> list[str]:
        """What is to be known about the time."""
        notes = []
        if self._latest and self.is_over:
            last = moment_of(self._latest.last_us).astimezone(zone)
            notes.append(f"the split has ended: its last call was at {last:%Y-%m-%d %H:%M}")
        if self._latest and self.split:
            notes += self._place(self._latest.route, self.split, zone)
        return notes

    def _place(self, route: str, split: Split, zone: tzinfo) -> list[str]:
        """Which split of the route it is, where that could be another one than is meant."""
        if split.option == 0:
            several = sum(len(option.live) > 1 for option in split.route.options) > 1
            return [f"the arms are those of the first split of the route {route}"] if several else []
        place = f"option {split.option + 1} of the route {route}, a fallback"
        notes = [f"the arms are those of {place}: calls that an earlier option answered are in none"]
        earlier, end_us = self._before or (None, 0)
        if earlier and earlier.option < split.option:
            until = moment_of(end_us).astimezone(zone).isoformat(timespec="microseconds")
            notes.append(f"the split of an earlier option has ended: a report until {until} compares its arms")
        return notes


def _check_task(task: str, workspace: Workspace, readers: Sequence[LedgerReader]) -> None:
    """Refuse a task that neither the catalogue nor a ledger knows."""
    recorded = {info.task for reader in readers for info in reader.series.values() if info.task}
    known = sorted({*workspace.catalogue.tasks, *recorded})
    if task not in known:
        hint = did_you_mean(task, known) or f"the tasks are {', '.join(known) or 'none'}"
        raise UnknownNameError(f"there is no task {task!r}", hint=hint)


def _has(reader: LedgerReader, task: str, kind: str | None = None) -> bool:
    return any(info.task == task and kind in {None, info.kind} for info in reader.series.values())


def _check_salts(readers: Sequence[LedgerReader]) -> None:
    """Refuse ledgers in which the same user has different pseudonyms, and would count as several."""
    salts = [get_meta(reader.connection, "salt_fingerprint") for reader in readers]
    for reader, salt in zip(readers, salts, strict=True):
        if salt != salts[0]:
            raise LedgerError(
                f"{readers[0].path} and {reader.path} have different salts: a user of both would count as two",
                hint="set the same MODEL_MANAGER_USER_SALT on all hosts, and compare each alone until then",
            )


def _check_metric(metric: str, scores: set[str]) -> None:
    known = [*METRICS, *sorted(scores - set(METRICS))]
    if metric not in known:
        hint = did_you_mean(metric, known) or f"one of {', '.join(known)}"
        raise UsageError(
            f"{metric!r} is neither a metric nor the name of a score of this task", hint=hint, parameter="metric"
        )
