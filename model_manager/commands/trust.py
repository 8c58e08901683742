"""`trust`: what a project's files would send where; remembers what the user allows, lists it, and forgets it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from model_manager.config.trust import Claim, claims_of
from model_manager.config.trust_record import Grant, read_grants, trust_file, write_grants
from model_manager.config.workspace import Workspace
from model_manager.core.assignments import Binding
from model_manager.core.models import Provider
from model_manager.core.suggestions import find_provider
from model_manager.errors import UnknownNameError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedDestination:
    """A URL that a file of a project names for a key.

    Attributes:
        variable: the variable with the key, which need not be set; None: the URL itself would carry something.
        base_url: where it goes; None where something of the environment is in it, which is not shown.
        line: None for what is remembered, and where a line cannot be told.
        grant: what is remembered; None: this can only be trusted for a run.
    """

    provider: str
    variable: str | None
    base_url: str | None
    host: str
    file: str
    line: int | None
    trusted: bool
    grant: Grant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustReport:
    """Destinations, and whether anything was written."""

    destinations: tuple[TrustedDestination, ...]
    written: bool = False

    @property
    def untrusted(self) -> tuple[TrustedDestination, ...]:
        """Those that could be trusted and are not."""
        return tuple(one for one in self.destinations if not one.trusted and one.grant)


def run(workspace: Workspace, names: Sequence[str] = ()) -> TrustReport:
    """The destinations of the project's files, of all providers or of some.

    Raises:
        UnknownNameError: there is no such provider.
        SettingsError: what is remembered cannot be read, or a variable holds no usable URL.
    """
    providers = workspace.catalogue.providers
    wanted = {find_provider(workspace.catalogue, name).id for name in names}
    known = read_grants(trust_file(workspace.environ))
    found = {
        (claim.grant, claim.place): _destination(provider, variable, claim, known)
        for provider in providers.values()
        if not names or provider.id in wanted
        for variable, claim in _claims(workspace, provider)
    }
    return TrustReport(destinations=tuple(found.values()))


def _claims(workspace: Workspace, provider: Provider) -> Iterator[tuple[str | None, Claim]]:
    """The destination of a provider's key, also of one that is still to be set; none without a base URL here."""
    if workspace.base_url_problem(provider):
        return
    models = [model for model in workspace.catalogue.models.values() if model.provider == provider.id]
    special = [model for model in models if model.headers_place.layer == "project"]
    variable = workspace.key(provider).shown if provider.key != "none" else None
    for model in (None, *special):
        to = workspace.destination(provider, model)
        if variable and to.key_binding is None:
            to = replace(to, key_variable=variable, key_binding=Binding(value=""))
        yield from ((variable, claim) for claim in claims_of(to))


def _destination(
    provider: Provider, variable: str | None, claim: Claim, known: Collection[Grant]
) -> TrustedDestination:
    return TrustedDestination(
        provider=provider.id,
        variable=variable,
        base_url=claim.grant.base_url if claim.grant else None,
        host=claim.host,
        file=claim.place.file or "",
        line=claim.place.line,
        trusted=claim.grant in known,
        grant=claim.grant,
    )


def remember(workspace: Workspace, report: TrustReport) -> TrustReport:
    """Trust all that is shown, from now on.

    Raises:
        ModelManagerError: it cannot be written.
    """
    new = {one.grant for one in report.untrusted if one.grant}
    if new:
        path = trust_file(workspace.environ)
        write_grants(path, read_grants(path) | new)
    trusted = tuple(replace(one, trusted=one.grant is not None) for one in report.destinations)
    return TrustReport(destinations=trusted, written=bool(new))


def remembered(environ: Mapping[str, str]) -> TrustReport:
    """All that is trusted, whichever project it belongs to.

    Raises:
        SettingsError: it cannot be read.
    """
    grants = sorted(read_grants(trust_file(environ)))
    return TrustReport(destinations=tuple(_of_grant(grant, trusted=True) for grant in grants))


def revoke(environ: Mapping[str, str], directory: Path, names: Sequence[str] = ()) -> TrustReport:
    """Forget what the files of a project were trusted for; or what was trusted under some names, anywhere.

    Args:
        environ: names the state directory.
        directory: a directory of the project.
        names: providers, hosts, base URLs, or files as the list has them.

    Raises:
        UnknownNameError: nothing is trusted under one of these names.
    """
    path = trust_file(environ)
    grants = read_grants(path)
    for name in names:
        if not any(_is_called(grant, name) for grant in grants):
            raise UnknownNameError(f"nothing is trusted under the name {name!r}")
    project = _root(directory.resolve())
    gone = {
        grant
        for grant in grants
        if any(_is_called(grant, name) for name in names)
        or (not names and Path(grant.file).is_relative_to(project))
    }
    if gone:
        write_grants(path, grants - gone)
    return TrustReport(
        destinations=tuple(_of_grant(grant, trusted=False) for grant in sorted(gone)), written=bool(gone)
    )


def _root(directory: Path) -> Path:
    """The directory of the repository, else the directory itself."""
    return next((place for place in (directory, *directory.parents) if (place / ".git").exists()), directory)


def _is_called(grant: Grant, name: str) -> bool:
    return name.rstrip("/") in {grant.provider, grant.base_url, urlsplit(grant.base_url).netloc, grant.file}


def _of_grant(grant: Grant, *, trusted: bool) -> TrustedDestination:
    return TrustedDestination(
        provider=grant.provider,
        variable=grant.variable or None,
        base_url=grant.base_url,
        host=urlsplit(grant.base_url).netloc,
        file=grant.file,
        line=None,
        trusted=trusted,
        grant=grant,
    )
