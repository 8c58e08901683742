"""Findings about tasks: their routes, the lifecycle of their models, chains, requirements and prices."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.commands.performance import Degraded
from model_manager.core.assignments import DEFAULT_VARIABLE, Assignment, Source, lint, source_of
from model_manager.core.checking import RULES, CheckFinding
from model_manager.core.checking.remedy import Remedy
from model_manager.core.models import Model
from model_manager.core.pricing import Price, plain_text
from model_manager.core.quantities import noon
from model_manager.core.requirements import Finding
from model_manager.core.routing.grammar import Route, parse_route
from model_manager.core.suggestions import did_you_mean
from model_manager.errors import RouteSyntaxError

#: The rules for what is wrong with assignments elsewhere too. Keys and base URLs are told by provider.
_RULES = {
    "unassigned": "MM201",
    "invalid_route": "MM202",
    "unknown_model": "MM203",
    "retired": "MM204",
    "retires_soon": "MM205",
    "deprecated": "MM206",
    "no_auto_table": "MM209",
    "same_provider": "MM301",
    "smaller_context": "MM304",
    "weaker_backup": "MM305",
    "lacks_capability": "MM311",
    "context_too_small": "MM312",
    "too_expensive": "MM313",
}
_LIFECYCLE = ("retired", "retires_soon", "deprecated")
#: What is wrong with a route whichever task has it.
_OF_ROUTES = (*_LIFECYCLE, "unknown_model", "invalid_route")
_PREFERENCE = "preference "


def find(subject: CheckSubject, degraded: Degraded) -> Iterator[CheckFinding]:
    """What is wrong with the tasks' routes and with the models in use."""
    for assignment in subject.assignments:
        for problem in _with_whole_chains(assignment, subject):
            code = _RULES.get(problem.code, problem.code)
            if code in RULES and not _is_told_of_default(problem, assignment):
                yield _as_finding(code, problem, assignment, subject)
    yield from _of_default(subject)
    for model, assignment in subject.models_in_use.values():
        yield from _higher_prices(model, assignment, subject)
        for worse in degraded.of(model.id):
            where = assignment.source if assignment.source and assignment.source.file else None
            yield finding(
                "MM208", worse.message, where, task=assignment.task.name, model=model.id, subject=worse.code
            )


def _with_whole_chains(assignment: Assignment, subject: CheckSubject) -> Sequence[Finding]:
    """The problems of an assignment; a chain of one provider is one problem, and a repeated option its own."""
    problems, route = list(assignment.problems), assignment.route
    if route is None or len(route.options) < 2:  # noqa: PLR2004 - a chain has two
        return problems
    options = [
        {model.id: model for share in option.shares if (model := subject.workspace.catalogue.find(share.name))}
        for option in route.options
    ]
    repeated = {
        model
        for position, option in enumerate(options)
        for model in option
        if any(model in earlier for earlier in options[:position])
    }
    problems = [
        replace(problem, code="MM303")
        if problem.code == "same_provider" and problem.model in repeated
        else problem
        for problem in problems
    ]
    providers = {model.provider for option in options for model in option.values()}
    ids = list(dict.fromkeys(model for option in options for model in option))
    if len(providers) == 1 and len(ids) > 1 and all(options):
        problems = [one for one in problems if one.code != "same_provider" or one.message.startswith(_PREFERENCE)]
        provider = subject.workspace.catalogue.providers[providers.pop()]
        message = f"every option is served by {provider.name} ({', '.join(ids)}): nothing answers when it is down"
        problems.append(Finding("MM302", "warning", message))
    return problems


def _as_finding(code: str, problem: Finding, assignment: Assignment, subject: CheckSubject) -> CheckFinding:
    task = assignment.task
    where: Source | tuple[str | None, int | None] | None = assignment.source
    preference = ""
    if problem.message.startswith(_PREFERENCE):
        preference = problem.message.removeprefix(_PREFERENCE).partition(":")[0]
        where = subject.place(task.place, ("tasks", task.name, "preferences", preference))
    elif where is None:
        where = subject.place(task.place, ("tasks", task.name))
    return finding(
        code,
        f"{task.name}: {_without_advice(problem, subject)}",
        where,
        task=task.name,
        model=_id_of(problem.model, subject),
        subject=preference,
        fix=_fix(problem, assignment, subject, preference),
    )


def _id_of(name: str | None, subject: CheckSubject) -> str | None:
    model = subject.workspace.catalogue.find(name) if name else None
    return model.id if model else name


def _fix(problem: Finding, assignment: Assignment, subject: CheckSubject, preference: str) -> str | Remedy | None:
    """How to mend a problem of a task."""
    task = assignment.task
    if problem.code == "unassigned":
        return Remedy("assign", task.name)
    if not preference:
        return _fix_of_name(problem, subject, assignment.route, assignment.source, task.name)
    source = Source(kind="catalogue", variable=f"preferences.{preference}", file=task.place.file)
    return _fix_of_name(problem, subject, parse_route(task.preferences[preference]), source, task.name)


def _fix_of_name(
    problem: Finding, subject: CheckSubject, route: Route | None, source: Source | None, task: str | None
) -> str | Remedy | None:
    """For an unknown model similar names; for an old one the route with its replacement, and where it goes."""
    catalogue = subject.workspace.catalogue
    if problem.code == "unknown_model" and problem.model:
        hint = did_you_mean(problem.model, catalogue.names()) or "add it to models.toml, or name another model"
        return None if hint in problem.message else hint
    model = catalogue.find(problem.model) if problem.model else None
    if problem.code not in _LIFECYCLE or model is None or not model.replacement or route is None:
        return None
    text = _replaced(route, model, subject)
    if source and source.kind == "environment":
        return f"set {source.variable}={text} in the environment"
    if source and source.kind == "catalogue" and source.file:
        return f'{(source.variable or "").rpartition(".")[2]} = "{text}" in {source.file}'
    return Remedy("assign", task, text) if task else Remedy("assign_default", route=text)


def _without_advice(problem: Finding, subject: CheckSubject) -> str:
    """The message of a problem without the replacement that its fix names."""
    model = subject.workspace.catalogue.find(problem.model) if problem.model else None
    return problem.message.removesuffix(f"; use {model.replacement}") if model else problem.message


def _replaced(route: Route, model: Model, subject: CheckSubject) -> str:
    """A route with a model's replacement in its place."""
    find_model, name = subject.workspace.catalogue.find, model.replacement or model.id
    options = (
        replace(
            option,
            shares=tuple(
                replace(share, name=name) if find_model(share.name) is model else share for share in option.shares
            ),
        )
        for option in route.options
    )
    return str(Route(tuple(options)))


def _is_told_of_default(problem: Finding, assignment: Assignment) -> bool:
    """Whether a problem is that of AI_DEFAULT_MODEL, which is told once and not for each task that gets it."""
    is_default = assignment.source is not None and assignment.source.variable == DEFAULT_VARIABLE
    return is_default and problem.code in _OF_ROUTES and not problem.message.startswith(_PREFERENCE)


def _of_default(subject: CheckSubject) -> Iterator[CheckFinding]:
    """What is wrong with AI_DEFAULT_MODEL, also where every task has a model of its own: the next task gets it."""
    binding = subject.workspace.lookup(DEFAULT_VARIABLE)
    if binding is None:
        return
    source = source_of(DEFAULT_VARIABLE, binding)
    try:
        route = parse_route(binding.value.strip())
    except RouteSyntaxError as error:
        yield finding("MM202", f"{DEFAULT_VARIABLE}: {error.message}", source, subject=DEFAULT_VARIABLE)
        return
    for problem in lint(
        route, None, subject.workspace.catalogue, subject.workspace.context(subject.on, subject.days)
    ):
        if problem.code in _OF_ROUTES:
            yield finding(
                _RULES[problem.code],
                f"{DEFAULT_VARIABLE}: {_without_advice(problem, subject)}",
                source,
                model=_id_of(problem.model, subject),
                subject=DEFAULT_VARIABLE,
                fix=_fix_of_name(problem, subject, route, source, None),
            )


def _higher_prices(model: Model, assignment: Assignment, subject: CheckSubject) -> Iterator[CheckFinding]:
    """Announced changes within the days to come that raise a rate."""
    if model.price is None:
        return
    for change in model.price.changes:
        day = change.start.date()
        if 0 < (day - subject.on).days <= subject.days and (rises := _rises(model.price, subject, change.start)):
            yield finding(
                "MM207",
                f"{model.id} costs more from {day} on: {', '.join(rises)} per million tokens",
                assignment.source,
                task=assignment.task.name,
                model=model.id,
                subject=str(day),
                fix=Remedy("compare_costs", model.id),
            )


def _rises(price: Price, subject: CheckSubject, moment: datetime) -> list[str]:
    old, new = price.on(noon(subject.on)).stated(), price.on(moment).stated()
    return [
        f"{name} ${plain_text(old[name])} → ${plain_text(rate)}"
        for name, rate in new.items()
        if name in old and rate > old[name]
    ]
