"""`update`: facts of models from price tables and providers' lists, into a generated layer of the catalogue."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from model_manager.commands.update_comparison import (
    IdentifiedCopy,
    all_changes,
    base_of,
    check_loads,
    needed_models,
    next_layer,
)
from model_manager.commands.update_sources import (
    Fetch,
    Fetched,
    addresses,
    fetch_all,
    fetched_copy,
    file_copy,
    parse_mirrors,
)
from model_manager.config.catalogue.update import store
from model_manager.config.catalogue.update.comparison import FactChange
from model_manager.config.catalogue.update.layer import FetchedLayer
from model_manager.config.catalogue.update.record import SourceRecord
from model_manager.config.catalogue.update.refresh import check_copy, identified, new_models, summary_of
from model_manager.config.catalogue.update.sources import SOURCES
from model_manager.config.directories import fetched_file
from model_manager.config.workspace import Workspace
from model_manager.core.models import Catalogue
from model_manager.core.source_error import SourceError
from model_manager.core.suggestions import find_model
from model_manager.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """What `update` is to do.

    Attributes:
        mirrors: `NAME=URL`s.
        files: copies in place of anything fetched.
        only: the models to compare; none: all.
        accept: models whose held and uncertain changes are written too, and sources whose copy is not refused.
        check: only compare: nothing is written, not even what has been seen.
    """

    mirrors: Sequence[str] = ()
    files: Sequence[Path] = ()
    only: Sequence[str] = ()
    accept: Sequence[str] = ()
    check: bool = False


@dataclass(frozen=True, slots=True)
class SourceResult:
    """A source that was asked: its copy's record, or why that is not used."""

    name: str
    record: SourceRecord | None = None
    problem: str | None = None
    hint: str | None = None
    is_unavailable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """The result of `update`.

    Attributes:
        changes: every difference, written or not.
        chosen: those that are, or would be, written, by model.
        new_models: provider and id of models that the catalogue does not have, with their sources.
        layer: the layer with the chosen changes made.
        contents: the copies' bytes, by source.
    """

    file: str
    sources: tuple[SourceResult, ...]
    changes: tuple[FactChange, ...] = ()
    chosen: Mapping[str, Sequence[FactChange]] = field(default_factory=dict)
    new_models: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    written: bool = False
    layer: FetchedLayer = field(default_factory=FetchedLayer, repr=False)
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def held(self) -> tuple[str, ...]:
        """The models with a change that is held."""
        return tuple(dict.fromkeys(one.model for one in self.changes if one.held and not self.is_chosen(one)))

    @property
    def uncertain(self) -> tuple[FactChange, ...]:
        """The changes that are left out because too few sources say so."""
        return tuple(
            one for one in self.changes if not one.is_settled and not one.held and not self.is_chosen(one)
        )

    def is_chosen(self, change: FactChange) -> bool:
        """Whether a change is, or would be, written."""
        return change in self.chosen.get(change.model, ())


@dataclass(slots=True)
class _Comparison:
    """The copies that are used, what became of each source, and the bytes of the copies."""

    copies: list[IdentifiedCopy] = field(default_factory=list)
    results: list[SourceResult] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)

    def add(
        self,
        name: str,
        brought: Fetched | SourceError,
        catalogue: Catalogue,
        last: SourceRecord | None,
        needed: Collection[str],
    ) -> None:
        """Take a source's copy, or note why it is not used; `last` is the copy with which it has to agree."""
        try:
            if isinstance(brought, SourceError):
                raise brought
            copy, rows = identified(brought.copy, catalogue)
            check_copy(copy, last, needed)
        except SourceError as error:
            self.results.append(SourceResult(name, None, error.message, error.hint, error.is_unavailable))
            return
        self.copies.append((copy, rows))
        self.contents[name] = brought.content
        self.results.append(SourceResult(name, copy.record))


def run(
    workspace: Workspace,
    request: UpdateRequest,
    now: datetime,
    fetch: Fetch,
    notify: Callable[[str], object] = lambda _: None,
) -> UpdateReport:
    """Compare the catalogue with its sources. Writes nothing: see `write`.

    Args:
        workspace: says which models are in use and which providers have a key.
        request: what to compare.
        now: the moment of the comparison.
        fetch: brings a document.
        notify: told of each source before it is asked.

    Raises:
        UnknownNameError: a model that was named does not exist.
        UsageError: a source or file that was named does not exist.
        SourceError: not one source could be used.
    """
    base = base_of(workspace.environ)
    only = {find_model(base.catalogue, name).id for name in request.only}
    accepted = {find_model(base.catalogue, name).id for name in request.accept if name not in SOURCES}
    before = store.read_fetched(workspace.environ)
    brought, warnings = _bring(workspace, request, before, now, (fetch, notify))
    needed = needed_models(workspace, base.catalogue, now)
    compared = _Comparison()
    for name, one in brought:
        last = None if name in request.accept else before.sources.get(name)
        compared.add(name, one, base.catalogue, last, needed)
    _refuse_without_sources(compared.results)
    changes, old = all_changes(base, compared.copies, before, only, now)
    chosen = summary_of(changes, accepted)
    records = {result.name: result.record for result in compared.results if result.record}
    return UpdateReport(
        file=str(fetched_file(workspace.environ)),
        sources=tuple(compared.results),
        changes=tuple(changes),
        chosen=chosen,
        new_models=new_models(base.catalogue, [copy for copy, _ in compared.copies], _ready(workspace)),
        warnings=(*warnings, *_warnings(workspace, old)),
        layer=next_layer(base.catalogue, before, chosen, records, now),
        contents=compared.contents,
    )


def write(workspace: Workspace, report: UpdateReport) -> UpdateReport:
    """Write the chosen changes, and remember the copies as accepted.

    Raises:
        ModelManagerError: the layer cannot be written, or would not be valid; nothing has changed.
    """
    if report.chosen:
        check_loads(workspace.environ, report.layer)
    for name, content in report.contents.items():
        store.keep_copy(workspace.environ, name, content)
    store.write_fetched(workspace.environ, report.layer, keep_old=bool(report.chosen))
    return replace(report, written=bool(report.chosen))


def undo(environ: Mapping[str, str]) -> UpdateReport:
    """Put the layer back that was there before the last change.

    Raises:
        UsageError: there is none.
    """
    store.put_back(environ)
    return UpdateReport(file=str(fetched_file(environ)), sources=(), written=True)


def _ready(workspace: Workspace) -> set[str]:
    return {provider.id for provider in workspace.catalogue.providers.values() if workspace.is_ready(provider)}


def _bring(
    workspace: Workspace,
    request: UpdateRequest,
    before: FetchedLayer,
    now: datetime,
    ways: tuple[Fetch, Callable[[str], object]],
) -> tuple[list[tuple[str, Fetched | SourceError]], list[str]]:
    """Every source's copy, or why there is none; and notes about those that are not asked."""
    fetch, notify = ways
    if request.files:
        return _from_files(request.files, now), []
    found, notes = addresses(workspace, parse_mirrors(request.mirrors))
    names = [address.kind.name for address in found]
    jobs: list[Callable[[], Fetched]] = []
    for name, address in zip(names, found, strict=True):
        notify(name)
        last = before.sources.get(name)
        kept = store.kept_copy(workspace.environ, name, last)
        jobs.append(partial(fetched_copy, address, last, kept, fetch, now))
    return list(zip(names, fetch_all(jobs), strict=True)), notes


def _from_files(files: Sequence[Path], now: datetime) -> list[tuple[str, Fetched | SourceError]]:
    brought: dict[str, Fetched | SourceError] = {}
    for path in files:
        try:
            found = file_copy(path, now)
        except SourceError as error:
            brought[str(path)] = error
            continue
        name = found.copy.kind.name
        if name in brought:
            raise UsageError(f"{path} is another copy of {name}", parameter="offline")
        brought[name] = found
    return list(brought.items())


def _refuse_without_sources(results: Sequence[SourceResult]) -> None:
    if any(result.record for result in results):
        return
    problem = "; ".join(f"{result.name}: {result.problem}" for result in results) or "none is available"
    is_unavailable = bool(results) and all(result.is_unavailable for result in results)
    hint = next((result.hint for result in results if result.hint), None)
    if is_unavailable:
        hint = "check the connection, or name downloaded files with `offline`"
    raise SourceError(f"no source can be used: {problem}", hint=hint, is_unavailable=is_unavailable)


def _warnings(workspace: Workspace, old: Mapping[str, int]) -> Iterator[str]:
    for name, count in old.items():
        models = f"{count} model{'s' if count > 1 else ''}"
        yield f"{name} is older than the catalogue's facts for {models}, which stay as they are"
    if workspace.catalogue.compared is None:
        yield "extends = false in a models.toml: fetched facts have no effect there"
