"""Reads the routes that an application has in LiteLLM configurations, for `init`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_manager.config.scanning.litellm_file import (
    LiteLLMDeployment,
    LiteLLMFileError,
    ModelGroup,
    is_litellm_file,
    read_litellm_groups,
)
from model_manager.config.scanning.scan import LONGEST_TEXT
from model_manager.config.scanning.walk import read_source, source_files
from model_manager.config.workspace import Workspace
from model_manager.core.adoption.proposals import ModelUse
from model_manager.core.mentions.names import NameIndex
from model_manager.core.models import Model


@dataclass(frozen=True, slots=True)
class LiteLLMImport:
    """What the LiteLLM configurations of a directory say."""

    files: tuple[str, ...]
    uses: tuple[ModelUse, ...]
    warnings: tuple[str, ...]


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
