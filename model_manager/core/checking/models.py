"""MM3xx: fallback chains and requirements."""

from model_manager.core.checking.rule import Rule, RuleExample


def _project(route: str, more: str = "") -> RuleExample:
    """A project with one task."""
    return RuleExample(files={"models.toml": f'[tasks.support]\nmodel = "{route}"\n{more}'})


_GOOD = _project("claude-sonnet-5-5,gpt-6.1-sol")

RULES = (
    Rule(
        code="MM301",
        name="same-provider",
        severity="warning",
        title="A fallback has the same provider as an option before it",
        explanation="An outage, a rate limit or an unpaid bill of the provider takes both options down together.",
        mend="Put a model of another provider before it, or in its place.",
        bad=_project("claude-sonnet-5-5,claude-haiku-5-5,gpt-6.1-sol"),
        good=_GOOD,
    ),
    Rule(
        code="MM302",
        name="one-provider-chain",
        severity="warning",
        title="All options of a fallback chain have one provider",
        explanation="When this provider is down, the fallbacks are down too.",
        mend="Add a last option of another provider.",
        bad=_project("claude-sonnet-5-5,claude-haiku-5-5"),
        good=_GOOD,
    ),
    Rule(
        code="MM303",
        name="repeated-option",
        severity="warning",
        title="A fallback repeats an option before it",
        explanation=("A model occurs twice in a chain: where it failed once it fails again, after more waiting."),
        mend="Remove the repetition.",
        bad=_project("claude-sonnet-5-5,gpt-6.1-sol,claude-sonnet-5-5"),
        good=_GOOD,
    ),
    Rule(
        code="MM304",
        name="smaller-context",
        severity="warning",
        title="A fallback has a smaller context window",
        explanation="A long conversation that the first option takes does not fit into the fallback.",
        mend="Choose a fallback with as large a context window, or set min_context to what the task needs.",
        bad=_project("claude-sonnet-5-5,groq/gpt-oss-120b"),
        good=_GOOD,
    ),
    Rule(
        code="MM305",
        name="weaker-fallback",
        severity="warning",
        title="A fallback lacks what the first option has",
        explanation="Calls with tools, images or a schema that the first option takes fail with the fallback.",
        mend="Choose a fallback with the same capabilities.",
        bad=_project("claude-sonnet-5-5,groq/gpt-oss-120b"),
        good=_GOOD,
    ),
    Rule(
        code="MM311",
        name="lacks-capability",
        severity="error",
        title="A model lacks what its task requires",
        explanation="The task's requires names a capability that the model is known not to have.",
        mend="Assign a model that has it: model-manager list --task TASK.",
        bad=_project("groq/gpt-oss-120b", 'requires = ["vision"]\n'),
        good=_project("claude-haiku-5-5", 'requires = ["vision"]\n'),
    ),
    Rule(
        code="MM312",
        name="context-too-small",
        severity="error",
        title="A model's context window is smaller than its task needs",
        explanation="The task's min_context is larger than the model's context window.",
        mend="Assign a model with a larger window: model-manager list --task TASK.",
        bad=_project("groq/gpt-oss-120b", "min_context = 500_000\n"),
        good=_project("claude-haiku-5-5", "min_context = 500_000\n"),
    ),
    Rule(
        code="MM313",
        name="too-expensive",
        severity="error",
        title="A model costs more than its task allows",
        explanation="The model's input rate on this day is above the task's max_price (US dollars per million).",
        mend="Assign a cheaper model, or raise max_price.",
        bad=_project("claude-sonnet-5-5", "max_price = 0.2\n"),
        good=_project("claude-haiku-5-5", "max_price = 0.2\n"),
    ),
    Rule(
        code="MM314",
        name="option-left-out",
        severity="warning",
        title="A default option is not sent to a model",
        explanation=(
            "The [tasks.NAME.options] or [models.NAME.options] table sets an option that a model of the route "
            "does not take: calls work without it, and answers differ from what was meant."
        ),
        mend="Remove the option, or set it on the models that take it.",
        bad=_project("claude-haiku-5-5", "[tasks.support.options]\nseed = 7\n"),
        good=_project("claude-haiku-5-5", "[tasks.support.options]\nmax_tokens = 500\n"),
    ),
    Rule(
        code="MM315",
        name="option-refused",
        severity="error",
        title="A default option makes a model's calls fail",
        explanation=(
            "A default option cannot be left out without changing the answer (stop, tool_choice, logprobs, "
            "…), and a model of the route does not take it: its calls are refused before they are sent."
        ),
        mend="Remove the option, or choose a model that takes it.",
        bad=_project("claude-haiku-5-5", "[tasks.support.options]\nlogprobs = true\n"),
        good=_project("claude-haiku-5-5", "[tasks.support.options]\nmax_tokens = 500\n"),
    ),
)
