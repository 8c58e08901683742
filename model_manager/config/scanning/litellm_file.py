"""Reads the model groups of a LiteLLM configuration: their names, and the models that answer, in their order."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

#: What a document may amount to with every alias written out: more is an attack or a mistake.
_MOST_NODES = 100_000
_MOST_DEPTH = 50
_MODEL_LIST = re.compile(rb"^model_list\s*:", re.MULTILINE)


class LiteLLMFileError(Exception):
    """The file cannot be read; the message is the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class LiteLLMDeployment:
    """A model of a group.

    Attributes:
        model: as LiteLLM has it, with a provider before it.
        weight: of its share among those of the same order, or None.
        order: the lower ones are tried first.
        line: where it is named, from 1.
        key_variable: the variable of its key, or None.
    """

    model: str
    weight: int | None
    order: int
    line: int
    key_variable: str | None


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """A name that an application asks a LiteLLM proxy for, its models, and the groups that are tried after it."""

    name: str
    deployments: tuple[LiteLLMDeployment, ...]
    fallbacks: tuple[str, ...] = ()


def is_litellm_file(data: bytes) -> bool:
    """Whether a YAML file has the list of models that LiteLLM's configurations begin with."""
    return bool(_MODEL_LIST.search(data))


def read_litellm_groups(data: bytes) -> tuple[ModelGroup, ...]:
    """The groups of a configuration, in its order; deployments without a model or with a wildcard are left out.

    Raises:
        LiteLLMFileError: it is no such file.
    """
    text = data.decode("utf-8", "replace")
    try:
        _check_size(text)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, which keeps lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise LiteLLMFileError(f"is not valid YAML{where}: {getattr(error, 'problem', None) or error}") from None
    except (RecursionError, ValueError) as error:
        raise LiteLLMFileError(f"cannot be read: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("model_list"), list):
        raise LiteLLMFileError("has no model_list, or one that is not a list")
    groups: dict[str, list[LiteLLMDeployment]] = {}
    for name, deployment in _deployments(document["model_list"]):
        groups.setdefault(name, []).append(deployment)
    fallbacks = _fallbacks(document)
    return tuple(ModelGroup(name, tuple(found), fallbacks.get(name, ())) for name, found in groups.items())


class _Loader(yaml.SafeLoader):
    """The safe loader; a mapping has the line of its beginning under a key that YAML cannot write."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        """The mapping, with its line."""
        mapping = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = next((key.start_mark.line + 1 for key, _ in node.value if key.value == "model"), None)
        return mapping


_LINE = object()


def _check_size(text: str) -> None:
    """Refuse a document that grows when its aliases are written out.

    Raises:
        ValueError: it does, or is nested too deeply.
        yaml.YAMLError: it does not parse.
    """
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        size = sizes.get(event.anchor or "", 1) if isinstance(event, yaml.AliasEvent) else 1
        total += size
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = total - before + 1
        if total > _MOST_NODES or len(open_nodes) > _MOST_DEPTH:
            raise ValueError("it is too large or too deeply nested once its aliases are expanded")


def _deployments(entries: list[Any]) -> Iterator[tuple[str, LiteLLMDeployment]]:
    for entry in entries:
        parameters = entry.get("litellm_params") if isinstance(entry, dict) else None
        if not isinstance(parameters, dict):
            continue
        name, model = entry.get("model_name"), parameters.get("model")
        if not isinstance(name, str) or not isinstance(model, str) or "*" in f"{name}{model}":
            continue
        weight, order = parameters.get("weight"), parameters.get("order")
        yield (
            name,
            LiteLLMDeployment(
                model=model,
                weight=weight if isinstance(weight, int) and weight > 0 else None,
                order=order if isinstance(order, int) else 0,
                line=parameters.get(_LINE) or 1,
                key_variable=_variable(parameters.get("api_key")),
            ),
        )


def _variable(key: Any) -> str | None:
    """The variable that a key refers to; None: it is none, or stands there itself."""
    found = re.fullmatch(r"os\.environ/([A-Za-z_][A-Za-z0-9_]*)", key) if isinstance(key, str) else None
    return found[1] if found else None


def _fallbacks(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The fallbacks of `router_settings`, and of `litellm_settings` where LiteLLM reads them too."""
    found: dict[str, tuple[str, ...]] = {}
    for section in ("litellm_settings", "router_settings"):
        settings = document.get(section)
        rules = settings.get("fallbacks") if isinstance(settings, dict) else None
        for rule in rules if isinstance(rules, list) else ():
            for name, others in rule.items() if isinstance(rule, dict) else ():
                if isinstance(name, str) and isinstance(others, list):
                    found[name] = tuple(other for other in others if isinstance(other, str))
    return found
