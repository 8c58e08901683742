"""Findings about keys and where they would go, one a provider and not one a model."""

from collections.abc import Iterator

from model_manager.commands import trust
from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.core.assignments import Binding, source_of
from model_manager.core.checking import CheckFinding
from model_manager.core.checking.remedy import Remedy
from model_manager.core.hosts import canonical_url
from model_manager.core.models import Model, Provider
from model_manager.errors import ProviderError, SettingsError


def find(subject: CheckSubject) -> Iterator[CheckFinding]:
    """Keys that are missing or doubtful, and destinations that are not allowed or not usable."""
    untrusted = [] if subject.workspace.trusted else list(_untrusted(subject))
    yield from untrusted
    told = {one.subject for one in untrusted}
    context = subject.workspace.context(subject.on)
    for provider_id, tasks in subject.tasks_by_provider.items():
        provider = subject.workspace.catalogue.providers[provider_id]
        tasks_said = ", ".join(tasks)
        task = tasks[0] if len(tasks) == 1 else None
        if not context.ready[provider_id]:
            message = f"no {provider.name} key for {tasks_said}: set {context.key_names[provider_id]}"
            yield finding("MM501", message, task=task, subject=provider_id, fix=_setting(provider))
        if problem := context.without_base_url.get(provider_id):
            message = f"no base URL for {tasks_said}: {problem}"
            yield finding("MM502", message, task=task, subject=provider_id)
        elif context.ready[provider_id]:
            yield from _of_key(subject, provider)
            yield from _refused(subject, provider, told)


def _setting(provider: Provider) -> str:
    return f"add {provider.api_key_env[0]}=… to .env, or set it in the environment"


def _of_key(subject: CheckSubject, provider: Provider) -> Iterator[CheckFinding]:
    key = subject.workspace.key(provider)
    where = source_of(key.variable, key.binding) if key.variable and key.binding else None
    for doubt in subject.workspace.key_doubts(provider):
        yield finding("MM503", doubt.message, where, subject=key.variable or "", fix="copy the key again")


def _refused(subject: CheckSubject, provider: Provider, told: set[str]) -> Iterator[CheckFinding]:
    """Why calls would be refused though key and base URL are there."""
    models = (model for model, _ in subject.models_in_use.values() if model.provider == provider.id)
    reason = next(filter(None, (_refusal(subject, model) for model in models)), None)
    if reason and not (reason.kind == "untrusted" and provider.id in told):
        where = _url_place(subject, provider)
        yield finding("MM505", reason.message, where, subject=provider.id, fix=reason.hint)


def _refusal(subject: CheckSubject, model: Model) -> ProviderError | SettingsError | None:
    try:
        subject.workspace.endpoint(model)
    except (ProviderError, SettingsError) as error:
        return error
    return None


def _url_place(subject: CheckSubject, provider: Provider) -> tuple[str | None, int | None]:
    binding: Binding | None = subject.workspace.lookup(provider.base_url_env)
    if binding is not None:
        return binding.file, binding.line
    return subject.place(provider.place("base_url"), ("providers", provider.id, "base_url"))


def _untrusted(subject: CheckSubject) -> Iterator[CheckFinding]:
    """Keys that the project's files would send to hosts of theirs."""
    settings = subject.workspace.settings.trust
    allowed = {canonical_url(url) for url in (() if isinstance(settings, bool) else settings)}
    for provider in subject.workspace.catalogue.providers.values():
        try:
            report = trust.run(subject.workspace, [provider.id])
        except SettingsError:  # told where the provider is used
            continue
        for one in report.destinations:
            if one.trusted or (one.base_url and canonical_url(one.base_url) in allowed):
                continue
            what = one.variable or "a header"
            message = f"{what} would go to {one.base_url or one.host}, which is not trusted: calls are refused"
            fix = Remedy("review_destination", provider.id) if one.grant else "remove it from the project's files"
            yield finding("MM504", message, (one.file or None, one.line), subject=provider.id, fix=fix)
