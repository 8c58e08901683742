"""What the code that reads an environment variable needs of its model."""

import pytest

from model_manager.core.adoption.variables import needs_of_variable

ASKS = "    return ask(model={}, tools=tools)"


@pytest.mark.parametrize(
    ("lines", "needs"),
    [
        (["def run():", ASKS.format("os.environ['A_MODEL']")], ("function-calling",)),
        (
            ["A = os.environ['A_MODEL']", "def run():", ASKS.format("A"), "def b():", "  ask(B, stream=True)"],
            ("function-calling",),
        ),
        (
            [
                "export const a: string = process.env.A_MODEL!",
                "function run() {",
                "  return streamText({ model: a })",
                "}",
            ],
            ("streaming",),
        ),
        (
            ["a := os.Getenv(`A_MODEL`)", "func run() {", "\tllm.Ask(a, llm.WithTools(t))", "}"],
            ("function-calling",),
        ),
        (["def run():", "    a = os.environ['A_MODEL']", "    return ask(a, stream=True)"], ("streaming",)),
        (["A = os.environ['A_MODEL']", "def run():", ASKS.format("AB")], ()),
        (["def run():", ASKS.format("os.environ['ANOTHER_A_MODEL']")], ()),
    ],
    ids=[
        "read in a call",
        "a global name",
        "TypeScript",
        "Go",
        "a local name",
        "another name",
        "another variable",
    ],
)
def test_needs_are_those_of_the_code_that_reads_it(lines, needs):
    """The function that reads a variable tells, or where it is read into a global name, those that use this name."""
    assert needs_of_variable(lines, "A_MODEL") == needs
