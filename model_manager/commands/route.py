"""`route`: which model a call of a task would go to, why, and the state of every other option. No call is made."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from model_manager.config.directories import state_directory
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Assignment, lint
from model_manager.core.messages import ChatMessage
from model_manager.core.models import Model
from model_manager.core.options import ChatOptions
from model_manager.core.requirements import Finding
from model_manager.core.routing.choosing import Choice, Pick, pick
from model_manager.core.routing.complexity import Complexity
from model_manager.core.routing.grammar import Route
from model_manager.errors import ProviderError
from model_manager.service.cooldowns import CooldownStore
from model_manager.service.outcomes import left_after
from model_manager.service.requests import CallRequest
from model_manager.service.routes import Plan, cooling_of, plan_of
from model_manager.service.snapshot import Snapshot

#: "chosen" is called, "ready" could be, "off" has a share of 0; the others say what keeps a model from a call.
OptionState = Literal["chosen", "ready", "off", "cooling", "missing_key", "unknown", "refused"]


#: Why an option is skipped, by the kind of error.
_SHORT = {"missing_key": "has no key", "not_found": "is not in the catalogue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """A share of the route.

    Attributes:
        option: the position of its option in the route, from 1; `percent` its part of that, or None.
        order: when it would be tried, from 1, or None if never.
        cooling_s: seconds until it may be called again, or None.
        message: why it cannot be called, or None.
    """

    option: int
    percent: int | None
    name: str
    model: Model | None
    order: int | None
    state: OptionState
    cooling_s: float | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReport:
    """Where a call would go. `model` is None if nothing could be called; `reason` explains either.

    `problems` are those of the route that would be followed.
    """

    assignment: Assignment
    route: Route
    preference: str | None
    user: str | None
    model: Model | None
    reason: str
    complexity: Complexity | None
    options: tuple[OptionRow, ...]
    problems: tuple[Finding, ...]


def run(
    workspace: Workspace,
    task: str,
    prompt: str | None,
    moment: datetime,
    *,
    user: str | None = None,
    preference: str | None = None,
) -> RouteReport:
    """Where a call of a task would go; of a prompt only its complexity matters, for "auto".

    Raises:
        UnknownNameError: there is no such task or preference.
        ConfigurationError: the task has no route that can be read.
    """
    state, cooldowns = Snapshot(workspace), CooldownStore(state_directory(os.environ) / "cooldowns")
    cooldowns.refresh()
    messages = (ChatMessage("user", prompt),) if prompt is not None else ()
    ask = CallRequest(messages=messages, options=ChatOptions(), user_id=user, preference=preference)
    plan = plan_of(state, task, ask, on=moment.date(), cooldowns=cooldowns, random=None)
    looked = _Looked(plan, cooldowns)
    chosen, reason = looked.chosen()
    return RouteReport(
        assignment=state.assignment(task, moment.date()),
        route=plan.route,
        preference=preference,
        user=user,
        model=state.find(chosen.name) if chosen else None,
        reason=reason,
        complexity=plan.complexity,
        options=tuple(looked.rows(chosen)),
        problems=tuple(lint(plan.route, plan.task, workspace.catalogue, workspace.context(moment.date()))),
    )


class _Looked:
    """The state of each choice of a plan."""

    def __init__(self, plan: Plan, cooldowns: CooldownStore) -> None:
        self._plan, self._left = plan, cooling_of(plan.state, cooldowns)
        self._refusals = {choice: self._refusal(choice) for choice in plan.choices}

    def _refusal(self, choice: Choice) -> ProviderError | None:
        """The error that a call of a choice would end with before it is sent, or None."""
        model = self._plan.state.find(choice.name)
        if model is None:
            return ProviderError("not_found", f"{choice.name} is not in the catalogue")
        try:
            self._plan.state.endpoint(model)
        except ProviderError as error:
            return error
        return None

    def chosen(self) -> tuple[Choice | None, str]:
        """The choice that would be called and why, or None and why not."""
        plan, remaining, failed, reasons = self._plan, list(self._plan.choices), list[str](), list[str]()
        while remaining:
            picked = pick(remaining, self._left) if len(plan.choices) > 1 else Pick(remaining[0])
            choice = picked.choice
            remaining.remove(choice)
            refusal = self._refusals[choice]
            if refusal is None:
                return choice, picked.reason(failed)
            failed.append(f"{choice.name}: {refusal.kind}")
            reasons.append(f"{choice.name} {_SHORT[refusal.kind]}" if refusal.kind in _SHORT else failed[-1])
            remaining = left_after(plan, choice, refusal, remaining, streamed=False)
            if not remaining and refusal.kind not in _SHORT:
                return None, f"the call would be refused: {refusal.message}"
        return None, f"nothing can answer: {', '.join(reasons)}"

    def rows(self, chosen: Choice | None) -> Iterator[OptionRow]:
        """Every share of the route, in its order."""
        for position, option in enumerate(self._plan.route.options):
            for share in option.shares:
                yield self._row(position, share.name, share.percent, chosen)

    def _row(self, position: int, name: str, percent: int | None, chosen: Choice | None) -> OptionRow:
        choices = self._plan.choices
        order = next((n for n, choice in enumerate(choices) if self._is(choice, position, name)), None)
        choice = None if order is None or percent == 0 else choices[order]
        real = choice.name if choice else name
        left = max(self._left(real))
        standing = choice or self._twin(real)
        refusal = self._refusals[standing] if standing else None
        state: OptionState = "ready"
        if percent == 0:
            state = "off"
        elif choice is not None and choice is chosen:
            state = "chosen"
        elif refusal is not None:
            state = {"not_found": "unknown", "missing_key": "missing_key"}.get(refusal.kind, "refused")  # type: ignore[assignment]
        elif left:
            state = "cooling"
        return OptionRow(
            option=position + 1,
            percent=percent,
            name=name,
            model=self._plan.state.find(real),
            order=None if choice is None or order is None else order + 1,
            state=state,
            cooling_s=round(left, 1) or None,
            message=refusal.message if refusal else None,
        )

    def _twin(self, name: str) -> Choice | None:
        """The choice of the same model, by whatever name the route has it before."""
        find = self._plan.state.find
        return next((choice for choice in self._plan.choices if find(choice.name) == find(name)), None)

    @staticmethod
    def _is(choice: Choice, position: int, name: str) -> bool:
        return choice.option == position and choice.written == name
