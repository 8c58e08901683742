"""MM7xx: what providers' own lists say otherwise (--live)."""

from model_manager.core.checking.rule import Rule, RuleExample

#: The address stands for the server that the tests start.
_MODELS = """\
[tasks.support]
model = "acme-1"
[providers.acme]
wire = "openai"
base_url = "http://127.0.0.1:8123/v1"
key = "none"
[models.acme-1]
provider = "acme"
model_id = "acme-1"
context_window = 100_000
retires = 2027-06-30
price = { input = 1, output = 2 }
"""


def _answered(*rows: object) -> RuleExample:
    """A project, and its provider's list."""
    return RuleExample(files={"models.toml": _MODELS}, listed={"data": list(rows)})


_SAME = {"id": "acme-1", "context_length": 100_000, "pricing": {"prompt": "0.000001", "completion": "0.000002"}}
_GOOD = _answered(_SAME)

RULES = (
    Rule(
        code="MM701",
        name="not-listed",
        severity="warning",
        title="The provider does not list a model for this key",
        explanation=(
            "The model may be gone, or this account has no access to it. Lists also leave out models that still "
            "answer, so this is not proof."
        ),
        mend="Try it: model-manager test MODEL.",
        bad=_answered({"id": "acme-2"}),
        good=_GOOD,
    ),
    Rule(
        code="MM702",
        name="listed-as-retired",
        severity="error",
        title="The provider calls a model retired or inactive",
        explanation="The provider's own list marks the model as retired or inactive.",
        mend="Assign its replacement.",
        bad=_answered({**_SAME, "active": False}),
        good=_GOOD,
    ),
    Rule(
        code="MM703",
        name="date-moved",
        severity="warning",
        title="The provider states another retirement date",
        explanation="The provider's list and the catalogue disagree about the date on which the model retires.",
        mend="Paste the lines of the message into models.toml, or run model-manager update.",
        bad=_answered({**_SAME, "shutdown_date": "2027-03-31"}),
        good=_answered({**_SAME, "shutdown_date": "2027-06-30"}),
    ),
    Rule(
        code="MM704",
        name="limit-differs",
        severity="warning",
        title="The provider states another token limit",
        explanation=(
            "The provider's list and the catalogue disagree about the context window or the longest answer."
        ),
        mend="Paste the lines of the message into models.toml.",
        bad=_answered({**_SAME, "context_length": 64_000}),
        good=_GOOD,
    ),
    Rule(
        code="MM705",
        name="price-differs",
        severity="warning",
        title="The provider states another price",
        explanation="The provider's list and the catalogue disagree about what tokens cost on this day.",
        mend="Paste the lines of the message into models.toml.",
        bad=_answered({**_SAME, "pricing": {"prompt": "0.000003", "completion": "0.000002"}}),
        good=_GOOD,
    ),
    Rule(
        code="MM706",
        name="list-failed",
        severity="warning",
        title="A provider's list could not be read",
        explanation=(
            "The provider refused the key, did not answer in time, or answered with something that is not a list."
        ),
        mend="Check the key and the base URL; nothing was compared for this provider.",
        bad=RuleExample(files={"models.toml": _MODELS}, listed={"error": {"message": "no"}}),
        good=_GOOD,
    ),
)
