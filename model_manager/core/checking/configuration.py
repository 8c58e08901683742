"""MM1xx: files and facts."""

from datetime import date

from model_manager.core.checking.rule import Rule, RuleExample

_TASK = '[tasks.support]\nmodel = "claude-haiku-5-5"\n'

RULES = (
    Rule(
        code="MM101",
        name="invalid-file",
        severity="error",
        title="A file is invalid",
        explanation=(
            "models.toml, a .env file or a setting cannot be read or has an invalid value. An application that "
            "starts now fails; one that runs keeps the last valid configuration. Nothing else is checked until "
            "this is mended, and the exit code is 3."
        ),
        mend="Correct the line; the message says what is expected there.",
        bad=RuleExample(files={"models.toml": _TASK + 'require = ["chat"]\n'}),
        good=RuleExample(files={"models.toml": _TASK + 'requires = ["chat"]\n'}),
    ),
    Rule(
        code="MM102",
        name="misspelt-variable",
        severity="warning",
        title="A variable looks misspelt",
        explanation=(
            "A variable that nothing reads differs in one letter from the variable of a task "
            "or of a key. The task uses another model than was meant, or the key is missing."
        ),
        mend="Rename the variable, or remove it.",
        bad=RuleExample(files={"models.toml": _TASK, ".env": "AI_SUPORT_MODEL=claude-sonnet-5-5\n"}),
        good=RuleExample(files={"models.toml": _TASK, ".env": "AI_SUPPORT_MODEL=claude-sonnet-5-5\n"}),
    ),
    Rule(
        code="MM103",
        name="unread-setting",
        severity="warning",
        title="A line or setting has no effect",
        explanation=(
            "Something in the files has no effect: a setting MODEL_MANAGER_… that there is not, one that "
            "counts in the process environment alone, a line of .env that does not parse, a file that "
            "everybody can write."
        ),
        mend="Correct or remove it.",
        bad=RuleExample(files={"models.toml": _TASK, ".env": "MODEL_MANAGER_TIMEOUTS=30\n"}),
        good=RuleExample(files={"models.toml": _TASK, ".env": "MODEL_MANAGER_TIMEOUT=30\n"}),
    ),
    Rule(
        code="MM104",
        name="old-facts",
        severity="warning",
        title="Prices and limits were last compared more than 30 days ago",
        explanation=(
            "Prices, limits and dates of retirement were last compared with their sources more than 30 days ago, "
            "by `update` or by the version that is installed. Providers announce "
            "retirements 60 to 180 days ahead, so facts this old can miss one."
        ),
        mend="Run model-manager update, or install a newer version of model-manager.",
        bad=RuleExample(files={"models.toml": _TASK}, on=date(2031, 1, 1)),
        good=RuleExample(files={"models.toml": _TASK}, on=date(2026, 12, 1)),
    ),
    Rule(
        code="MM105",
        name="unknown-ignore",
        severity="warning",
        title="A comment ignores a rule that does not exist",
        explanation=(
            "A comment `model-manager: ignore[…]` or `ignore-file[…]` names a code that no rule has, or none at "
            "all: it ignores nothing."
        ),
        mend="Correct the code; model-manager check --rules lists them.",
        bad=RuleExample(files={"models.toml": _TASK + "# model-manager: ignore[MM999]\n"}),
        good=RuleExample(files={"models.toml": _TASK + "# model-manager: ignore-file[MM501]\n"}),
    ),
)
