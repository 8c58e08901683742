"""The words of messages: none of the command line's below the command line, and no backtick that it cannot name."""

import ast
import re
from pathlib import Path

import pytest
from each_of import each_of

from model_manager.cli.shared import COMMANDS
from model_manager.cli.wording import NAMES
from model_manager.server.api.problems import NAMES as HTTP_NAMES

PACKAGE = Path(__file__).parents[2] / "model_manager"
#: What is the command line, or draws for its terminal.
COMMAND_LINE = (
    "cli/",
    "completion.py",
    "__main__.py",
    "rendering/tables/",
    "rendering/shells/",
    "rendering/findings/",
    "rendering/views.py",
    "rendering/next_steps.py",
)
#: Modules elsewhere that may hold such words, each with its reason.
EXCEPTIONS = {
    "providers/io/curl.py": "writes the options of curl",
    **dict.fromkeys(
        (
            *("core/checking/assignments.py", "core/checking/code.py", "core/checking/configuration.py"),
            *("core/checking/destinations.py", "core/checking/live.py", "core/checking/models.py"),
            "core/checking/rule.py",
        ),
        "the explanations of rules, which only the command line and its reports show",
    ),
    "config/trust.py": "trusting a project for good is that command, from wherever the call was made",
}
#: An option, or one of our commands.
COMMAND_LINE_WORD = re.compile(rf"(?:^|[\s(`'\"=])(?:--[a-z]|-C\b)|model-manager (?:{'|'.join(COMMANDS)}|--)")

MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
BELOW = [name for name in MODULES if not name.startswith(COMMAND_LINE) and name not in EXCEPTIONS]


def texts_of(module: str) -> list[tuple[int, str]]:
    """The string literals of a module with their lines, the parts of f-strings included, docstrings left out."""
    tree = ast.parse((PACKAGE / module).read_text())
    docstrings = {
        id(statement.value)
        for node in ast.walk(tree)
        for statement in (getattr(node, "body", None) if isinstance(getattr(node, "body", None), list) else [])
        if isinstance(statement, ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def command_line_words(texts: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The literals that hold an option or a command of the command line."""
    return [(line, text) for line, text in texts if COMMAND_LINE_WORD.search(text)]


@each_of(BELOW)
def test_no_word_of_the_command_line_below_it(module):
    """No literal outside the command line and what draws for it holds an option or a command."""
    assert command_line_words(texts_of(module)) == []


@each_of(EXCEPTIONS)
def test_each_exception_is_needed(module):
    """A module that is excepted does hold such words."""
    assert command_line_words(texts_of(module))


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("raise --max-cost", True),
        ("--force writes it", True),
        ("-C gone: no such directory", True),
        ("see model-manager list", True),
        ("use `force` to write it anyway", False),
        ("this is a bug in model-manager; please report it", False),
        ("a well-known name", False),
    ],
)
def test_what_counts_as_a_word_of_the_command_line(text, is_found):
    """Long options, -C and commands are found; a hyphen, a parameter and our name are not."""
    assert bool(command_line_words([(1, text)])) is is_found


def test_every_name_in_backticks_is_known_to_the_command_line():
    """Errors and hints name only parameters that the command line has a word for."""
    named = {
        (module, name)
        for module in MODULES
        if not module.startswith((*COMMAND_LINE, "server/", "service/"))
        for _, text in texts_of(module)
        for name in re.findall(r"`([a-z_]+)`", text)
    }
    assert named
    assert {(module, name) for module, name in named if name not in NAMES} == set()


def test_http_has_no_word_of_the_command_line():
    """The API's names of parameters are fields, endpoints and settings."""
    assert command_line_words([(0, name) for name in HTTP_NAMES.values()]) == []
