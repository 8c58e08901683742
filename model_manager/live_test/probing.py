"""`test --probe`: finds out by small capped calls what models can do. Judges nothing, shows nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_manager.config.workspace import Workspace
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.models import Model
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import add
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.live_test.call_costs import worst_case
from model_manager.live_test.cost_limit import CostLimit
from model_manager.live_test.probe_report import (
    ModelProbe,
    Outcome,
    ProbeFinding,
    ProbeReport,
    cost_of,
    findings_of,
)
from model_manager.live_test.probes import PROBES, TEMPERATURE, Probe, ProbeAnswer, output_limit
from model_manager.live_test.report import Event, OnEvent, Target, TestRequest
from model_manager.live_test.runner import MOST_AT_ONCE, JobRunner, failure_of, run_on_new_loop
from model_manager.live_test.targets import models_of
from model_manager.providers import wire_of

__all__ = ["PROBES", "ModelProbe", "ProbeFinding", "ProbeReport", "models_of", "run", "worst_case_of"]

#: After such a failure the other probes of a model would fail alike, some of them slowly.
_HOPELESS = frozenset({"missing_key", "auth", "quota", "untrusted", "connection", "timeout", "cancelled"})


def worst_case_of(workspace: Workspace, request: TestRequest, moment: datetime) -> Decimal | None:
    """US dollars that all probes together cost at most, retries left out; None if a price is unknown.

    Raises:
        UsageError: the request names nothing that exists.
        SettingsError: the variable of a base URL holds something else.
    """
    models = [target.model for target in models_of(workspace, request, moment) if target.model]
    endpoints = [workspace.unsent_endpoint(model) for model in models]
    return add(
        worst_case(endpoint, probe.messages, _options(probe, request, endpoint.model), moment)
        for endpoint in endpoints
        for probe in PROBES
    )


def _options(probe: Probe, request: TestRequest, model: Model) -> ChatOptions:
    asked = request.max_tokens is not None
    limit = request.max_tokens or output_limit(model)
    return replace(probe.options, max_tokens=limit, max_tokens_asked=asked)


def _endpoint(endpoint: Endpoint, probe: Probe) -> Endpoint:
    """The endpoint; where a temperature is probed, as if the catalogue said that the model takes one."""
    if probe.options.temperature is None:
        return endpoint
    parameters = {**endpoint.model.parameters, "temperature": True}
    return replace(endpoint, model=replace(endpoint.model, parameters=parameters))


def _beliefs(endpoint: Endpoint) -> dict[str, bool | None]:
    """The catalogue's answers beyond capability words: whether a temperature would be sent to this model."""
    wire = wire_of(endpoint.provider.wire)
    call = wire.build_call(endpoint, [ChatMessage("user", "")], ChatOptions(temperature=TEMPERATURE))
    return {"temperature": not call.notices}


def run(workspace: Workspace, request: TestRequest, moment: datetime, on_event: OnEvent) -> ProbeReport:
    """Probe what the request names, several models at a time; Ctrl-C ends it at once and keeps what was found.

    Raises:
        UsageError: the request names nothing that exists.
        SettingsError: the variable of a base URL holds something else.
    """
    return run_on_new_loop(ProbeRun(workspace, request, moment).report(on_event))


class ProbeRun:
    """The probes of one run: models side by side, the probes of a model in turn. For one event loop.

    Args:
        workspace: the catalogue and the keys.
        request: which models, and how they are called.
        moment: as of when models and prices are.
        budget: money that other runs share; the request's own if there is none.

    Raises:
        UsageError: the request names nothing that exists.
        SettingsError: the variable of a base URL holds something else.
    """

    def __init__(
        self, workspace: Workspace, request: TestRequest, moment: datetime, budget: CostLimit | None = None
    ) -> None:
        self._worst_case_usd = worst_case_of(workspace, request, moment)
        self._targets = models_of(workspace, request, moment)
        self._workspace, self._request = workspace, request
        self._runner = JobRunner(workspace, request, moment, budget, kind="probe")
        self._outcomes: list[list[Outcome]] = [[] for _ in self._targets]

    async def report(self, on_event: OnEvent) -> ProbeReport:
        """Make the calls; Ctrl-C and a cancelled task end them at once and keep what was found."""
        at_once = self._request.concurrency or MOST_AT_ONCE
        await self._runner.run(len(self._targets), at_once, self._probe_model, on_event)
        results = map(self._result, self._targets, self._outcomes)
        return ProbeReport(
            probes=tuple(results), worst_case_usd=self._worst_case_usd, interrupted=self._runner.is_stopped
        )

    def cancel(self) -> None:
        """End all calls, from the event loop that makes them."""
        self._runner.stop()

    async def _probe_model(self, index: int) -> None:
        """Send a model its probes until one shows that the others are in vain."""
        target, outcomes = self._targets[index], self._outcomes[index]
        hopeless: ProviderError | None = None
        for number, probe in enumerate(PROBES, index * len(PROBES)):
            if self._runner.is_stopped:
                return
            self._runner.emit(Event("started", number, target))
            outcome = _repeated(hopeless) if hopeless else await self._outcome(number, target, probe)
            if isinstance(outcome, ProviderError) and _is_hopeless(outcome, outcomes):
                hopeless = outcome
            outcomes.append(outcome)
            self._runner.emit(Event("finished", number, target))

    async def _outcome(self, number: int, target: Target, probe: Probe) -> Outcome:
        if target.model is None:
            return target.refusal
        try:
            endpoint = _endpoint(self._workspace.endpoint(target.model), probe)
            return await self._ask(number, target, endpoint, probe)
        except asyncio.CancelledError:
            return _cancelled()
        except Exception as error:  # noqa: BLE001 - the other calls go on
            return failure_of(error)

    async def _ask(self, number: int, target: Target, endpoint: Endpoint, probe: Probe) -> ProbeAnswer:
        """Make one call.

        Raises:
            ProviderError: no complete answer came, or the budget does not allow the call.
        """
        pieces, notices = list[str](), list[str]()

        def tell(kind: Literal["text", "notice"], text: str) -> None:
            (pieces if kind == "text" else notices).append(text)
            if kind == "notice":
                self._runner.emit(Event("notice", number, target, f"{probe.name}: {text}"))

        options = _options(probe, self._request, endpoint.model)
        name = f"the probe for {probe.name}"
        reply = await self._runner.ask(endpoint, probe.messages, options, tell, name=name)
        return ProbeAnswer(reply=_hidden(reply, endpoint), pieces=len(pieces), notices=tuple(notices))

    def _result(self, target: Target, known: Sequence[Outcome]) -> ModelProbe:
        """The findings about a model; what Ctrl-C left undone is unknown."""
        outcomes = [*known, *(_cancelled() for _ in range(len(PROBES) - len(known)))]
        if target.model is None:
            return ModelProbe(target=target, findings=tuple(findings_of(None, outcomes, {})))
        key_variable, warnings = self._runner.known(target.model)
        beliefs = _beliefs(self._workspace.unsent_endpoint(target.model))
        return ModelProbe(
            target=target,
            key_variable=key_variable,
            findings=tuple(findings_of(target.model, outcomes, beliefs)),
            cost_usd=cost_of(outcomes),
            warnings=warnings,
        )


def _is_hopeless(error: ProviderError, earlier: Sequence[Outcome]) -> bool:
    answered = any(isinstance(outcome, ProbeAnswer) for outcome in earlier)
    return error.kind in _HOPELESS or (error.kind in {"not_found", "permission"} and not answered)


def _hidden(reply: Reply, endpoint: Endpoint) -> Reply:
    """The reply without the key, before evidence is cut out of it: half a key is one that no redactor knows."""
    hide = Redactor(endpoint.key.to_hide if endpoint.key else ()).answers
    calls = tuple(replace(call, name=hide(call.name), arguments=hide(call.arguments)) for call in reply.tool_calls)
    return replace(reply, text=hide(reply.text), tool_calls=calls)


def _cancelled() -> ProviderError:
    return ProviderError("cancelled", "interrupted")


def _repeated(error: ProviderError) -> ProviderError:
    """The failure of a probe that was not sent, as an earlier one had failed for good."""
    return ProviderError(error.kind, error.message, status=error.status, hint=error.hint, retryable=False)
