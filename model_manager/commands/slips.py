"""Variables that are one slip away from one that would be read: `AI_SUPORT_MODEL`, `ANTROPIC_API_KEY`."""

from collections.abc import Iterator
from typing import NamedTuple

from model_manager.config.workspace import Workspace
from model_manager.core.assignments import DEFAULT_VARIABLE, Source, source_of
from model_manager.core.suggestions import is_one_slip

_ENDINGS = ("_API_KEY", "_API_TOKEN", "_KEY", "_TOKEN", "_MODEL")
#: A name with less before its ending is one letter from other programs' names (GH_TOKEN, GROK_API_KEY).
_SHORTEST_STEM = 5


class Slip(NamedTuple):
    """A variable that is set and read by nobody, where that stands, and the name that was probably meant."""

    source: Source
    meant: str

    @property
    def text(self) -> str:
        """The same as a sentence."""
        return f"{self.source.text} is not read; did you mean {self.meant}?"


def slips(workspace: Workspace) -> Iterator[Slip]:
    """Each variable that is set and read by nobody, though its name is nearly one that counts."""
    catalogue = workspace.catalogue
    keys = {name for provider in catalogue.providers.values() for name in provider.api_key_env}
    tasks = {task.env for task in catalogue.tasks.values()} | {DEFAULT_VARIABLE}
    known = keys | tasks
    meant = [name for name in (*tasks, *keys) if len(_stem(name)) >= _SHORTEST_STEM]
    for place in workspace.places:
        for name, binding in place.items():
            if name in known or not binding.value.strip():
                continue
            near = next((one for one in meant if is_one_slip(name, one)), None)
            # Programs that take several keys have variables such as OPENAI_API_KEYS beside the usual one.
            if near and (near in tasks or workspace.lookup(near) is None):
                yield Slip(source_of(name, binding), near)


def _stem(name: str) -> str:
    return next((name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)), name)
