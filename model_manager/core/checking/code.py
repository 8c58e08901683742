"""MM4xx: model ids that are written into source code (--code)."""

from datetime import date

from model_manager.core.checking.rule import Rule, RuleExample

#: How the fix of a finding begins whose model no task has.
MAKE_A_TASK = "define a task for it"
_TASK = '[tasks.support]\nmodel = "claude-haiku-5-5"\n'


def _code(line: str, **fields: object) -> RuleExample:
    """A project with one line of code."""
    return RuleExample(files={"models.toml": _TASK, "app.py": line}, **fields)  # type: ignore[arg-type]


_GOOD = _code('reply = service.chat("support", question)\n')

RULES = (
    Rule(
        code="MM401",
        name="retired-in-code",
        severity="error",
        title="Source code names a retired model",
        explanation="The provider has turned the model off: this line fails when it runs.",
        mend="Use a task instead of the id: service.chat(TASK, …).",
        bad=_code('model = "claude-3-5-sonnet-20241022"\n'),
        good=_GOOD,
    ),
    Rule(
        code="MM402",
        name="retiring-in-code",
        severity="warning",
        title="Source code names a model that retires or is deprecated",
        explanation="The provider turns the model off within --days, or has announced its end.",
        mend="Use a task instead of the id.",
        bad=_code('model = "gpt-5-mini"\n', on=date(2026, 11, 28)),
        good=_GOOD,
    ),
    Rule(
        code="MM403",
        name="unknown-in-code",
        severity="warning",
        title="Source code names a model that the catalogue does not have",
        explanation="The text looks like a model's id, and no model in the catalogue has that name.",
        mend="Correct the id, or add the model to models.toml.",
        bad=_code('model = "claude-haiku-9-9"\n'),
        good=_GOOD,
    ),
    Rule(
        code="MM404",
        name="hard-coded-model",
        severity="warning",
        title="Source code names a model",
        explanation="The model can be changed only by changing the code, and no requirement or budget sees it.",
        mend="Use a task instead of the id.",
        bad=_code('model = "claude-haiku-5-5"\n'),
        good=_GOOD,
    ),
)
