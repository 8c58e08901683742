"""The lines of code that ask for a task's model in place of a name, in the language of the file."""

import re
from dataclasses import dataclass

from model_manager.core.adoption.proposals import ModelUse, Proposal
from model_manager.core.adoption.successors import family_of

#: By suffix, an expression for a task's model. Python has the library; others take the variable, which
#: `model-manager export shell` sets.
_EXPRESSIONS = {
    **dict.fromkeys(("py", "pyi", "ipynb"), 'get_model_for_task("{task}").model_id'),
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "astro"), "process.env.{env}"),
    **dict.fromkeys(("ts", "tsx", "mts", "cts"), "process.env.{env}!"),
    "go": 'os.Getenv("{env}")',
    "rb": 'ENV.fetch("{env}")',
    "java": 'System.getenv("{env}")',
    "kt": 'System.getenv("{env}")',
    "scala": 'sys.env("{env}")',
    "cs": 'Environment.GetEnvironmentVariable("{env}")',
    "rs": 'std::env::var("{env}")?',
    "php": "getenv('{env}')",
    "ex": 'System.fetch_env!("{env}")',
    "exs": 'System.fetch_env!("{env}")',
    "swift": 'ProcessInfo.processInfo.environment["{env}"]!',
    "dart": "Platform.environment['{env}']!",
}
#: Languages in which strings are not joined by a plus.
_WITHOUT_PLUS = frozenset({"php", "rs", "ex", "exs"})
_PREFIX = re.compile(r"(?:[A-Za-z][\w.-]*[/:])+(?=[A-Za-z])")
#: A variable's read with the name as its default, in Python.
_PYTHON_READ = re.compile(r"""(?:os\.)?(?:getenv|environ\.get)\(\s*["']\w+["']\s*,\s*$""")
#: As `mentions.constants` finds them.
_CONSTANT = re.compile(
    r"((?:go_?)?openai\.|anthropic\.Model|ChatModel\.|Model\.)(?=ChatModel|GPT|Claude|CLAUDE|O\d)"
)
PYTHON_IMPORT = "from model_manager import get_model_for_task"


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A line of code, as it is and as it could be."""

    file: str
    line: int
    old: str
    new: str

    @property
    def is_python(self) -> bool:
        """Whether the new line needs Python's import."""
        return is_python(self.file)


def is_python(file: str) -> bool:
    """Whether a file is Python's."""
    return _suffix(file) in {"py", "pyi", "ipynb"}


def rewrite(use: ModelUse, proposal: Proposal, text: str) -> CodeChange | None:
    """The change of a line that names a model; None: it is no string of a language that we know.

    Args:
        use: where the name stands.
        proposal: the task to ask for.
        text: the whole line.
    """
    expression = _EXPRESSIONS.get(_suffix(use.file))
    start, end = use.column - 1, use.column - 1 + len(use.name)
    if expression is None or not use.is_rewritable or start < 1 or text[start:end] != use.name:
        return None
    if constant := _CONSTANT.match(use.name):
        return _constant_change(use, proposal, text, constant[1])
    quote = text[start - 1]
    escape = "\\" if text[start - 2 : start - 1] == "\\" else ""
    if quote not in "\"'`" or not text[end:].startswith(escape + quote):
        return None
    left, right = text[: start - 1 - len(escape)], text[end + len(escape) + 1 :]
    while left[-1:] in {"f", "b", "r", "u"} and not left[-2:-1].isalnum():
        left = left[:-1]
    new = _value(use, proposal, expression, left)
    if new is None:
        return None
    if (read := _PYTHON_READ.search(left)) and right.startswith(")") and not _PREFIX.match(use.name):
        left, right = left[: read.start()], right[1:]  # the task reads the variable itself
    if escape:
        new = new.replace('"', f"{escape}{quote}")
    if _suffix(use.file) in {"tsx", "jsx"} and left.endswith("=") and left[-2:-1].isalnum():
        new = f"{{{new}}}"  # an attribute
    return CodeChange(use.file, use.line, text.strip(), f"{left}{new}{right}".strip())


def _value(use: ModelUse, proposal: Proposal, expression: str, left: str) -> str | None:
    """The expression for a task's model, behind the provider that stands before a name; None: it fits nowhere."""
    new = expression.format(task=proposal.task, env=proposal.env)
    if prefix := _PREFIX.match(use.name):  # of the library that the application calls, and of no other provider
        if _suffix(use.file) in _WITHOUT_PLUS or family_of(use.name) != family_of(proposal.model):
            return None
        return f'"{prefix[0]}" + {new.removesuffix("!")}'
    is_read = use.variable == proposal.env and proposal.env in left
    return None if is_read and not is_python(use.file) else new


def _constant_change(use: ModelUse, proposal: Proposal, text: str, owner: str) -> CodeChange:
    """The change of a line with a constant of a vendor's library, whose type the new value has."""
    new = _EXPRESSIONS[_suffix(use.file)].format(task=proposal.task, env=proposal.env)
    if owner == "anthropic.Model":
        new = f"anthropic.Model({new})"
    elif owner in {"ChatModel.", "Model."}:
        new = f"{owner}of({new})"
    start = use.column - 1
    changed = f"{text[:start]}{new}{text[start + len(use.name) :]}"
    return CodeChange(use.file, use.line, text.strip(), changed.strip())


def _suffix(file: str) -> str:
    return file.rpartition(".")[2].lower()
