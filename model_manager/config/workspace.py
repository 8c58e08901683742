"""The configuration of a directory: catalogue, environment, .env files, settings, and what follows from them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from model_manager.config.base_urls import base_url_in_force, expanded_where_possible
from model_manager.config.catalogue.files import find_layers
from model_manager.config.catalogue.load import load_catalogue
from model_manager.config.dotenv.reader import EnvFile
from model_manager.config.inputs import check_directory, environment_bindings, named_models_file, read_env_files
from model_manager.config.key_files import ignored_key_files, read_key_files
from model_manager.config.provider_keys import Key, find_key
from model_manager.config.search import ENV_FILES, find_project_files
from model_manager.config.settings import Settings, read_settings
from model_manager.config.trust import (
    Destination,
    Trust,
    check_plain_http,
    check_trust,
    headers_place,
    sent_beside_key,
)
from model_manager.core.assignments import Assignment, Binding, Context, resolve, source_of
from model_manager.core.endpoints import Endpoint, Secret
from model_manager.core.keys import key_error, key_warnings
from model_manager.core.lifecycle import SOON_DAYS
from model_manager.core.models import Catalogue, Layer, Model, Provider, Task
from model_manager.core.redaction import Redactor, header_secrets, is_secret_name, redacted_error
from model_manager.core.requirements import Finding
from model_manager.core.suggestions import find_task
from model_manager.errors import ModelManagerError, NoBaseUrlError, ProviderError, SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A configuration, as read; `places` are the process environment and the .env files, the strongest first."""

    directory: Path
    environ: Mapping[str, str] = field(repr=False)
    catalogue: Catalogue
    settings: Settings
    places: Sequence[Mapping[str, Binding]] = field(repr=False)
    env_files: tuple[EnvFile, ...] = ()
    named_env_files: tuple[str, ...] = ()
    #: The .env files that may be written where none is named, the strongest first.
    env_names: tuple[str, ...] = ENV_FILES
    trusted: bool = False
    warnings: tuple[str, ...] = ()
    #: The files that were read, by the names that are shown for them.
    files: Mapping[str, Path] = field(default_factory=dict, repr=False)

    def lookup(self, variable: str | None) -> Binding | None:
        """A variable's strongest binding that is not blank."""
        if variable is None:
            return None
        bindings = (place.get(variable) for place in self.places)
        return next((binding for binding in bindings if binding and binding.value.strip()), None)

    def key(self, provider: Provider) -> Key:
        """The provider's key: the first of its variables that is set."""
        return find_key(self.places, provider)

    def is_ready(self, provider: Provider) -> bool:
        """Whether it can be called: it has a base URL here, and its key is set or it needs none."""
        return self._has_key(provider) and self.base_url_problem(provider) is None

    def _has_key(self, provider: Provider) -> bool:
        return provider.key != "required" or self.key(provider).binding is not None

    def base_url_problem(self, provider: Provider) -> str | None:
        """Why a provider has no base URL on this machine, and which variable to set; or None."""
        try:
            self._base_url(provider)
        except NoBaseUrlError as error:
            return error.message
        except SettingsError:
            return None  # its variable holds something else, which is told where that is used
        return None

    def _base_url(self, provider: Provider) -> str:
        return base_url_in_force(provider, self.lookup(provider.base_url_env), self.places[0])

    def assignments(self, on: date, soon_days: int = SOON_DAYS) -> tuple[Assignment, ...]:
        """Every task's assignment, with what is wrong with it as of a day, or will be within some days."""
        context = self.context(on, soon_days)
        found = (resolve(task, self.catalogue, self.places, context) for task in self.catalogue.tasks.values())
        return tuple(self._with_doubts(assignment) for assignment in found)

    def assignment(self, name: str, on: date) -> Assignment:
        """The assignment of the task that a user named, as of a day.

        Raises:
            UnknownNameError: with the names that come near.
        """
        task = find_task(self.catalogue, name)
        return next(assignment for assignment in self.assignments(on) if assignment.task is task)

    def _with_doubts(self, assignment: Assignment) -> Assignment:
        """An assignment with the warnings about the keys that its models would be called with."""
        names = assignment.route.names if assignment.route else ()
        models = filter(None, (self.catalogue.find(name) for name in names))
        providers = {model.provider: self.catalogue.provider_of(model) for model in models}
        findings = [finding for provider in providers.values() for finding in self.key_doubts(provider)]
        return replace(assignment, problems=(*assignment.problems, *findings)) if findings else assignment

    def key_doubts(self, provider: Provider) -> tuple[Finding, ...]:
        """Warnings about a provider's key: it looks like another one's, is a placeholder, or was damaged."""
        key = self.key(provider)
        return (
            tuple(key_warnings(provider, key.variable, key.binding.value)) if key.variable and key.binding else ()
        )

    def context(self, on: date, soon_days: int = SOON_DAYS) -> Context:
        """The facts that checking an assignment needs."""
        providers = self.catalogue.providers.values()
        return Context(
            on=on,
            ready={provider.id: self._has_key(provider) for provider in providers},
            key_names={provider.id: " or ".join(provider.api_key_env) for provider in providers},
            without_base_url={
                provider.id: problem for provider in providers if (problem := self.base_url_problem(provider))
            },
            soon_days=soon_days,
        )

    def destination(self, provider: Provider, model: Model | None = None, task: Task | None = None) -> Destination:
        """Where a provider's calls would go, those of one model, of a task, or of any.

        Raises:
            NoBaseUrlError: if it has none on this machine.
            SettingsError: if the variable with its base URL holds no usable URL.
        """
        key = self.key(provider)
        return Destination(
            provider=provider,
            base_url=self._base_url(provider),
            url_variable=provider.base_url_env,
            url_binding=self.lookup(provider.base_url_env),
            key_variable=key.variable,
            key_binding=key.binding,
            own_base_urls=expanded_where_possible(provider.own_base_urls, self.places[0]),
            users_base_urls=expanded_where_possible(provider.users_base_urls, self.places[0]),
            headers=headers_place(provider, model, task),
            sent_headers=sent_beside_key(provider, model, task),
            has_users_headers=provider.has_users_headers
            or (model is not None and model.has_users_headers)
            or (task is not None and task.extras_place.layer == "user"),
            files=self.files,
        )

    def endpoint(self, model: Model, task: Task | None = None) -> Endpoint:
        """Where and with which key a model is called, for a task or by name.

        Raises:
            ProviderError: of kind "missing_key", also without a base URL; "untrusted" if the key may not go there
            SettingsError: if a variable holds no usable URL.
        """
        provider = self.catalogue.provider_of(model)
        if not self._has_key(provider):
            names = " or ".join(provider.api_key_env)
            hint = f"add {names} to .env, or set it in the environment"
            raise ProviderError("missing_key", f"no {provider.name} key: set {names}", hint=hint)
        try:
            to = self.destination(provider, model, task)
        except NoBaseUrlError as error:  # as with a key that is not here, other options of a route can do
            raise ProviderError("missing_key", error.message, hint=error.hint) from None
        urls = () if isinstance(self.settings.trust, bool) else self.settings.trust
        check_trust(to, Trust(everything=self.trusted, urls=urls), self.environ)
        check_plain_http(to, allowed=self.settings.allows_http(provider.id))
        if to.key_binding and to.key_variable and (problem := key_error(to.key_binding.value)):
            where = source_of(to.key_variable, to.key_binding).text
            raise ProviderError("auth", f"the key was not sent: {where} {problem}", hint="copy the key again")
        key = self.secret(to.key_binding.value) if to.key_binding else None
        return Endpoint(
            model=model,
            provider=provider,
            base_url=to.base_url,
            key=key,
            key_source=self.key(provider).source,
            base_url_source=to.named_by if to.url_binding else None,
            defaults={**model.options, **(task.options if task else {})},
        )

    def unsent_endpoint(self, model: Model, task: Task | None = None) -> Endpoint:
        """The same for a call that is only shown: with a placeholder for the key, and nothing checked."""
        to = self.destination(self.catalogue.provider_of(model))
        key = Secret("$KEY") if to.provider.key != "none" and to.provider.api_key_env else None
        defaults = {**model.options, **(task.options if task else {})}
        return Endpoint(model=model, provider=to.provider, base_url=to.base_url, key=key, defaults=defaults)

    def redactor(self) -> Redactor:
        """Hides every key that any provider's variable holds anywhere."""
        names = {name for provider in self.catalogue.providers.values() for name in provider.api_key_env}
        values = [
            binding.value
            for place in self.places
            for name, binding in place.items()
            if name in names or is_secret_name(name)
        ]
        values += [self.settings.server_token or "", *header_secrets(self.catalogue)]
        secrets = (self.secret(value) for value in values)
        return Redactor((form for secret in secrets for form in secret.to_hide), shapes=True)

    def secret(self, value: str) -> Secret:
        """A key; one that is a word of the catalogue is none.

        Servers that need no key are given some word for one, often their name; hiding that garbles every list.
        """
        providers = (
            word for provider in self.catalogue.providers.values() for word in (provider.id, provider.name)
        )
        public = "\n".join((*providers, *self.catalogue.names(), *self.catalogue.tasks)).casefold()
        return Secret(value.strip(), is_public=value.strip().casefold() in public)

    def file_to_write(self) -> str:
        """The file that `assign` changes: the last named one, else .env.local if there is one, else .env.

        That is where .env files were found, else beside the models.toml that was found, else in the directory.
        """
        if self.named_env_files:
            return self.named_env_files[-1]
        # A link that leads nowhere counts: it is where a stronger file is going to be.
        existing = (name for name in self.env_names if os.path.lexists(self.directory / name))
        return next(existing, self.env_names[-1])


def open_workspace(
    directory: Path = Path(),
    *,
    environ: Mapping[str, str] = os.environ,
    models_file: Path | None = None,
    env_files: Sequence[Path] = (),
    trust: bool = False,
    search_parents: bool = False,
) -> Workspace:
    """Read a directory, or with `search_parents` also what the directories above it have for its repository.

    Raises:
        UsageError: a file or directory that was named does not exist.
        CatalogueError, SettingsError, EnvFileError: a file is wrong; nothing is guessed.
    """
    check_directory(directory)
    project = find_project_files(str(directory), upwards=search_parents)
    read = read_env_files(directory, env_files, project, environ)
    environment = environment_bindings(environ)
    places = (environment, *(file.bindings for file in read))
    try:
        settings, warnings = read_settings(places)
        chosen, is_users = named_models_file(directory, models_file, settings, places, project)
        layer: Layer = "user" if is_users else "project"
        layers = find_layers(directory, environ, chosen, layer=layer, project_file=project.models)
        with_catalogue = partial(
            Workspace,
            directory=directory,
            environ=environ,
            settings=settings,
            env_files=read,
            named_env_files=tuple(map(str, env_files)),
            env_names=project.env_names,
            trusted=trust or settings.trust is True,
        )
        catalogue = load_catalogue(
            layers, environ, lambda known: with_catalogue(catalogue=known, places=places).redactor()
        )
        names = dict.fromkeys(name for provider in catalogue.providers.values() for name in provider.api_key_env)
        key_files = read_key_files(environment, names)
    except ModelManagerError as error:
        raise redacted_error(error, _first_redactor(places)) from None
    return with_catalogue(
        catalogue=catalogue,
        places=(environment, key_files, *places[1:]) if key_files else places,
        files={**{file.shown: file.path for file in layers}, **{file.shown: file.path for file in read}},
        warnings=(*project.warnings, *_warnings_of(read), *warnings, *ignored_key_files(places[1:], names)),
    )


def _warnings_of(files: Sequence[EnvFile]) -> Iterator[str]:
    yield from (warning for file in files for warning in file.warnings)


def _first_redactor(places: Sequence[Mapping[str, Binding]]) -> Redactor:
    """Hides what can be told to be a key before the catalogue says which variables hold one."""
    values = (binding.value for place in places for name, binding in place.items() if is_secret_name(name))
    return Redactor(values, shapes=True)
