"""What is remembered of a source's last accepted copy, and the reasons to refuse another one as a whole."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from model_manager.core.source_values import Fact

#: A copy with fewer models than this part of the last one is cut short.
_LEAST_PART = 0.9
#: What a copy once said of a model and may not silently stop saying.
_KEPT = ("price", "tiers", "retires")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A copy of a source.

    Attributes:
        url: where it came from: an address, or a file's name.
        at: when it was fetched.
        data_at: when the server says that it was made; as `at` where it says nothing.
        models: how many it has, ours or not; in the record that is kept, at most a ninth more than before.
        said: our models that it has, each with the kinds of facts that it gave: price, tiers, retires.
    """

    url: str
    at: datetime
    data_at: datetime
    sha256: str
    models: int
    etag: str | None = None
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_dated(self) -> bool:
        """Whether the server said when it was made."""
        return self.data_at != self.at

    def after(self, last: "SourceRecord | None") -> "SourceRecord":
        """The record to keep: a copy that was blown up must not make the next sound one look cut short."""
        return replace(self, models=min(self.models, int(last.models / _LEAST_PART))) if last else self


def kinds_said(facts: Mapping[str, Fact]) -> list[str]:
    """The kinds of facts that a copy gave of a model."""
    price = {name for name in facts if name.startswith("price.")}
    tiers = {name for name in price if name.startswith("price.tiers.")}
    found = {"price": bool(price), "tiers": bool(tiers), "retires": facts.get("retires") is not None}
    return [kind for kind in _KEPT if found[kind]]


def gone_facts(
    said_before: Sequence[str], facts: Mapping[str, Fact], known: Mapping[str, Fact]
) -> dict[str, Fact]:
    """Facts that the last copy gave and this one does not: that they are gone is told, and held."""
    gone = {kind for kind in said_before if kind in _KEPT} - set(kinds_said(facts))
    found: dict[str, Fact] = {}
    for name in known:
        is_tier = name.startswith("price.tiers.")
        kind = "tiers" if is_tier else "price" if name.startswith("price.") else name
        if kind in gone and name.rpartition(".")[2] in ("input", "output", "retires"):
            found[name] = None
    return found


def refusal(new: SourceRecord, last: SourceRecord | None, needed: Collection[str]) -> str | None:
    """Why a copy is not used at all, or None.

    Args:
        new: the copy.
        last: the last accepted one.
        needed: our models that are in use or recommended, without those that have retired.
    """
    if not new.models:
        return "has no models"
    if last is None:
        return None
    if new.models < _LEAST_PART * last.models:
        return f"has {new.models:,} models, the last accepted copy had {last.models:,}"
    if last.is_dated and new.data_at.date() < last.data_at.date():
        return f"is from {new.data_at.date()}, older than the last accepted copy from {last.data_at.date()}"
    if missing := sorted(set(last.said) & set(needed) - set(new.said)):
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")  # noqa: PLR2004 - names a person reads
        return f"no longer has {shown}, which are in use or recommended"
    return None
