"""The catalogue's tables: which keys each may have and what stands in them. Finds every mistake of one file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_manager.config.catalogue import validators as checks
from model_manager.config.catalogue.call_parameters import OPTIONS, PARAMETERS
from model_manager.config.catalogue.pasted_rows import foreign_key_hint, misplaced_row_hint
from model_manager.config.catalogue.positions import Path
from model_manager.config.catalogue.validators import Check
from model_manager.core.models import (
    AUTHS,
    BUDGET_PERIODS,
    CAPABILITIES,
    KEY_POLICIES,
    UNPRICED_ACTIONS,
    WIRES,
    Layer,
)
from model_manager.core.routing.auto import THRESHOLDS, TIERS, WEIGHTS, WORD_KINDS
from model_manager.core.routing.grammar import AUTO, NAME, parse_route
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import RouteSyntaxError


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and what they hold; `each` describes tables under keys that the user chooses."""

    keys: Mapping[str, "Check | Table | TableArray"]
    each: "Check | Table | None" = None


@dataclass(frozen=True, slots=True)
class TableArray:
    """An array of tables."""

    table: Table


@dataclass(frozen=True, slots=True)
class Mistake:
    """A problem that does not know its file and line yet; `also` are other keys that take part in it."""

    path: Path
    message: str
    hint: str | None = None
    also: tuple[Path, ...] = ()


def _route(value: Any) -> str | None:
    if problem := checks.text(value):
        return problem
    try:
        parse_route(value)
    except RouteSyntaxError as error:
        return error.message
    return None


#: In a route, this is a percentage and a name.
_SHARE_LIKE = re.compile(r"[0-9]+:")


def _name(value: Any) -> str | None:
    good = isinstance(value, str) and NAME.fullmatch(value) and value != AUTO and not _SHARE_LIKE.match(value)
    return None if good else f"expected a model's name, got {checks.show(value)}"


def _provider_alias(value: Any) -> str | None:
    """A name that can stand before the slash of `provider/model_id`."""
    good = isinstance(value, str) and NAME.fullmatch(value) and "/" not in value and not _SHARE_LIKE.match(value)
    return None if good else f"expected a provider's name, got {checks.show(value)}"


_RATES: dict[str, Check] = {
    "input": checks.rate,
    "output": checks.rate,
    "cache_read": checks.cache_rate,
    "cache_write": checks.cache_rate,
    "cache_write_1h": checks.cache_rate,
    "cache_write_12h": checks.cache_rate,
    "request": checks.amount,
}
_PRICE = Table(
    {
        **_RATES,
        "tiers": TableArray(Table({**_RATES, "above": checks.count, "inclusive": checks.flag})),
        "changes": TableArray(Table({**_RATES, "from": checks.moment})),
        "peak": Table({**_RATES, "days": checks.weekdays, "utc": checks.list_of(checks.window)}),
    }
)
_PARAMETERS = Table(PARAMETERS)
_OPTIONS = Table(OPTIONS)
_PROVIDER = Table(
    {
        "like": checks.text,
        "name": checks.text,
        "aliases": checks.list_of(_provider_alias),
        "wire": checks.one_of(WIRES),
        "base_url": checks.base_url,
        "base_url_env": Table({"name": checks.harmless_variable, "append": checks.path_suffix}),
        "api_key_env": checks.list_of(checks.variable),
        "key": checks.one_of(KEY_POLICIES),
        "auth": checks.one_of(AUTHS),
        "parameters": _PARAMETERS,
        "pricing_url": checks.url,
        "docs_url": checks.url,
        "status_url": checks.url,
        "allow_http": checks.flag,
    }
)
CERTAINTIES = ("web", "single", "disputed", "derived")
MODEL_KEYS: dict[str, Check | Table | TableArray] = {
    "like": checks.text,
    "name": checks.text,
    "provider": checks.text,
    "model_id": checks.text,
    "aliases": checks.list_of(_name),
    "capabilities": checks.list_of(checks.one_of(CAPABILITIES)),
    "lacks": checks.list_of(checks.one_of(CAPABILITIES)),
    "context_window": checks.count,
    "max_input": checks.count,
    "max_output": checks.count,
    "knowledge_cutoff": checks.day_or_text,
    "recommended": checks.flag,
    "best_for": checks.text,
    "released": checks.day_or_text,
    "status": checks.one_of(("preview", "legacy")),
    "deprecated": checks.day,
    "retires": checks.day,
    "replacement": checks.text,
    "certainty": Table({}, each=checks.one_of(CERTAINTIES)),
    "source": checks.text,
    "checked": checks.day,
    "notes": checks.text,
    "parameters": _PARAMETERS,
    "options": _OPTIONS,
    "price": _PRICE,
    "cost_per_1k_tokens": checks.rate_per_thousand,
}
MODEL_KEYS["unset"] = checks.list_of(checks.one_of(tuple(MODEL_KEYS)))
_AUTO = Table(
    {
        **dict.fromkeys(TIERS, _name),
        "thresholds": Table(dict.fromkeys(THRESHOLDS, checks.fraction)),
        "weights": Table(dict.fromkeys(WEIGHTS, checks.amount)),
        "words": Table(dict.fromkeys(WORD_KINDS, checks.list_of(checks.text))),
    }
)
_TASK = Table(
    {
        "purpose": checks.text,
        "env": checks.harmless_variable,
        "model": _route,
        "requires": checks.list_of(checks.one_of(CAPABILITIES)),
        "min_context": checks.count,
        "max_price": checks.amount,
        "profile": Table(
            {
                "requests_per_day": checks.amount,
                "input_tokens": checks.whole,
                "output_tokens": checks.whole,
                "cache_share": checks.fraction,
            }
        ),
        "preferences": Table({}, each=_route),
        "split_salt": checks.text,
        "auto": _AUTO,
        "options": _OPTIONS,
    }
)
_SCENARIO = Table({"title": checks.text, "model": _name, "why": checks.text})
_BUDGET = Table(
    {
        "limit": checks.amount,
        "per": checks.one_of(BUDGET_PERIODS),
        "tasks": checks.list_of(checks.text),
        "warn": checks.fraction,
        "then": _route,
        "unpriced": checks.one_of(UNPRICED_ACTIONS),
    }
)
CATALOGUE = Table(
    {
        "extends": checks.flag,
        "default_model": _route,
        "providers": Table({}, each=_PROVIDER),
        "models": Table({}, each=Table(MODEL_KEYS)),
        "tasks": Table({}, each=_TASK),
        "scenarios": Table({}, each=_SCENARIO),
        "budgets": Table({}, each=_BUDGET),
    }
)


#: Facts of a model that may be downloaded: never where it is called, with what, or what is said for it.
FACT_KEYS = (
    *("context_window", "max_input", "max_output", "knowledge_cutoff", "released", "retires", "replacement"),
    *("capabilities", "certainty", "source", "checked", "price"),
)
_FETCHED_MODEL: dict[str, Check | Table | TableArray] = {key: MODEL_KEYS[key] for key in FACT_KEYS}
_FETCHED_MODEL["unset"] = checks.list_of(checks.one_of(FACT_KEYS))
_SOURCE: dict[str, Check | Table | TableArray] = {
    "url": checks.text,
    "at": checks.moment,
    "data_at": checks.moment,
    "sha256": checks.text,
    "models": checks.whole,
    "etag": checks.text,
    "said": Table({}, each=checks.list_of(checks.text)),
}
#: What the generated layer of fetched facts may hold, and nothing else.
FETCHED = Table(
    {
        "fetched": Table({"at": checks.moment, "sources": Table({}, each=Table(_SOURCE))}),
        "models": Table({}, each=Table(_FETCHED_MODEL)),
    }
)


def mistakes_of(data: Mapping[str, Any], layer: Layer = "user") -> Iterator[Mistake]:
    """Every mistake of one file: keys and values that no catalogue may have, or no layer of fetched facts."""
    yield from _table(data, FETCHED if layer == "fetched" else CATALOGUE, ())
    yield from _names(data)


def _table(data: Mapping[str, Any], table: Table, path: Path) -> Iterator[Mistake]:
    for key, value in data.items():
        rule = table.keys.get(key, table.each)
        if rule is None:
            yield _unknown(key, value, table, path)
        else:
            yield from _value(value, rule, (*path, key))


def _value(value: Any, rule: "Check | Table | TableArray", path: Path) -> Iterator[Mistake]:
    if isinstance(rule, Table):
        if isinstance(value, dict):
            yield from _table(value, rule, path)
        else:
            yield Mistake(path, f"expected a table, got {checks.show(value)}")
    elif isinstance(rule, TableArray):
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                yield from _table(item, rule.table, (*path, str(index)))
        else:
            yield Mistake(path, f"expected an array of tables, got {checks.show(value)}")
    elif problem := rule(value):
        yield Mistake(path, problem)


def _unknown(key: str, value: Any, table: Table, path: Path) -> Mistake:
    in_model = len(path) >= 2 and path[0] == "models"  # noqa: PLR2004 - table and id
    foreign = foreign_key_hint(key, value) if in_model else None if path else misplaced_row_hint(key, value)
    hint = foreign or did_you_mean(key, table.keys)
    if hint is None and isinstance(value, dict) and len(path) >= 2 and path[0] in ("models", "tasks"):  # noqa: PLR2004 - table and id
        whole = ".".join((*path[1:], *_parts(key, value, table)))
        hint = f'an id with a dot is quoted: [{path[0]}."{whole}"]'
    return Mistake((*path, key), "unknown key", hint)


def _parts(key: str, value: Mapping[str, Any], table: Table) -> Iterator[str]:
    """The parts into which TOML splits an id with dots: tables that hold one table each, down to a known key."""
    yield key
    if len(value) == 1:
        inner, below = next(iter(value.items()))
        if isinstance(below, dict) and inner not in table.keys:
            yield from _parts(inner, below, table)


def _names(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for kind in ("models", "providers", "tasks", "scenarios", "budgets"):
        group = data.get(kind)
        for name in group if isinstance(group, dict) else ():
            if not NAME.fullmatch(name) or name == AUTO:
                yield Mistake((kind, name), f"{checks.show(name)} cannot be a name here", _NAME_RULE)
            elif _SHARE_LIKE.match(name):
                hint = "begin it with a letter: 7:b in a route gives b seven percent"
                yield Mistake((kind, name), "this name would parse as a share of a route", hint)


_NAME_RULE = "names are letters, digits and . _ : / @ - and start with a letter or digit; auto is reserved"
