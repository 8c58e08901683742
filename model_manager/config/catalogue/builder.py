"""From TOML files to a `Catalogue`: every problem of them at once, or the values that they describe."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from model_manager.config.catalogue.budgets import budget_problems, budgets_of
from model_manager.config.catalogue.consistency import inconsistencies, use_provider_ids
from model_manager.config.catalogue.files import EMBEDDED, LayerFile
from model_manager.config.catalogue.inheritance import Lineage, inherit
from model_manager.config.catalogue.layers import Data, LayerData, effective, located, merge, places, read_layer
from model_manager.config.catalogue.options import EXTRAS, extras_place, options_of
from model_manager.config.catalogue.ownership import Own, foreign_keys, owned
from model_manager.config.catalogue.schema import Mistake
from model_manager.config.catalogue.validators import parse_weekdays
from model_manager.core.base_urls import variable_stem
from model_manager.core.models import Catalogue, Model, Place, Profile, Provider, Scenario, Task
from model_manager.core.pricing import MINUTES_PER_DAY, RATE_NAMES, Change, Peak, Price, Rates, Tier
from model_manager.core.routing.auto import THRESHOLDS, TIERS, WEIGHTS, AutoRules
from model_manager.errors import CatalogueError, Problem

#: Keys that go from the file into a `Model` as they are.
_PLAIN_KEYS = (
    "provider",
    "context_window",
    "max_input",
    "max_output",
    "best_for",
    "deprecated",
    "retires",
    "replacement",
    "source",
    "checked",
    "notes",
)


def read_catalogue(files: Sequence[LayerFile]) -> Catalogue:
    """Read, check, merge and build.

    Raises:
        CatalogueError: with every problem of every file.
    """
    read = [read_layer(file) for file in files]
    whole = [layer for layer in read if not layer.file.for_budgets]
    layers = effective(whole)
    problems = [problem for layer in layers for problem in layer.problems]
    problems += [problem for layer in read if layer not in layers for problem in layer.budget_problems]
    if all(layer.parsed for layer in layers):
        data = merge(layers)
        use_provider_ids(data)
        lineage = inherit(data, layers)
        problems += [located(layers, mistake) for mistake in _new_mistakes(data, layers, lineage)]
        own = owned(whole)
        problems += [problem for layer in layers for problem in foreign_keys(layer, own)]
        problems += budget_problems(read, layers, data)
        if not problems:
            return replace(build(data, layers, own, lineage), budgets=budgets_of(read))
    order = {problem.file: index for index, problem in reversed(list(enumerate(problems)))}
    problems.sort(key=lambda problem: (order[problem.file], problem.line or 0))
    raise CatalogueError(_summary(problems), problems=problems)


def _new_mistakes(data: dict[str, object], layers: Sequence[LayerData], lineage: Lineage) -> list[Mistake]:
    """Mistakes of the whole that do not follow from a key or a `like` that is wrong by itself."""
    mistaken = [path for layer in layers for path in layer.mistaken]
    inconsistent = [mistake for mistake in inconsistencies(data) if mistake.path[:2] not in lineage.broken]
    return [
        mistake
        for mistake in (*lineage.mistakes, *inconsistent)
        if not any(mistake.path[: len(path)] == path for path in mistaken)
    ]


def _summary(problems: Sequence[Problem]) -> str:
    files = ", ".join(dict.fromkeys(problem.file or "" for problem in problems))
    return f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in {files}"


def build(data: Data, layers: Sequence[LayerData], own: Mapping[str, Own], lineage: Lineage) -> Catalogue:
    """The catalogue of merged tables in which no inconsistency was found; `own` is what `owned` found."""

    def has_users_headers(kind: str, name: str, table: Data) -> bool:
        sends = [table.get("parameters", {}).get("headers"), *map(table.get("options", {}).get, EXTRAS)]
        return any(sends) and lineage.users_headers(layers, kind, name)

    # `merge` leaves the embedded tasks out as soon as another layer has some.
    examples = not any(layer.data.get("tasks") for layer in layers if layer.file.layer != "embedded")
    models = {
        name: _model(
            name,
            table,
            lineage.headers_place(layers, "models", name),
            has_users_headers=has_users_headers("models", name, table),
        )
        for name, table in data.get("models", {}).items()
    }
    return Catalogue(
        models=_with_inherited_ends(models),
        providers={
            name: replace(
                _provider(name, table, lineage.places_of_provider(layers, name), own.get(name, Own())),
                has_users_headers=has_users_headers("providers", name, table),
            )
            for name, table in data.get("providers", {}).items()
        },
        tasks={
            name: replace(
                _task(name, table, dict(places(layers, "tasks", name)).get("model", Place())),
                extras_place=extras_place(layers, "tasks", name),
                is_example=examples,
            )
            for name, table in data.get("tasks", {}).items()
        },
        scenarios={name: Scenario(id=name, **table) for name, table in data.get("scenarios", {}).items()},
        default_model=data.get("default_model"),
        default_place=dict(places(layers)).get("default_model", Place()),
        files=tuple(layer.file.shown for layer in layers if layer.file.path != EMBEDDED),
        compared=_compared(layers),
    )


def _compared(layers: Sequence[LayerData]) -> date | None:
    """The day of the newest comparison with sources: ours before this version, or the user's by fetched facts."""
    days: list[date] = []
    for layer in layers:
        if layer.file.layer == "embedded":
            days += [table["checked"] for table in layer.data.get("models", {}).values() if "checked" in table]
        elif layer.file.layer == "fetched" and (at := layer.data.get("fetched", {}).get("at")):
            days.append(as_moment(at).date())
    return max(days, default=None)


def _provider(name: str, table: Data, said: Mapping[str, Place], own: Own) -> Provider:
    variables = tuple(table.get("api_key_env", ()))
    env = table.get("base_url_env", {})
    wire = table["wire"]
    return Provider(
        id=name,
        name=table.get("name", name),
        wire=wire,
        base_url=table["base_url"].rstrip("/") if "base_url" in table else None,
        base_url_env=env.get("name") or default_base_url_variable(name),
        base_url_append=env.get("append", ""),
        aliases=tuple(table.get("aliases", ())),
        api_key_env=variables,
        key=table.get("key", "required" if variables else "none"),
        auth=table.get("auth"),
        parameters=table.get("parameters", {}),
        pricing_url=table.get("pricing_url"),
        docs_url=table.get("docs_url"),
        status_url=table.get("status_url"),
        allow_http=table.get("allow_http", False),
        own_base_urls=own.base_urls,
        users_base_urls=own.users_base_urls,
        own_key_variables=own.key_variables,
        places=said,
    )


def default_base_url_variable(provider: str) -> str:
    """<PROVIDER>_BASE_URL, in the characters that a variable's name may have."""
    return f"{variable_stem(provider)}_BASE_URL"


def _model(name: str, table: Data, headers_place: Place, *, has_users_headers: bool) -> Model:
    return Model(
        id=name,
        name=table.get("name", name),
        model_id=table.get("model_id", name),
        aliases=tuple(table.get("aliases", ())),
        capabilities=tuple(table.get("capabilities", ())),
        lacks=tuple(table.get("lacks", ())),
        recommended=table.get("recommended", False),
        released=_text(table.get("released")),
        knowledge_cutoff=_text(table.get("knowledge_cutoff")),
        stage=table.get("status"),
        certainty=table.get("certainty", {}),
        parameters=table.get("parameters", {}),
        options=options_of(table),
        headers_place=headers_place,
        has_users_headers=has_users_headers,
        price=_price(table),
        **{key: table[key] for key in _PLAIN_KEYS if key in table},
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _price(table: Data) -> Price | None:
    if "cost_per_1k_tokens" in table:
        flat = Decimal(table["cost_per_1k_tokens"]) * 1000
        return Price(rates=Rates(input=flat, output=flat))
    price = table.get("price")
    if not price:
        return None
    return Price(
        rates=_rates(price),
        tiers=tuple(
            Tier(above=tier["above"], inclusive=tier.get("inclusive", False), rates=_rates(tier))
            for tier in sorted(price.get("tiers", ()), key=lambda tier: int(tier["above"]))
        ),
        changes=tuple(
            Change(start=as_moment(change["from"]), rates=_rates(change)) for change in price.get("changes", ())
        ),
        peak=_peak(price["peak"]) if "peak" in price else None,
    )


def _rates(table: Data) -> Rates:
    return Rates(**{name: Decimal(table[name]) for name in RATE_NAMES if name in table})


def _peak(table: Data) -> Peak:
    windows = tuple(_window(window) for window in table["utc"])
    return Peak(days=parse_weekdays(table.get("days", "daily")), windows=windows, rates=_rates(table))


def _window(text: str) -> tuple[int, int]:
    start, end = (_minutes(part) for part in text.split("-"))
    return start, end


def _minutes(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    return min(hours * 60 + minutes, MINUTES_PER_DAY)


def as_moment(value: date) -> datetime:
    """A TOML date or date-time as a moment; without a zone it is UTC, without a time its beginning."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _task(name: str, table: Data, place: Place) -> Task:
    profile = table.get("profile")
    return Task(
        name=name,
        purpose=table.get("purpose", ""),
        env=table.get("env", f"AI_{variable_stem(name)}_MODEL"),
        model=table.get("model"),
        requires=tuple(table.get("requires", ())),
        min_context=table.get("min_context"),
        max_price=Decimal(table["max_price"]) if "max_price" in table else None,
        profile=_profile(profile) if profile else None,
        preferences=table.get("preferences", {}),
        split_salt=table.get("split_salt", ""),
        auto=_auto(table["auto"]) if "auto" in table else None,
        options=options_of(table),
        place=place,
    )


def _auto(table: Data) -> AutoRules:
    return AutoRules(
        models={tier: table[tier] for tier in TIERS if tier in table},
        thresholds={**THRESHOLDS, **_floats(table.get("thresholds", {}))},
        weights={**WEIGHTS, **_floats(table.get("weights", {}))},
        words={kind: tuple(words) for kind, words in table.get("words", {}).items()},
    )


def _floats(table: Data) -> dict[str, float]:
    return {name: float(value) for name, value in table.items()}


def _profile(table: Data) -> Profile:
    return Profile(
        requests_per_day=Decimal(table["requests_per_day"]) if "requests_per_day" in table else None,
        input_tokens=table.get("input_tokens"),
        output_tokens=table.get("output_tokens"),
        cache_share=Decimal(table.get("cache_share", 0)),
    )


def _with_inherited_ends(models: dict[str, Model]) -> dict[str, Model]:
    """An entry that asks for another entry's model ends when that one does, unless it says otherwise."""
    ending: dict[tuple[str, str], Model] = {}
    for model in models.values():
        if model.retires or model.deprecated:
            for name in (model.id, *model.aliases, model.model_id):
                ending.setdefault((model.provider, name), model)
    return {
        name: _inherit_end(model, ending.get((model.provider, model.model_id))) for name, model in models.items()
    }


def _inherit_end(model: Model, target: Model | None) -> Model:
    if target is None or model.retires or model.deprecated:
        return model
    replacement = model.replacement or target.replacement
    return replace(model, deprecated=target.deprecated, retires=target.retires, replacement=replacement)
