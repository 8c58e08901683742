"""The catalogue's files: reading them, and merging one over the other."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from model_manager.config.catalogue.fetched import facts_in_force
from model_manager.config.catalogue.files import LayerFile
from model_manager.config.catalogue.positions import Path as KeyPath
from model_manager.config.catalogue.positions import key_lines, line_of, shown
from model_manager.config.catalogue.project_rules import project_mistakes
from model_manager.config.catalogue.schema import Mistake, mistakes_of
from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.core.models import Place
from model_manager.errors import Problem

Data = dict[str, Any]

#: The keys of a price; a layer that states its own does not inherit it.
_PRICE_KEYS = ("price", "cost_per_1k_tokens")
_PROVENANCE = ("source", "checked")
#: The largest file that is read, in bytes: forty times the embedded one.
_MOST_BYTES = 1 << 22


@dataclass
class LayerData:
    """A file's tables, and what is wrong with them."""

    file: LayerFile
    data: Data = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""
    #: The keys that are wrong by themselves; they are taken out of `data`.
    mistaken: list[KeyPath] = field(default_factory=list)
    parsed: bool = True

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Line numbers by key path."""
        return key_lines(self.text)

    def place(self, path: KeyPath) -> Place:
        """Where a key of this file stands."""
        if self.file.layer == "embedded":
            return Place()
        return Place(self.file.layer, self.file.shown, line_of(path, self.lines))

    def problem(self, mistake: Mistake) -> Problem:
        """A mistake, with file and line."""
        line = line_of(mistake.path, self.lines)
        return Problem(self.file.shown, shown(mistake.path), mistake.message, line, mistake.hint)

    def unsets(self, path: KeyPath) -> bool:
        """Whether this file takes the key away from a model."""
        group, model = self.data.get(path[0]), path[1] if len(path) > 2 else None  # noqa: PLR2004 - group, id and key
        table = group.get(model) if isinstance(group, dict) else None
        return isinstance(table, dict) and path[2] in table.get("unset", ())

    @property
    def budget_problems(self) -> list[Problem]:
        """The problems that keep its budgets from being known, where nothing else of the file counts."""
        return [problem for problem in self.problems if not problem.key or problem.key.startswith("budgets")]

    def says(self, path: KeyPath) -> bool:
        """Whether this file has the key."""
        node: Any = self.data
        for part in path:
            if not isinstance(node, dict) or part not in node:
                return False
            node = node[part]
        return True


def read_layer(file: LayerFile) -> LayerData:
    """Read and check one file; what is wrong with it is in the result, which is not to be changed.

    The embedded file is by far the longest and never edited: a service that reads the user's again keeps it.
    """
    if file.layer != "embedded":
        return _read_layer(file)
    try:
        status = file.path.stat()
    except OSError:
        return _read_layer(file)
    layer = _embedded_layer(file, status.st_mtime_ns, status.st_size)
    if layer.problems:
        _embedded_layer.cache_clear()  # that too many files were open, say, is not to be remembered
    return layer


@lru_cache(maxsize=1)
def _embedded_layer(file: LayerFile, _mtime_ns: int, _size: int) -> LayerData:
    return _read_layer(file)


def _read_layer(file: LayerFile) -> LayerData:
    layer = LayerData(file)
    try:
        layer.text = read_regular_file(file.path, _MOST_BYTES).decode("utf-8-sig")
        layer.data = tomllib.loads(layer.text, parse_float=Decimal)
    except NotRegularFileError as error:
        layer.problems.append(Problem(file.shown, "", error.reason, None, error.hint))
    except OSError as error:
        layer.problems.append(Problem(file.shown, "", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        layer.problems.append(
            Problem(file.shown, "", f"is not UTF-8 (byte {error.start + 1})", None, "save it as UTF-8")
        )
    except tomllib.TOMLDecodeError as error:
        layer.problems.append(_syntax_problem(file, layer.text, str(error)))
    except (ValueError, ArithmeticError):
        # int() and Decimal() have limits of their own, which tomllib lets through.
        layer.problems.append(Problem(file.shown, "", "has a number that is too long"))
    except RecursionError:
        layer.problems.append(Problem(file.shown, "", "is nested too deeply"))
    layer.parsed = not layer.problems
    mistakes = list(mistakes_of(layer.data, file.layer))
    mistakes += project_mistakes(layer.data) if file.layer == "project" else ()
    for mistake in mistakes:
        layer.problems.append(layer.problem(mistake))
        layer.mistaken.append(mistake.path)
        _remove(layer.data, mistake.path)
    layer.mistaken += _emptied(layer)
    if file.layer == "fetched":
        hint = "this file is generated: remove it, and let update write a new one"
        layer.problems = [replace(problem, hint=hint) for problem in layer.problems]
    return layer


def _emptied(layer: LayerData) -> Iterator[KeyPath]:
    """Remove entries of which nothing is left, as after an unquoted id: missing keys are not reported as well."""
    for path in layer.mistaken:
        group = layer.data.get(path[0])
        if isinstance(group, dict) and len(path) > 2 and group.get(path[1]) == {}:  # noqa: PLR2004 - group and id
            del group[path[1]]
            yield path[:2]


def _remove(data: Data, path: KeyPath) -> None:
    """Take a key out, so that the rest can be checked; an array with a bad item goes as a whole."""
    node: Any = data
    for part in path[:-1]:
        below = node.get(part) if isinstance(node, dict) else None
        if not isinstance(below, dict):
            break
        node = below
    else:
        part = path[-1]
    if isinstance(node, dict):
        node.pop(part, None)


def _syntax_problem(file: LayerFile, text: str, message: str) -> Problem:
    """A syntax error of tomllib, its line as a number, with a hint for the most common mistake."""
    words, _, position = message.rpartition(" (at ")
    digits = "".join(char for char in position.partition(",")[0] if char.isdigit())
    lines = text.rstrip().split("\n")
    line = int(digits) if digits else len(lines)  # no number: "at end of document"
    source = lines[line - 1].strip() if line <= len(lines) else ""
    hint = None
    if source.startswith(("[models.", "[[models.")) and '"' not in source:
        hint = 'an id with a dot, slash or colon is quoted: [models."groq/gpt-oss-120b"]'
    return Problem(file.shown, "", words or message, line, hint)


def effective(layers: Sequence[LayerData]) -> list[LayerData]:
    """The layers that count: from the last one that says `extends = false` up."""
    start = max((i for i, layer in enumerate(layers) if layer.data.get("extends") is False), default=0)
    return list(layers[start:])


def merge(layers: Sequence[LayerData]) -> Data:
    """All layers as one set of tables, later ones winning."""
    merged: Data = {}
    own_tasks = any(layer.data.get("tasks") for layer in layers if layer.file.layer != "embedded")
    for index, layer in enumerate(layers):
        data = layer.data
        if layer.file.layer == "fetched":
            above = [other.data.get("models", {}) for other in layers[index + 1 :]]
            data = {"models": facts_in_force(data, merged.get("models", {}), above)}
        if own_tasks and layer.file.layer == "embedded":
            data = {key: value for key, value in data.items() if key != "tasks"}
        _merge_catalogue(merged, data)
    return merged


def _merge_catalogue(base: Data, over: Mapping[str, Any]) -> None:
    for kind, group in over.items():
        if kind == "budgets":
            continue  # those of different files add to each other
        if kind not in ("models", "tasks"):
            merge_table(base, {kind: group})
            continue
        into = base.setdefault(kind, {})
        if kind == "models":
            _take_aliases_over(into, group)
        for name, table in group.items():
            merged = into.setdefault(name, {})
            if kind == "models":
                merge_model(merged, table)
            else:
                merged.update(table)


def _take_aliases_over(below: Data, above: Mapping[str, Data]) -> None:
    """Drop the aliases below that are ids or aliases above: what a user calls so is the user's to say.

    A table without a provider is no model of its own, but one that is called by its alias by mistake.
    """
    taken = {name for name, table in above.items() if name not in below and "provider" in table}
    taken.update(alias for table in above.values() for alias in table.get("aliases", ()))
    for table in below.values():
        if taken.intersection(table.get("aliases", ())):
            table["aliases"] = [alias for alias in table["aliases"] if alias not in taken]


def merge_model(base: Data, over: Mapping[str, Any]) -> None:
    """Lay a model's table over another; `unset` is kept for what the model inherits by `like`."""
    unset = over.get("unset", ())
    for key in unset:
        base.pop(key, None)
    if any(key in over or key in over.get("unset", ()) for key in _PRICE_KEYS):
        for key in (*_PRICE_KEYS, *_PROVENANCE):
            base.pop(key, None)
        # `price`, and what is said of parts of it: `price_changes`.
        base["certainty"] = {k: v for k, v in base.get("certainty", {}).items() if not k.startswith("price")}
    whole = {key: value for key, value in over.items() if key in _PRICE_KEYS}
    merge_table(base, {key: value for key, value in over.items() if key not in whole and key != "unset"})
    base.update(whole)
    if still := [key for key in (*base.get("unset", ()), *unset) if key not in base]:
        base["unset"] = list(dict.fromkeys(still))
    else:
        base.pop("unset", None)


def merge_table(base: Data, over: Mapping[str, Any]) -> None:
    """Lay a table over another, key by key."""
    for key, value in over.items():
        if isinstance(value, dict):
            into = base.get(key)
            base[key] = dict(into) if isinstance(into, dict) else {}
            merge_table(base[key], value)
        else:
            base[key] = value


def places(layers: Sequence[LayerData], *path: str) -> Iterator[tuple[str, Place]]:
    """For each key of a table that a layer above the embedded one sets: where, the last one winning."""
    for layer in layers:
        node: Any = layer.data
        for part in path:
            node = node.get(part, {}) if isinstance(node, dict) else {}
        if layer.file.layer != "embedded" and isinstance(node, dict):
            for key in node:
                yield key, layer.place((*path, key))


def located(layers: Sequence[LayerData], mistake: Mistake) -> Problem:
    """A mistake of the whole, laid to the last layer that says one of the keys which take part in it."""
    found = [(_speaker(layers, path), path) for path in (mistake.path, *mistake.also)]
    layer, path = max(found, key=lambda item: layers.index(item[0]))
    return layer.problem(replace(mistake, path=path))


def _speaker(layers: Sequence[LayerData], path: KeyPath) -> LayerData:
    """The last layer that says a key, or something around it."""
    while path:
        for layer in reversed(layers):
            if layer.says(path) or layer.unsets(path):
                return layer
        path = path[:-1]
    return layers[-1]
