"""`test --probe`: finds out by small capped calls what models can really do. Judges nothing, shows nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_manager.config.workspace import Workspace
from model_manager.core.endpoints import Endpoint
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.messages import ChatMessage, ChatOptions, Reply
from model_manager.core.models import Model
from model_manager.core.pricing import add
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.live_test.budget import Budget, spent_on, worst_case
from model_manager.live_test.calls import MOST_WORKERS
from model_manager.live_test.probe_report import (
    Finding,
    ModelProbe,
    Outcome,
    ProbeReport,
    cost_of,
    findings_of,
)
from model_manager.live_test.probes import PROBES, TEMPERATURE, Answer, Probe, output_limit
from model_manager.live_test.report import Event, OnEvent, Target, TestRequest
from model_manager.live_test.testing import targets_of
from model_manager.live_test.workers import Workers
from model_manager.providers import wire_of
from model_manager.service.model_client import ModelClient
from model_manager.service.recording import recorder_for

__all__ = ["PROBES", "Finding", "ModelProbe", "ProbeReport", "run", "targets_of", "worst_case_of"]

#: After such a failure the other probes of a model would fail alike, some of them slowly.
_HOPELESS = frozenset({"missing_key", "auth", "quota", "untrusted", "connection", "timeout", "cancelled"})


def worst_case_of(workspace: Workspace, question: TestRequest, moment: datetime) -> Decimal | None:
    """US dollars that all probes together cost at most, retries left out; None if a price is unknown.

    Raises:
        UsageError: the question names nothing that exists.
        SettingsError: a variable holds a base URL that is none.
    """
    models = [target.model for target in targets_of(workspace, question, moment) if target.model]
    endpoints = [workspace.unsent_endpoint(model) for model in models]
    return add(
        worst_case(endpoint, probe.messages, _options(probe, question, endpoint.model), moment)
        for endpoint in endpoints
        for probe in PROBES
    )


def run(workspace: Workspace, question: TestRequest, moment: datetime, on_event: OnEvent) -> ProbeReport:
    """Probe what the question names, several models at a time; Ctrl-C ends it and keeps what was found.

    Raises:
        UsageError: the question names nothing that exists.
        SettingsError: a variable holds a base URL that is none.
    """
    worst, interrupted = worst_case_of(workspace, question, moment), False
    targets = targets_of(workspace, question, moment)
    retries = workspace.settings.retries if question.retries is None else question.retries
    recorder = recorder_for(workspace)
    with ModelClient(
        timeout_s=question.timeout_s or workspace.settings.timeout,
        retries=retries,
        kind="probe",
        observers=(recorder,) if recorder else (),
    ) as caller:
        probing = _Probing(workspace, question, moment, caller=caller, targets=targets)
        try:
            for event in probing.events():
                on_event(event)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            probing.stop()
    probes = tuple(probing.results())
    return ProbeReport(probes=probes, worst_case_usd=worst, interrupted=interrupted)


def _options(probe: Probe, question: TestRequest, model: Model) -> ChatOptions:
    asked = question.max_tokens is not None
    limit = question.max_tokens or output_limit(model)
    return replace(probe.options, max_tokens=limit, max_tokens_asked=asked)


def _endpoint(endpoint: Endpoint, probe: Probe) -> Endpoint:
    """The endpoint; where a temperature is probed, as if the catalogue said that the model takes one."""
    if probe.options.temperature is None:
        return endpoint
    parameters = {**endpoint.model.parameters, "temperature": True}
    return replace(endpoint, model=replace(endpoint.model, parameters=parameters))


def _beliefs(endpoint: Endpoint) -> dict[str, bool | None]:
    """What the catalogue has no capability word for: whether a temperature would be sent to this model."""
    wire = wire_of(endpoint.provider.wire)
    call = wire.build_call(endpoint, [ChatMessage("user", "")], ChatOptions(temperature=TEMPERATURE))
    return {"temperature": not call.notices}


class _Probing:
    """The calls of one run: a job a model, and the probes of a model in turn."""

    def __init__(
        self,
        workspace: Workspace,
        question: TestRequest,
        moment: datetime,
        *,
        caller: ModelClient,
        targets: Sequence[Target],
    ) -> None:
        self._workspace, self._question, self._moment, self._caller = workspace, question, moment, caller
        self._targets = targets
        self._budget = Budget(question.max_cost)
        self._workers = Workers()
        self._outcomes: list[list[Outcome]] = [[] for _ in targets]

    def events(self) -> Iterator[Event]:
        """Start the workers and yield what happens until every probe is finished."""
        self._workers.start(len(self._targets), self._question.concurrency or MOST_WORKERS, self._probe)
        finished = 0
        while finished < len(self._targets) * len(PROBES):
            event = self._workers.next_event()
            if event is None:
                return
            finished += event.kind == "finished"
            yield event

    def stop(self) -> None:
        """Begin no further call."""
        self._workers.stop()

    def results(self) -> Iterator[ModelProbe]:
        """What was found about each model; what Ctrl-C left undone is unknown."""
        for target, outcomes in zip(self._targets, self._outcomes, strict=True):
            known = list(outcomes)
            missing = len(PROBES) - len(known)
            yield self._result(target, [*known, *(_cancelled() for _ in range(missing))])

    def _result(self, target: Target, outcomes: Sequence[Outcome]) -> ModelProbe:
        model = target.model
        if model is None:
            return ModelProbe(target=target, findings=tuple(findings_of(None, outcomes, {})))
        endpoint = self._workspace.unsent_endpoint(model)
        key_warnings = (
            *lifecycle_problem(model, self._moment.date()),
            *self._workspace.key_doubts(endpoint.provider),
        )
        return ModelProbe(
            target=target,
            key_variable=self._workspace.key(endpoint.provider).variable,
            findings=tuple(findings_of(model, outcomes, _beliefs(endpoint))),
            cost_usd=cost_of(outcomes),
            warnings=tuple(doubt.message for doubt in key_warnings),
        )

    def _probe(self, index: int) -> None:
        """Send a model its probes until one shows that the others are in vain."""
        hopeless: ProviderError | None = None
        for position, probe in enumerate(PROBES):
            number = index * len(PROBES) + position
            self._workers.tell(Event("started", number, self._targets[index]))
            outcome = _repeated(hopeless) if hopeless else self._outcome(index, number, probe)
            if isinstance(outcome, ProviderError) and self._is_hopeless(index, outcome):
                hopeless = outcome
            self._outcomes[index].append(outcome)
            self._workers.tell(Event("finished", number, self._targets[index]))

    def _is_hopeless(self, index: int, error: ProviderError) -> bool:
        answered = any(isinstance(outcome, Answer) for outcome in self._outcomes[index])
        return error.kind in _HOPELESS or (error.kind in {"not_found", "permission"} and not answered)

    def _outcome(self, index: int, number: int, probe: Probe) -> Outcome:
        target = self._targets[index]
        if target.model is None:
            return ProviderError("not_found", target.problem or target.name)
        if self._workers.are_stopped:
            return _cancelled()
        try:
            return self._ask(number, target, _endpoint(self._workspace.endpoint(target.model), probe), probe)
        except ProviderError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to, and the others go on
            return ProviderError("protocol", f"unexpected {type(error).__name__}: {error}")

    def _ask(self, number: int, target: Target, endpoint: Endpoint, probe: Probe) -> Answer:
        """Make one call within the budget.

        Raises:
            ProviderError: if no complete answer came, or the budget does not allow the call.
        """
        options = _options(probe, self._question, endpoint.model)
        most = worst_case(endpoint, probe.messages, options, self._moment)
        reserved = self._budget.reserve(most, f"the probe for {probe.name}")
        reply, error = None, None
        pieces, notices = list[str](), list[str]()

        def tell(kind: Literal["text", "notice"], text: str) -> None:
            (pieces if kind == "text" else notices).append(text)
            if kind == "notice":
                self._workers.tell(Event("notice", number, target, f"{probe.name}: {text}"))

        try:
            verbose = self._question.verbose
            reply = self._caller.call(endpoint, probe.messages, options, tell, verbose=verbose)
        except ProviderError as broken:
            reply, error = broken.partial, broken
            raise
        else:
            return Answer(reply=_hidden(reply, endpoint), pieces=len(pieces), notices=tuple(notices))
        finally:
            self._budget.settle(reserved, spent_on(reply, error))


def _hidden(reply: Reply, endpoint: Endpoint) -> Reply:
    """The reply without the key, before evidence is cut out of it: half a key is one that no redactor knows."""
    hide = Redactor([endpoint.key.reveal()] if endpoint.key else ())
    calls = tuple(replace(call, name=hide(call.name), arguments=hide(call.arguments)) for call in reply.tool_calls)
    return replace(reply, text=hide(reply.text), tool_calls=calls)


def _cancelled() -> ProviderError:
    return ProviderError("cancelled", "interrupted")


def _repeated(error: ProviderError) -> ProviderError:
    """The failure of a probe that was not sent, as an earlier one had failed for good."""
    return ProviderError(error.kind, error.message, status=error.status, hint=error.hint)
