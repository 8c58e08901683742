"""Where an application says which models it uses: its .env files, its code, and a LiteLLM configuration."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath

from model_manager.config.catalogue.validators import harmless_variable
from model_manager.config.dotenv.reader import EnvFile, read_env_file
from model_manager.config.scanning import CodeFinding, scan_code
from model_manager.config.scanning.litellm_file import (
    LiteLLMDeployment,
    LiteLLMFileError,
    ModelGroup,
    is_litellm_file,
    read_litellm_groups,
)
from model_manager.config.scanning.scan import LONGEST_TEXT
from model_manager.config.scanning.walk import nested_env_files, read_source, source_files
from model_manager.config.workspace import Workspace
from model_manager.core.adoption.proposals import ModelUse
from model_manager.core.adoption.surroundings import surroundings
from model_manager.core.assignments import DEFAULT_VARIABLE
from model_manager.core.mentions.names import NameIndex, is_weak
from model_manager.core.models import Model
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
_DATA_SUFFIXES = frozenset({".ipynb", ".json", ".jsonc", ".json5", ".sql", ".html", ".htm", ".xml"})


@dataclass(frozen=True, slots=True)
class LiteLLMImport:
    """What the LiteLLM configurations of a directory say."""

    files: tuple[str, ...]
    uses: tuple[ModelUse, ...]
    warnings: tuple[str, ...]


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


def code_uses(workspace: Workspace, redact: Callable[[str], str]) -> tuple[list[ModelUse], dict[str, int]]:
    """The values in code that name a model, with what stands around them; and the others, counted by reason.

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
    return uses, Counter(reason for _, reason in findings if reason)


def _reason(finding: CodeFinding) -> str | None:
    """Why no task is proposed for a name, in one word; None: one is."""
    path = PurePosixPath(finding.file)
    if finding.in_tests:
        return "tests"
    if finding.role != "value":
        return {"list": "lists", "key": "tables"}.get(finding.role, "comparisons")
    if path.suffix in _DATA_SUFFIXES:
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


def litellm_import(workspace: Workspace, index: NameIndex) -> LiteLLMImport:
    """The groups of the LiteLLM configurations in a directory, each as one use of a route."""
    files, uses, warnings = [], [], []
    for file in source_files(workspace.directory):
        if not file.shown.endswith((".yaml", ".yml")) or file.in_tests:
            continue
        data = read_source(file.path)
        if not data or not is_litellm_file(data):
            continue
        files.append(file.shown)
        try:
            groups = read_litellm_groups(data)
        except LiteLLMFileError as error:
            warnings.append(f"{file.shown} {error}; the file is skipped")
            continue
        for group in groups:
            use, notes = _group_use(group, groups, file.shown, _Deployments(workspace, index))
            warnings += [f"{file.shown}: {note}" for note in notes]
            uses += [use] if use else []
    return LiteLLMImport(tuple(files), tuple(uses), tuple(dict.fromkeys(warnings)))


def _group_use(
    group: ModelGroup, groups: Sequence[ModelGroup], file: str, known: "_Deployments"
) -> tuple[ModelUse | None, list[str]]:
    """The route of a group and of those that it falls back to, and what of it is not as it was there."""
    by_name = {one.name: one for one in groups}
    chain = [group, *(by_name[name] for name in group.fallbacks if name in by_name)]
    notes: list[str] = []
    options = dict.fromkeys(option for one in chain for option in _options(one, known, notes))
    if not options:
        return None, notes
    route = ",".join(options)
    found = known.index.look_up(route)
    use = ModelUse(
        file=file,
        line=group.deployments[0].line,
        text=f"model_name: {group.name}"[:LONGEST_TEXT],
        name=route,
        model=found[1] if found and len(options) == 1 else None,
        title=group.name,
    )
    return use, notes


class _Deployments:
    """Finds the models of LiteLLM's deployments, at the provider whose key they have."""

    def __init__(self, workspace: Workspace, index: NameIndex) -> None:
        self.index = index
        self._providers: dict[str, set[str]] = {}
        for provider in workspace.catalogue.providers.values():
            for name in provider.api_key_env:
                self._providers.setdefault(name, set()).add(provider.id)

    def find(self, deployment: LiteLLMDeployment, notes: list[str]) -> Model | None:
        """The model; None: the catalogue has none. `notes` gets what its owner should know."""
        providers = self._providers.get(deployment.key_variable or "", set())
        parts = deployment.model.split("/")
        for start in range(len(parts)):
            for provider in sorted(providers):
                hosted = self.index.look_up("/".join((provider, *parts[start:])))
                if hosted and hosted[1] and hosted[1].provider == provider:
                    return hosted[1]
        found = self.index.look_up(deployment.model)
        if found is None or found[1] is None:
            notes.append(f"{deployment.model} is not in the catalogue; it is skipped")
            return None
        if providers and found[1].provider not in providers:
            own = f"{found[1].provider}/{found[1].id}"
            notes.append(f"{deployment.model} uses {deployment.key_variable}; the task would use {own}")
        return found[1]


def _options(group: ModelGroup, known: _Deployments, notes: list[str]) -> Iterator[str]:
    """The options of a group: those of a lower order first, and of one order a share for each model."""
    for order in sorted({one.order for one in group.deployments}):
        weights: dict[str, int] = {}
        same = [one for one in group.deployments if one.order == order]
        for one in same:
            if model := known.find(one, notes):
                weights[model.id] = weights.get(model.id, 0) + (one.weight or 1)
        if weights:
            yield _split(weights, has_weights=_all_weighted(same))


def _all_weighted(deployments: Sequence[LiteLLMDeployment]) -> bool:
    return all(one.weight is not None for one in deployments)


def _split(weights: dict[str, int], *, has_weights: bool) -> str:
    """An option of shares, in whole percents that add up to 100."""
    if len(weights) == 1 or not (has_weights or len(set(weights.values())) > 1):
        return "+".join(weights)
    total = sum(weights.values())
    percents = {name: weight * 100 // total for name, weight in weights.items()}
    largest = max(weights, key=weights.__getitem__)
    percents[largest] += 100 - sum(percents.values())
    return "+".join(f"{percent}:{name}" for name, percent in percents.items())
