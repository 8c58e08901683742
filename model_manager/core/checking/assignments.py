"""MM2xx: tasks and their models."""

from datetime import date

from model_manager.core.checking.rule import Rule, RuleExample

_TASK = '[tasks.support]\nmodel = "{}"\n'


def _project(model: str, more: str = "", **fields: object) -> RuleExample:
    """A project with one task."""
    return RuleExample(files={"models.toml": _TASK.format(model) + more}, **fields)  # type: ignore[arg-type]


_GOOD = _project("claude-haiku-5-5")

RULES = (
    Rule(
        code="MM201",
        name="unassigned-task",
        severity="error",
        title="A task has no model",
        explanation=(
            "Neither a variable nor models.toml gives the task a model, and there is no default: its calls fail."
        ),
        mend="model-manager assign TASK MODEL, or set model in the task's table.",
        bad=RuleExample(
            files={"models.toml": 'extends = false\n[tasks.support]\npurpose = "Answers to customers"\n'}
        ),
        good=_GOOD,
    ),
    Rule(
        code="MM202",
        name="invalid-route",
        severity="error",
        title="A route does not parse",
        explanation=(
            "The value of a variable is not a valid route: shares that do not add up to 100, an empty option, "
            "a stray sign. Calls of the task fail."
        ),
        mend="Correct the route; `90:a+10:b,c` has every form.",
        bad=RuleExample(
            files={**_GOOD.files, ".env": "AI_SUPPORT_MODEL=60:claude-haiku-5-5+30:claude-sonnet-5-5\n"}
        ),
        good=RuleExample(
            files={**_GOOD.files, ".env": "AI_SUPPORT_MODEL=60:claude-haiku-5-5+40:claude-sonnet-5-5\n"}
        ),
    ),
    Rule(
        code="MM203",
        name="unknown-model",
        severity="error",
        title="A model is not in the catalogue",
        explanation=(
            "A variable names a model that the catalogue does not have, so it cannot be called: its provider, "
            "wire and price are unknown."
        ),
        mend="Correct the name, or add the model to models.toml.",
        bad=RuleExample(files={**_GOOD.files, ".env": "AI_SUPPORT_MODEL=claude-haiku-55\n"}),
        good=RuleExample(files={**_GOOD.files, ".env": "AI_SUPPORT_MODEL=claude-haiku-5-5\n"}),
    ),
    Rule(
        code="MM204",
        name="retired-model",
        severity="error",
        title="A model is retired",
        explanation=(
            "The provider has turned the model off, or will have by the date that is checked: its calls fail."
        ),
        mend="Assign its replacement, which the message names.",
        bad=_project("claude-sonnet-4-5", on=date(2026, 11, 30)),
        good=_project("claude-sonnet-5-5", on=date(2026, 11, 30)),
    ),
    Rule(
        code="MM205",
        name="retires-soon",
        severity="warning",
        title="A model retires within --days (30)",
        explanation=(
            "The provider turns the model off within the days of --days: there is still time to test another."
        ),
        mend="Test its replacement (model-manager test), then assign it.",
        bad=_project("gpt-5-mini", on=date(2026, 11, 28)),
        good=_project("gpt-5-mini", on=date(2026, 11, 1)),
    ),
    Rule(
        code="MM206",
        name="deprecated-model",
        severity="warning",
        title="A model is deprecated",
        explanation=(
            "The provider has announced the model's end, or advises against it; no day within --days is known."
        ),
        mend="Plan the move to its replacement.",
        bad=_project("gpt-4.1"),
        good=_project("gpt-6.1-sol"),
    ),
    Rule(
        code="MM207",
        name="price-rises",
        severity="warning",
        title="A model's price rises within --days",
        explanation="The provider has announced a higher price for a model in use, which begins within --days.",
        mend="Compare with model-manager cost --assigned --on DATE; choose another model if it is too expensive.",
        bad=RuleExample(
            files={
                "models.toml": _TASK.format("acme-1")
                + '[models.acme-1]\nprovider = "openai"\nmodel_id = "acme-1"\n'
                + "[models.acme-1.price]\ninput = 1\noutput = 2\n"
                + "changes = [{ from = 2026-12-15, input = 3 }]\n"
            }
        ),
        good=RuleExample(
            files={
                "models.toml": _TASK.format("acme-1")
                + '[models.acme-1]\nprovider = "openai"\nmodel_id = "acme-1"\n'
                + "[models.acme-1.price]\ninput = 1\noutput = 2\n"
                + "changes = [{ from = 2026-12-15, input = 0.5 }]\n"
            }
        ),
    ),
    Rule(
        code="MM208",
        name="degraded-model",
        severity="warning",
        title="A model fails or takes twice as much as in the week before",
        explanation=(
            "By the ledger of this machine, a model in use lately failed twice as often, or took twice as "
            "long, as in the week before."
        ),
        mend="See model-manager info MODEL; add a model of another provider as a fallback.",
        bad=_project("claude-haiku-5-5", recorded="half of the last hour's calls failed"),
        good=_GOOD,
    ),
    Rule(
        code="MM209",
        name="unusable-auto",
        severity="error",
        title="auto has nothing to choose from",
        explanation=(
            "A route says auto, and its task has no [tasks.NAME.auto] table with the models to choose from."
        ),
        mend="Add the table, or name a model.",
        bad=_project("auto"),
        good=_project("auto", '[tasks.support.auto]\nsimple = "claude-haiku-5-5"\n'),
    ),
)
