"""Where an application says which models it uses: its .env files and its code."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path, PurePosixPath

from model_manager.config.catalogue.validators import harmless_variable
from model_manager.config.dotenv.reader import EnvFile, read_env_file
from model_manager.config.scanning import CodeFinding, scan_code
from model_manager.config.scanning.scan import LONGEST_TEXT
from model_manager.config.scanning.walk import nested_env_files, read_source
from model_manager.config.workspace import Workspace
from model_manager.core.adoption.proposals import ModelUse
from model_manager.core.adoption.surroundings import surroundings
from model_manager.core.assignments import DEFAULT_VARIABLE
from model_manager.core.mentions.names import NameIndex, is_weak
from model_manager.core.redaction import is_secret_name
from model_manager.errors import EnvFileError

#: Files of examples: their variables count, their keys do not.
_EXAMPLES = frozenset({"example", "sample", "template", "dist", "defaults", "default", "test"})
_MOST_ENV_FILES = 20
_MOST_NESTED = 200
_ONE_NAME = re.compile(r"[\w.:@/+-]+")
_MODEL_WORDS = ("MODEL", "LLM", "ENGINE", "DEPLOYMENT")
_EXAMPLE_DIRECTORIES = frozenset({"examples", "example", "samples", "demos", "demo", "cookbook", "tutorials"})
#: Files that name models but cannot ask for one, and notebooks, which try this and that.
DATA_SUFFIXES = frozenset({".ipynb", ".json", ".jsonc", ".json5", ".sql", ".html", ".htm", ".xml"})


@dataclass(frozen=True, slots=True)
class ModelList:
    """A file in which models stand side by side, to be chosen from.

    Attributes:
        line, end_line: of the first name and the last one.
        models: how many different names.
    """

    file: str
    line: int
    end_line: int
    models: int


@dataclass(frozen=True, slots=True)
class CodeUses:
    """The places in code that call a model; the lists of models; how many other names there are, by reason."""

    uses: tuple[ModelUse, ...]
    lists: tuple[ModelList, ...]
    left_out: Mapping[str, int]


def env_files(workspace: Workspace) -> tuple[tuple[EnvFile, ...], tuple[str, ...]]:
    """The .env files that count, others beside them, those of packages, and warnings about what cannot be read."""
    found, warnings = list(workspace.env_files), []
    known = {(workspace.directory / file.shown).resolve() for file in found}
    others = sorted(workspace.directory.glob(".env*"))[:_MOST_ENV_FILES]
    beside = [
        (path, path.name) for path in others if not path.is_symlink() and path.is_file() and path.name != ".envrc"
    ]
    for path, shown in [*beside, *islice(nested_env_files(workspace.directory), _MOST_NESTED)]:
        if path.resolve() in known:
            continue
        try:
            found.append(read_env_file(path, {}, shown=shown))
        except EnvFileError as error:
            warnings.append(f"{error.message}; the file is skipped")
    return tuple(found), tuple(warnings)


def is_example(file: EnvFile) -> bool:
    """Whether a .env file is one that is there to be copied."""
    return not _EXAMPLES.isdisjoint(Path(file.shown).name.lower().split("."))


def env_uses(
    files: Sequence[EnvFile], counting: Sequence[EnvFile], index: NameIndex, redact: Callable[[str], str]
) -> Iterator[ModelUse]:
    """The variables that hold a model's name, the strongest file first; of a variable the first that is set.

    Each package's directory has variables of its own; `counting` are the files that are read here.
    """
    seen: set[tuple[str, str]] = set()
    for file in files:
        package = "" if file in counting else _package_of(file)
        for name, binding in file.bindings.items():
            value = binding.value.strip()
            if (package, name) in seen or not _may_hold_model(name) or not _ONE_NAME.fullmatch(value):
                continue
            found = index.look_up(value)
            if found is None or (is_weak(value) and not any(word in name.upper() for word in _MODEL_WORDS)):
                continue
            seen.add((package, name))
            text = redact(f"{name}={value}")[:LONGEST_TEXT]
            yield ModelUse(
                file=file.shown,
                line=binding.line or 1,
                text=text,
                name=value,
                model=found[1],
                variable=name,
                read_in=package or None,
            )


def _package_of(file: EnvFile) -> str:
    """The directory of a .env file below the application's; empty: it is none of a package."""
    path = PurePosixPath(file.shown)
    is_below = not path.is_absolute() and ".." not in path.parts and len(path.parts) > 1
    return str(path.parent) if is_below else ""


def _may_hold_model(variable: str) -> bool:
    is_ours = variable == DEFAULT_VARIABLE or variable.startswith("MODEL_MANAGER_")
    return not is_ours and not is_secret_name(variable) and harmless_variable(variable) is None


def code_uses(workspace: Workspace, redact: Callable[[str], str]) -> CodeUses:
    """The values in code that name a model, with what stands around them; lists; the others, counted by reason.

    Examples count only in a directory that has nothing else.
    """
    findings = [
        (finding, _reason(finding))
        for finding in scan_code(workspace.directory, workspace.catalogue, redact=redact)
    ]
    if all(reason for _, reason in findings):
        findings = [(finding, None if reason == "examples" else reason) for finding, reason in findings]
    uses: list[ModelUse] = []
    lines: dict[str, list[str]] = {}
    for finding, reason in findings:
        if reason:
            continue
        if finding.file not in lines:
            lines = {finding.file: lines_of(workspace.directory, finding.file)}
        uses.append(_with_surroundings(finding, lines[finding.file]))
    lists = _lists(finding for finding, reason in findings if reason == "lists")
    return CodeUses(tuple(uses), tuple(lists), Counter(reason for _, reason in findings if reason))


def _lists(findings: Iterable[CodeFinding]) -> Iterator[ModelList]:
    """The entries of lists, as one for each file that has several."""
    for file, entries in groupby(findings, key=lambda one: one.file):
        found = list(entries)
        names = {one.name for one in found}
        if len(names) > 1:
            yield ModelList(file, found[0].line, found[-1].line, len(names))


def _reason(finding: CodeFinding) -> str | None:
    """Why no task is proposed for a name, in one word; None: one is."""
    path = PurePosixPath(finding.file)
    if finding.in_tests:
        return "tests"
    if finding.role != "value":
        return {"list": "lists", "key": "tables"}.get(finding.role, "comparisons")
    if path.suffix in DATA_SUFFIXES:
        return "data"
    return None if _EXAMPLE_DIRECTORIES.isdisjoint(path.parts[:-1]) else "examples"


def lines_of(directory: Path, file: str) -> list[str]:
    """The lines of a file that was searched; none if it has gone."""
    data = read_source(str(directory / file)) or b""
    return [line.rstrip("\r") for line in data.decode("utf-8", "replace").split("\n")]


def _with_surroundings(finding: CodeFinding, lines: Sequence[str]) -> ModelUse:
    use = ModelUse(
        file=finding.file,
        line=finding.line,
        column=finding.column,
        text=finding.text,
        name=finding.name,
        model=finding.model,
        is_rewritable=True,
    )
    if finding.line > len(lines):
        return use
    is_config = PurePosixPath(finding.file).suffix not in {".py", ".ts", ".js", ".go", ".tsx", ".jsx"}
    around = surroundings(lines, finding.line, finding.column, is_config=is_config)
    variable = around.variable if around.variable and _may_hold_model(around.variable) else None
    return replace(
        use, variable=variable, assigned=around.assigned, functions=around.functions, needs=around.needs
    )
