"""MM5xx: keys, and where they would go."""

from model_manager.core.checking.rule import Rule, RuleExample

_TASK = '[tasks.support]\nmodel = "claude-haiku-5-5"\n'
_KEY = "ANTHROPIC_API_KEY"
_SET = {_KEY: "sk-ant-" + "api03-Qm7TzR9uVbN2mLp8sXw4"}  # in two parts, so that no scanner takes it for a real one


def _with(env: str = "", models: str = "", **environ: str) -> RuleExample:
    """A project with one task."""
    files = {"models.toml": _TASK + models, **({".env": env} if env else {})}
    return RuleExample(files=files, environ=environ)


_GOOD = _with(**_SET)

RULES = (
    Rule(
        code="MM501",
        name="missing-key",
        severity="warning",
        title="A model has no key here",
        explanation=(
            "The key of a model's provider is set neither in the environment nor in .env: here it cannot be "
            "called."
        ),
        mend="Set the variable; where no keys are expected, as in CI, use --ignore MM501.",
        bad=_with(),
        good=_GOOD,
    ),
    Rule(
        code="MM502",
        name="no-base-url",
        severity="warning",
        title="A provider has no base URL here",
        explanation=(
            "The provider's address is different for each customer, and the variable that gives it is not set."
        ),
        mend="Set the variable that the message names.",
        bad=RuleExample(
            files={
                "models.toml": '[tasks.support]\nmodel = "ours"\n'
                '[models.ours]\nprovider = "azure"\nmodel_id = "our-deployment"\n'
            },
        ),
        good=RuleExample(
            files={
                "models.toml": '[tasks.support]\nmodel = "ours"\n'
                '[models.ours]\nprovider = "azure"\nmodel_id = "our-deployment"\n'
            },
            environ={"AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com"},
        ),
    ),
    Rule(
        code="MM503",
        name="doubtful-key",
        severity="warning",
        title="A key does not look like its provider's",
        explanation=(
            "A key has the form of another provider's, is a placeholder, or was damaged when it was copied."
        ),
        mend="Copy the key again.",
        bad=_with(env=f"{_KEY}=your-key-here\n"),
        good=_GOOD,
    ),
    Rule(
        code="MM504",
        name="untrusted-destination",
        severity="warning",
        title="A project's file would send a key to its own host",
        explanation=(
            "A file of the project names a base URL, and a key from elsewhere would go there. Calls are refused "
            "until you allow it: otherwise a checkout could steal your keys."
        ),
        mend="Review it with model-manager trust, and allow it if it is yours.",
        bad=_with(models='[providers.anthropic]\nbase_url = "https://llm.acme.example"\n', **_SET),
        good=_GOOD,
    ),
    Rule(
        code="MM505",
        name="unusable-destination",
        severity="error",
        title="Calls of a model are refused before they are sent",
        explanation=(
            "A base URL or key cannot be used as it is set: no URL, plain http to another machine, line breaks."
        ),
        mend="Correct the variable or the provider's table, as the message says.",
        bad=_with(ANTHROPIC_BASE_URL="not a URL", **_SET),
        good=_GOOD,
    ),
)
