"""Budgets on the way of a call: money is held before it is asked for, and a call that does not fit is not made.

Only budgets that refuse or reroute are looked at here; where none applies to a call nothing is done for it.
"""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial

from model_manager.config.budgets import project_of
from model_manager.core.budgets import period_of
from model_manager.core.calls import CallContext
from model_manager.core.chat.estimates import estimated_prompt
from model_manager.core.endpoints import Endpoint
from model_manager.core.models import Budget
from model_manager.core.pricing import Usage, cost, plain_text
from model_manager.errors import LedgerError, ProviderError
from model_manager.ledger.budgets.alerts import key_of
from model_manager.ledger.budgets.holds import NoRoom
from model_manager.ledger.budgets.rows import HoldRequest
from model_manager.ledger.recorder import Recorder
from model_manager.providers.io.steps import Blocking, Step, StepAnswer, Steps
from model_manager.service.requests import CallRequest
from model_manager.service.snapshot import Snapshot

_LOG = logging.getLogger("model_manager")
#: The length of an answer where neither `max_tokens` nor earlier answers of the task tell.
USUAL_OUTPUT = 1_000
#: A call without a time limit is given up for lost after this; with one, after that limit. Both are lenient.
_LOST_S, _LENIENCY_S = 3600.0, 60.0
#: No money is held for longer, whatever the time limit: dates end somewhere.
_LONGEST_S = 365 * 86_400.0


class OverBudgetError(ProviderError):
    """A call that a budget has no room for, or whose price it has to know. Nothing was sent."""

    def __init__(self, message: str, budget: Budget, *, hint: str) -> None:
        super().__init__("budget", message, hint=hint)
        self.budget = budget


class CallHold:
    """The money of one call: taken on a thread that may wait, given back from anywhere."""

    def __init__(
        self, recorder: Recorder, request: Callable[[], HoldRequest], budgets: tuple[Budget, ...]
    ) -> None:
        self._recorder, self._file = recorder, recorder.hold_file
        self._request, self._budgets = request, budgets
        self._lock = threading.Lock()
        self._number: int | None = None
        self._is_given_up = False
        #: The budget that has no room for the call, or None.
        self.no_room: NoRoom[Budget] | None = None

    def take(self) -> None:
        """Hold the money, or find out what has no room. Without a usable ledger the call passes."""
        try:
            request = self._request()  # made here: to go through a long prompt takes a while
            found = self._file.hold(request, self._budgets, is_final=False)
            if isinstance(found, NoRoom):
                # Calls that have just ended may have cost less than is held for them.
                self._recorder.flush()
                found = self._file.hold(request, self._budgets)
        except LedgerError as error:
            _warn_once(f"budgets are not enforced, as the ledger cannot be used: {error.message}")
            return
        if isinstance(found, NoRoom):
            self.no_room = found
            return
        with self._lock:
            self._number = found
            is_given_up = self._is_given_up
        if is_given_up:
            self.give_back()

    def give_back(self) -> None:
        """Free the money of a call that was not made, soon. What was made gives it back with its record."""
        with self._lock:
            self._is_given_up = True
            number, self._number = self._number, None
        if number is not None:
            with suppress(RuntimeError):  # the interpreter is ending, and the money is free with the process
                threading.Thread(target=self._file.release, args=(number,), name="model-manager holds").start()


@dataclass(frozen=True, slots=True)
class BudgetGuard:
    """Keeps calls to budgets.

    Attributes:
        budgets: those that act before calls.
        recorder: records the calls, or None: nothing is recorded.
        project: whose calls these are.
    """

    budgets: tuple[Budget, ...]
    recorder: Recorder | None
    project: str | None

    def without(self, budget: Budget) -> "BudgetGuard":
        """The same for calls along the route of a budget, which need not fit it."""
        return replace(self, budgets=tuple(one for one in self.budgets if one is not budget))

    def without_routes(self) -> "BudgetGuard":
        """The same for calls to one given model, which no other can stand in for."""
        return replace(self, budgets=tuple(one for one in self.budgets if one.route is None))

    def kept(
        self, asking: Steps, endpoint: Endpoint, request: CallRequest, context: CallContext, left_s: float | None
    ) -> Steps:
        """The steps of a call, made if the budgets have room for it; see `hold`.

        Raises:
            ProviderError: no complete answer came, or the kind is "budget".
        """
        held = yield from self.hold(endpoint, request, context, left_s)
        try:
            return (yield from asking)
        except Exception as error:
            # What was sent is recorded, and gives it back then.
            if held and not getattr(error, "attempts", 0):
                held.give_back()
            raise

    def hold(
        self, endpoint: Endpoint, request: CallRequest, context: CallContext, left_s: float | None
    ) -> Generator[Step, StepAnswer, CallHold | None]:
        """Hold what a call may cost; `left_s` is how long it may last. None: there is nothing to hold.

        Raises:
            ProviderError: of kind "budget".
        """
        budgets = self._budgets_of(endpoint, context)
        if not budgets:
            return None
        if self.recorder is None:
            _warn_once(
                "budgets are not enforced, as calls are not recorded (MODEL_MANAGER_LEDGER, or `ledger`, is off)"
            )
            return None
        held = CallHold(self.recorder, partial(self._request, endpoint, request, context, left_s), budgets)
        try:
            yield Blocking(held.take)
        except BaseException:
            held.give_back()
            raise
        if held.no_room:
            raise _refusal(held.no_room, endpoint, context)
        return held

    def refusal(self, endpoint: Endpoint, request: CallRequest, context: CallContext) -> ProviderError | None:
        """The error with which a call would be refused now, or None; nothing is held. Not for event loops."""
        budgets = self._budgets_of(endpoint, context)
        if not budgets or self.recorder is None:
            return None
        try:
            self.recorder.flush()
            found = self.recorder.hold_file.no_room(self._request(endpoint, request, context, None), budgets)
        except LedgerError:  # then calls pass, too
            return None
        return _refusal(found, endpoint, context) if found else None

    def _budgets_of(self, endpoint: Endpoint, context: CallContext) -> tuple[Budget, ...]:
        """The budgets that a call has to fit; those that know a way out come first."""
        found = [one for one in self.budgets if one.takes(context.task, self.project)]
        price = endpoint.model.price
        if (price and price.is_free) or (price is None and all(one.unpriced == "ignore" for one in found)):
            return ()
        return tuple(sorted(found, key=lambda one: one.route is None))

    def _request(
        self, endpoint: Endpoint, request: CallRequest, context: CallContext, left_s: float | None
    ) -> HoldRequest:
        prompt = estimated_prompt(request.messages, request.options)
        left_s = _LOST_S if left_s is None else min(left_s, _LONGEST_S)
        return HoldRequest(
            call=context.call,
            position=context.position,
            task=context.task,
            project=self.project,
            moment=context.moment,
            expires=context.moment + timedelta(seconds=left_s + _LENIENCY_S),
            amount_of=partial(_likely_cost, endpoint, request, context.moment, prompt),
        )


def guard_for(state: Snapshot, recorder: Recorder | None) -> BudgetGuard | None:
    """What keeps calls to budgets, or None where none of them acts before calls."""
    acting = state.acting_budgets
    if not acting:
        return None
    return BudgetGuard(acting, recorder, recorder.project if recorder else project_of(state.workspace))


def _likely_cost(
    endpoint: Endpoint, request: CallRequest, moment: datetime, prompt: int, usual_output: int | None
) -> Decimal | None:
    """US dollars that a call may cost: its prompt, and the longest answer that it asks for, else a usual one."""
    output = request.options.max_tokens or usual_output or USUAL_OUTPUT
    if endpoint.model.max_output:
        output = min(output, endpoint.model.max_output)
    return cost(endpoint.model.price, Usage(input_tokens=prompt, output_tokens=output), moment)


def _refusal(found: NoRoom[Budget], endpoint: Endpoint, context: CallContext) -> OverBudgetError:
    budget, balance = found.limit, found.balance
    name, resets = key_of(budget), period_of(budget.per, context.moment).resets
    if found.amount is None:
        message = f"budget {name} refuses calls without a known price, and that of {endpoint.model.id} is unknown"
        hint = f'give {endpoint.model.id} a price in models.toml, or set unpriced = "ignore" ({budget.place})'
        return OverBudgetError(message, budget, hint=hint)
    message = (
        f"budget {name} has no room for a call of {endpoint.model.id} that may cost ${_usd(found.amount)}: of "
        f"${_usd(budget.limit)} a {budget.per}, ${_usd(balance.spent)} spent, ${_usd(balance.held)} held "
        f"for calls in progress; it resets at {resets:%Y-%m-%d %H:%M} UTC"
    )
    if found.is_first:
        _LOG.warning("%s", message)
    return OverBudgetError(message, budget, hint=f"raise its limit ({budget.place}), or lower `max_tokens`")


def _usd(amount: Decimal) -> str:
    return plain_text(amount)


@cache
def _warn_once(text: str) -> None:
    _LOG.warning("%s", text)
