"""Asks providers for their lists of models, without spending a token, and compares the models in use with them."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from model_manager.commands.check.drift import Drift, drift_of
from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.commands.list_endpoints import list_endpoint
from model_manager.config.workspace import Workspace
from model_manager.core.checking import CheckFinding
from model_manager.core.checking.remedy import Remedy
from model_manager.core.model_lists import ListedModel
from model_manager.core.models import Model, Provider
from model_manager.errors import ModelManagerError, ProviderError, SettingsError
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.transport import Transport
from model_manager.providers.lists.fetching import fetch_models

#: A list is one request or a few; a server that takes longer has a problem.
LONGEST_S = 20.0
SILENCE_S = 10.0
_MOST_AT_ONCE = 8

#: What a provider's list was, or why there is none.
Answer = tuple[ListedModel, ...] | ModelManagerError


def find(workspace: Workspace, on: date) -> list[CheckFinding]:
    """What the providers' own lists say otherwise about the models in use and those of the user's own files.

    Asked are the providers whose key is set, and those without keys that tasks use.
    """
    subject = CheckSubject(workspace, on, 0)
    asked = {provider.id: provider for provider in _asked(subject)}
    answers = _fetch_all(workspace, asked.values())
    return [one for provider, answer in answers.items() for one in _findings(subject, asked[provider], answer)]


def _asked(subject: CheckSubject) -> Iterator[Provider]:
    workspace = subject.workspace
    with_models = {model.provider for model in workspace.catalogue.models.values()}
    for provider in workspace.catalogue.providers.values():
        has_key = workspace.key(provider).binding is not None and provider.key != "none"
        is_open = provider.key != "required" and provider.id in subject.tasks_by_provider
        if provider.id in with_models and (has_key or is_open):
            yield provider


def _fetch_all(workspace: Workspace, providers: Iterable[Provider]) -> Mapping[str, Answer]:
    """The answers of several providers, asked at once."""
    providers = list(providers)
    if not providers:
        return {}
    with Transport() as transport, ThreadPoolExecutor(min(len(providers), _MOST_AT_ONCE)) as threads:
        answers = threads.map(lambda provider: _fetch(workspace, provider, transport), providers)
        return {provider.id: answer for provider, answer in zip(providers, answers, strict=True)}


def _fetch(workspace: Workspace, provider: Provider, transport: Transport) -> Answer:
    deadline = Deadline.starting(time.monotonic(), silence_s=SILENCE_S, total_s=LONGEST_S)
    try:
        endpoint = list_endpoint(workspace, provider)
        return fetch_models(endpoint, transport.connect(), deadline) if endpoint else ()
    except (ProviderError, SettingsError) as error:
        return error


def _findings(subject: CheckSubject, provider: Provider, answer: Answer) -> Iterator[CheckFinding]:
    if isinstance(answer, ModelManagerError):
        message = f"the list of {provider.name} could not be read: {answer.message}"
        yield finding("MM706", message, subject=provider.id, fix=answer.hint)
        return
    for model in _compared(subject, provider):
        task = subject.models_in_use.get(model.id)
        for drift in drift_of(model, answer, subject.on):
            yield finding(
                drift.code,
                f"{provider.name}: {drift.message}",
                subject.model_place(model),
                task=task[1].task.name if task else None,
                model=model.id,
                subject=drift.field,
                fix=_fix(drift, model),
            )


def _compared(subject: CheckSubject, provider: Provider) -> Sequence[Model]:
    """The provider's models that tasks can lead to, and those that the user's own files describe."""
    return [
        model
        for model in subject.workspace.catalogue.models.values()
        if model.provider == provider.id
        and (model.id in subject.models_in_use or subject.is_in_own_file(model))
        and model.status(subject.on) != "retired"
    ]


def _fix(drift: Drift, model: Model) -> str | Remedy:
    return drift.toml or Remedy("call_model", model.id)
