"""MM6xx: budgets that cannot work."""

from model_manager.core.checking.rule import Rule, RuleExample

_TASK = '[tasks.support]\nmodel = "claude-sonnet-5-5"\n'


def _budget(lines: str, task: str = _TASK, **environ: str) -> RuleExample:
    """A project with one task and one budget."""
    text = f'{task}[budgets.month]\nlimit = 50\nper = "month"\n{lines}'
    return RuleExample(files={"models.toml": text}, environ=environ)


_GOOD = _budget('then = "claude-haiku-5-5"\n')

RULES = (
    Rule(
        code="MM601",
        name="budget-saves-nothing",
        severity="warning",
        title="A budget's other route is no cheaper",
        explanation=(
            "A budget sends calls along another route when its limit is reached, and this route names the task's "
            "own model, or one that costs as much: spending goes on as before."
        ),
        mend='Name a cheaper model in then, or use then = "refuse".',
        bad=_budget('then = "claude-sonnet-5-5"\n'),
        good=_GOOD,
    ),
    Rule(
        code="MM602",
        name="budget-without-task",
        severity="warning",
        title="A budget names a task that does not exist",
        explanation=(
            "No call counts against this budget, or not those that should. In a project's file it is an error."
        ),
        mend="Correct the task's name in tasks.",
        bad=RuleExample(
            files={
                "models.toml": _TASK,
                "user/models.toml": '[budgets.day]\nlimit = 5\nper = "day"\ntasks = ["suport"]\n',
            }
        ),
        good=RuleExample(
            files={
                "models.toml": _TASK,
                "user/models.toml": '[budgets.day]\nlimit = 5\nper = "day"\ntasks = ["support"]\n',
            }
        ),
    ),
    Rule(
        code="MM603",
        name="unpriced-model",
        severity="warning",
        title="A budget cannot count a model without a price",
        explanation=(
            'A model of a task has no price, and the budget says unpriced = "ignore": its calls cost it nothing.'
        ),
        mend='Give the model a price in models.toml, or set unpriced = "refuse".',
        bad=_budget(
            'then = "refuse"\n[models.acme-1]\nprovider = "openai"\nmodel_id = "acme-1"\n',
            '[tasks.support]\nmodel = "acme-1"\n',
        ),
        good=_budget(
            'then = "refuse"\nunpriced = "refuse"\n[models.acme-1]\nprovider = "openai"\nmodel_id = "acme-1"\n',
            '[tasks.support]\nmodel = "acme-1"\n',
        ),
    ),
    Rule(
        code="MM604",
        name="budget-without-ledger",
        severity="warning",
        title="Budgets count nothing: the ledger is off",
        explanation="Budgets count what the ledger records, and MODEL_MANAGER_LEDGER is off: every call passes.",
        mend="Unset MODEL_MANAGER_LEDGER, or name a file.",
        bad=_budget('then = "refuse"\n', MODEL_MANAGER_LEDGER="off"),
        good=_GOOD,
    ),
)
