"""The models of a catalogue by all names that code has for them: with providers, dates, clouds' spellings."""

import re
from collections.abc import Iterator
from typing import Literal

from model_manager.core.mentions.families import is_family_id, is_no_chat_model
from model_manager.core.models import Catalogue, Model

#: "id": its id or what the provider is asked for; "alias": another name in the catalogue; "dated": with a date
#: that the catalogue does not list, or without the one that it has; "unknown": it looks like a model, but the
#: catalogue has none of this name.
NameKind = Literal["id", "alias", "dated", "unknown"]

#: Bedrock's versions of a snapshot, and the vendors and regions that it puts before a name.
_BEDROCK_VERSION = re.compile(r"-v\d+(:\d+)?(:\d+k)?$")
_BEDROCK_VENDOR = re.compile(r"^((us|eu|apac|global|us-gov|jp|au|ca)\.)?[a-z][a-z0-9]*\.(?=[a-z])")
#: Endings that name no other model: how a gateway serves it.
_SERVED_AS = re.compile(r":(free|nitro|floor|online|exacto|extended|beta|thinking)$|@default$")
_DATE = re.compile(
    r"(-preview|-exp)?[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{2}|\d{2}-\d{4}|\d{4}|\d{3})$|[-@:]latest$"
)
_CALL = re.compile(r":(stream)?[gG]enerateContent.*$|:(raw|streamRaw)?[pP]redict$|:countTokens$")
_VERSION_DOT = re.compile(r"(?<=\d)\.(?=\d)")
_DIGIT = re.compile(r"\d")


class NameIndex:
    """Looks names up that were found in a text."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._models: dict[str, tuple[Model, NameKind]] = {}
        for model in catalogue.models.values():
            for name, kind in _names_of(model, catalogue):
                self._models.setdefault(name, (model, kind))
        for model in catalogue.models.values():  # a bare name is the provider's own model before a host's
            self._models.setdefault(model.model_id.rpartition("/")[2], (model, "id"))

        for name, (model, _) in [item for item in self._models.items() if "/" not in item[0]]:
            self._models.setdefault(_DATE.sub("", name), (model, "dated"))

    @property
    def names(self) -> Iterator[str]:
        """Every name that is no mere word."""
        return (name for name in self._models if not is_word(name))

    def look_up(self, name: str) -> tuple[str, Model | None, NameKind] | None:
        """The name without what is no part of it, its model and how the name relates to it; None: no model's name.

        A provider before it is taken off where it does not help: `azure/gpt-4o`, `openai:gpt-4o`, `models/o3`.
        """
        name = _CALL.sub("", name)
        rest = name
        while True:
            if not is_word(rest) and (found := self._known(rest)):
                return (name, *found)
            shorter = re.split("[/:]", rest, maxsplit=1)
            if len(shorter) == 1 or (":" in rest and "/" not in rest and is_family_id(rest.partition(":")[0])):
                break
            rest = shorter[1]
        return (name, None, "unknown") if _is_of_family(name) else None

    def _known(self, name: str) -> tuple[Model, NameKind] | None:
        if is_no_chat_model(name):
            return self._models.get(name)
        plain = _plain(name)
        azure = plain.replace("gpt-35", "gpt-3.5")  # where names have no dots
        for spelling in dict.fromkeys((name, plain, azure, plain.replace("@", "-"), _VERSION_DOT.sub("-", plain))):
            if found := self._models.get(spelling):
                return found
        for spelling in dict.fromkeys((plain, _VERSION_DOT.sub("-", plain))):
            undated = _DATE.sub("", spelling)
            if undated != spelling and not is_word(undated) and (found := self._models.get(undated)):
                return found[0], "dated"
        return None


def is_word(name: str) -> bool:
    """Whether a name could be a word of any text, as `haiku`, `auto` and `small` are: found, it says nothing."""
    return not re.search("[-./:@_]", name) and not _DIGIT.search(name)


def is_weak(name: str) -> bool:
    """Whether a name says something only where models are spoken of: `o1`, `chat-latest`."""
    return "/" not in name and not _is_of_family(name) and not (_DIGIT.search(name) and re.search("[-.:]", name))


def _is_of_family(name: str) -> bool:
    """Whether a name is the id of a well-known family, with providers before it or not."""
    path, _, last = name.rpartition("/")
    if path:  # vendors of open models write capitals; alone, they are what people are shown
        last = last.lower()
    return any(is_family_id(_plain(one).replace("@", "-")) for one in (last, *_behind_colons(last)))


def _behind_colons(name: str) -> Iterator[str]:
    while ":" in name:
        name = name.partition(":")[2]
        yield name


def _plain(name: str) -> str:
    """A name without what a cloud or gateway adds to it."""
    if _BEDROCK_VENDOR.match(name):
        return _BEDROCK_VERSION.sub("", _BEDROCK_VENDOR.sub("", name))
    return _SERVED_AS.sub("", name)


def _names_of(model: Model, catalogue: Catalogue) -> Iterator[tuple[str, NameKind]]:
    yield model.id, "id"
    for alias in model.aliases:
        yield alias, "alias"
    provider = catalogue.providers.get(model.provider)
    for prefix in (model.provider, *(provider.aliases if provider else ())):
        yield f"{prefix}/{model.model_id}", "id"
    if "/" in model.model_id:
        yield model.model_id, "id"
