"""From copies of sources to changes: what they say of our models, compared, and held where suspicious."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice

from model_manager.config.catalogue.update.comparison import FactChange, SourceStatement, differences, facts_of
from model_manager.config.catalogue.update.holds import with_holds
from model_manager.config.catalogue.update.matching import ModelIndex, at_our_bounds
from model_manager.config.catalogue.update.record import SourceRecord, gone_facts, kinds_said, refusal
from model_manager.config.catalogue.update.rows import SourceRow
from model_manager.config.catalogue.update.sources import SourceKind, kind_of
from model_manager.core.models import Catalogue, Model
from model_manager.core.source_error import SourceError
from model_manager.core.source_values import Fact, parse_json

#: The largest source has fewer than 10,000.
_MOST_MODELS = 100_000


@dataclass(frozen=True, slots=True)
class SourceCopy:
    """A source's document as rows, and where it came from.

    `is_own`: the provider's own API answered; a mirror's or a file's copy counts as one table.
    """

    kind: SourceKind
    rows: Sequence[SourceRow]
    record: SourceRecord
    is_own: bool = False


def read_copy(  # noqa: PLR0917 - the record's own fields
    content: bytes, kind: SourceKind | None, url: str, data_at: datetime, now: datetime, etag: str | None = None
) -> SourceCopy:
    """A document as rows.

    Raises:
        SourceError: it is no table of this kind, or of any where none is given.
    """
    document = parse_json(content)
    found = kind_of(document)
    if kind is not None and found is not kind:
        raise SourceError(f"has the format of {found.name}, not of {kind.name}")
    rows = tuple(islice(found.parse(document, now.date()), _MOST_MODELS + 1))
    if len(rows) > _MOST_MODELS:
        raise SourceError(f"has more than {_MOST_MODELS:,} models, the limit")
    record = SourceRecord(
        url=url,
        at=now,
        data_at=data_at,
        sha256=sha256(content).hexdigest(),
        models=len(rows),
        etag=etag if etag and etag.isascii() and etag.isprintable() else None,
    )
    return SourceCopy(found, rows, record)


def identified(copy: SourceCopy, catalogue: Catalogue) -> tuple[SourceCopy, dict[str, SourceRow]]:
    """The copy with our models in its record, and its row of each."""
    index = ModelIndex(catalogue)
    rows = [row for row in copy.rows if copy.kind.provider in (None, row.provider)]
    found = {model.id: _with_our_names(row, index) for model, row in index.matched(rows)}
    said = {name: kinds_said(row.facts) for name, row in sorted(found.items())}
    return replace(copy, record=replace(copy.record, said=said)), found


def _with_our_names(row: SourceRow, index: ModelIndex) -> SourceRow:
    """The row with the catalogue's id of what replaces the model, or without it if the catalogue has none."""
    if (said := row.facts.get("replacement")) is None:
        return row
    model = index.model(SourceRow(row.provider, str(said)))
    rest = {name: value for name, value in row.facts.items() if name != "replacement"}
    return replace(row, facts={**rest, "replacement": model.id} if model else rest)


def check_copy(copy: SourceCopy, last: SourceRecord | None, needed: Collection[str]) -> None:
    """Refuse a copy as a whole.

    Raises:
        SourceError: it lacks what the last accepted one had, or is older.
    """
    if reason := refusal(copy.record, last, needed):
        hint = f"look at {copy.record.url}; if it is right, accept it with `accept` {copy.kind.name}"
        raise SourceError(reason, hint=hint if last else None)


def statement_of(
    copy: SourceCopy, row: SourceRow, model: Model, last: SourceRecord | None, now: datetime
) -> SourceStatement:
    """What a copy says of a model, and what it no longer says."""
    facts: dict[str, Fact] = {**at_our_bounds(row.facts, model.price)}  # type: ignore[dict-item]  # the same values
    if last is not None:
        facts |= gone_facts(last.said.get(model.id, ()), facts, facts_of(model, now))
    return SourceStatement(copy.kind.name, facts, is_host=copy.is_own and copy.kind.provider == model.provider)


def changes_of(
    model: Model, statements: Sequence[SourceStatement], own_keys: Collection[str], now: datetime
) -> list[FactChange]:
    """The changes of one model, but for keys that the user's own files state: those are theirs to change."""
    kept = [
        replace(one, facts={name: value for name, value in one.facts.items() if _key(name) not in own_keys})
        for one in statements
    ]
    return with_holds(model, differences(model, kept, now), now)


def _key(field: str) -> str:
    return field.partition(".")[0]


def is_older(copy: SourceCopy, model: Model) -> bool:
    """Whether a copy is older than the day on which the model's facts were compared: it says nothing new."""
    return model.checked is not None and copy.record.data_at.date() < model.checked


def new_models(
    catalogue: Catalogue, copies: Sequence[SourceCopy], ready: Collection[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Models that the catalogue does not have, by provider and id there: of providers that can be called, priced.

    Two sources name each, or the provider itself.
    """
    index = ModelIndex(catalogue)
    seen: dict[tuple[str, str], list[SourceCopy]] = {}
    for copy in copies:
        for row in copy.rows:
            provider = index.provider(row.provider)
            if provider and provider.id in ready and "price.input" in row.facts and index.model(row) is None:
                seen.setdefault((provider.id, row.model_id), []).append(copy)
    return {
        name: tuple(copy.kind.name for copy in by)
        for name, by in sorted(seen.items())
        if len(by) > 1 or by[0].kind.provider == name[0]
    }


def summary_of(changes: Sequence[FactChange], accepted: Collection[str]) -> Mapping[str, Sequence[FactChange]]:
    """The changes to be written, by model: settled ones that are not held, and all of accepted models."""
    chosen: dict[str, list[FactChange]] = {}
    for change in changes:
        is_taken = change.model in accepted or (change.is_settled and change.held is None)
        if is_taken and change.is_possible:
            chosen.setdefault(change.model, []).append(change)
    return chosen
