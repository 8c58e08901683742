"""Findings about budgets that cannot do what they say."""

from collections.abc import Iterator
from decimal import Decimal

from model_manager.commands.check.subject import CheckSubject, finding
from model_manager.config.budgets import budgets_of
from model_manager.config.directories import ledger_path
from model_manager.core.assignments import Assignment
from model_manager.core.checking import CheckFinding
from model_manager.core.lifecycle import lifecycle_problem
from model_manager.core.models import Budget, Model
from model_manager.core.pricing import Usage, cost
from model_manager.core.quantities import noon
from model_manager.core.routing.choosing import names_of
from model_manager.core.routing.grammar import parse_route
from model_manager.core.suggestions import did_you_mean

#: What models are compared by: as `info` compares them.
_USAGE = Usage(input_tokens=75_000, output_tokens=25_000)
_LIFECYCLE = {"retired": "MM204", "retires_soon": "MM205", "deprecated": "MM206"}


def find(subject: CheckSubject) -> Iterator[CheckFinding]:
    """What is wrong with the budgets of the user and of the project."""
    budgets = budgets_of(subject.workspace)
    for budget in budgets:
        counted = [one for one in subject.assignments if not budget.tasks or one.task.name in budget.tasks]
        yield from _unknown_tasks(subject, budget)
        if budget.route:
            yield from _route(subject, budget, budget.route, counted)
        if budget.unpriced == "ignore":
            yield from _unpriced(subject, budget, counted)
    if budgets and ledger_path(subject.workspace.settings.ledger, subject.workspace.environ) is None:
        names = ", ".join(dict.fromkeys(budget.name for budget in budgets))
        message = f"the ledger is off: nothing counts against {names}"
        yield finding("MM604", message, fix="unset MODEL_MANAGER_LEDGER")


def _place(subject: CheckSubject, budget: Budget, key: str) -> tuple[str | None, int | None]:
    return subject.place(budget.place, ("budgets", budget.name, key))


def _unknown_tasks(subject: CheckSubject, budget: Budget) -> Iterator[CheckFinding]:
    """Tasks that a user's budget names; of a project's, the file itself is refused."""
    tasks = subject.workspace.catalogue.tasks
    missing = [task for task in budget.tasks if task not in tasks]
    # A user has budgets for other projects too: only one whose tasks are nearly ours is meant for this one.
    if not missing or not (len(missing) < len(budget.tasks) or any(did_you_mean(one, tasks) for one in missing)):
        return
    for task in missing:
        message = f"budget {budget.name}: there is no task {task!r}"
        fix = did_you_mean(task, tasks)
        yield finding("MM602", message, _place(subject, budget, "tasks"), subject=f"{budget.name} {task}", fix=fix)


def _route(subject: CheckSubject, budget: Budget, text: str, counted: list[Assignment]) -> Iterator[CheckFinding]:
    """The lifecycle of a budget's other route, and whether it saves anything."""
    where = _place(subject, budget, "then")
    find_model = subject.workspace.catalogue.find
    models = [model for name in names_of(parse_route(text), None) if (model := find_model(name))]
    for model in models:
        for problem in lifecycle_problem(model, subject.on, subject.days):
            yield finding(
                _LIFECYCLE[problem.code],
                f"budget {budget.name}: {problem.message}",
                where,
                model=model.id,
                subject=budget.name,
                fix=f'then = "{model.replacement}"' if model.replacement else None,
            )
    for assignment in counted:
        for model in models:
            if assignment.model and (reason := _no_cheaper(model, assignment.model, subject)):
                yield finding(
                    "MM601",
                    f"budget {budget.name}: {reason}, so {assignment.task.name} costs as much as before",
                    where,
                    task=assignment.task.name,
                    model=model.id,
                    subject=budget.name,
                    fix='name a cheaper model, or then = "refuse"',
                )


def _no_cheaper(other: Model, usual: Model, subject: CheckSubject) -> str | None:
    """Why a route saves nothing, or None."""
    if other is usual:
        return f"its route leads to {usual.id} again"
    costs = _cost(other, subject), _cost(usual, subject)
    if costs[0] is None or costs[1] is None or costs[0] < costs[1]:
        return None
    return f"{other.id} is no cheaper than {usual.id}"


def _cost(model: Model, subject: CheckSubject) -> Decimal | None:
    return cost(model.price, _USAGE, noon(subject.on))


def _unpriced(subject: CheckSubject, budget: Budget, counted: list[Assignment]) -> Iterator[CheckFinding]:
    for assignment in counted:
        for model in subject.models_of(assignment):
            if _cost(model, subject) is None:
                message = f"cannot count {assignment.task.name}: the price of {model.id} is unknown"
                yield finding(
                    "MM603",
                    f"budget {budget.name} {message}",
                    _place(subject, budget, "limit"),
                    task=assignment.task.name,
                    model=model.id,
                    subject=budget.name,
                    fix=f'give {model.id} a price, or set unpriced = "refuse"',
                )
