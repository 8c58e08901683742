"""Compares the model that answered with the one that was asked for."""

import re
from typing import Literal, NamedTuple

from model_manager.core.models import Model

Match = Literal["exact", "dated", "alias", "different"]
#: Endings that name no other model: how a service serves it, or that it is the newest of its name.
_DECORATION = re.compile(
    r"([-:@]latest|@default|:(free|nitro|floor|online|exacto|extended|beta|thinking|fastest|cheapest))$"
)
#: A file of llama.cpp's: parts that it is cut into, and how its numbers are rounded.
_GGUF = re.compile(r"([-.]((ud-)?i?q\d\w*|b?f16|f32|mxfp4\w*))?(-\d{5}-of-\d{5})?\.gguf$")
#: Bedrock's versions of a snapshot, and the vendors and regions that it puts before a name.
_BEDROCK_VERSION = re.compile(r"-v\d+(:\d+)?(:\d+k)?$")
_BEDROCK_VENDOR = re.compile(r"^((us|eu|apac|global|us-gov|jp|au|ca)\.)?[a-z][a-z0-9]*\.(?=[a-z])")
#: -2025-08-07, @20251001, :20251001, -05-20, -09-2025, -2603, -001
_SNAPSHOT = re.compile(r"[-@:](\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{2}|\d{2}-\d{4}|\d{4}|\d{3})$")
#: A host that a gateway names after the model; a size or a tag with a number names another model.
_HOST = re.compile(r":[a-z][a-z-]*$")
_WORD = re.compile(r"[a-z]+|\d+")


class _Name(NamedTuple):
    """A model's name without what says where it runs, and the snapshot that it names."""

    name: str
    snapshot: str | None
    host: str | None


def match_of(model: Model, served: str) -> Match:
    """How the name a provider answered with relates to the model.

    "exact": the name that was asked for. "dated": the same name, one of the two with a snapshot's date or number.
    "alias": another name of it, or the same in a gateway's spelling. "different": anything else.
    """
    if served == model.model_id:
        return "exact"
    names = {model.model_id, model.id, *model.aliases}
    asked, answered = _read(model.model_id), _read(served)
    if _is_same(asked, answered):
        return "dated" if asked.snapshot != answered.snapshot else "alias"
    if served in names or any(_is_same(_read(name), answered) for name in names):
        return "alias"
    return "different"


def _read(name: str) -> _Name:
    """A name in its parts: `us.anthropic.claude-x-20251001-v1:0`, `vendor/x:host`, `models/x@20251001`."""
    last = _GGUF.sub("", name.lower().replace("\\", "/").rsplit("/", 1)[-1])
    if _BEDROCK_VENDOR.match(last):
        last = _BEDROCK_VERSION.sub("", _BEDROCK_VENDOR.sub("", last))
    last = _DECORATION.sub("", last)
    host = _HOST.search(last)
    if host:
        last = last[: host.start()]
    last = _DECORATION.sub("", last)
    snapshot = _SNAPSHOT.search(last)
    bare = last[: snapshot.start()] if snapshot else last
    return _Name(bare, snapshot[1].replace("-", "") if snapshot else None, host[0] if host else None)


def _is_same(one: _Name, other: _Name) -> bool:
    """Whether two names mean the same model; of two snapshots or hosts both have to be the same."""
    if one.snapshot and other.snapshot and one.snapshot != other.snapshot:
        return False
    if one.host and other.host and one.host != other.host:
        return False
    return one.name == other.name or _words(one.name) == _words(other.name)


def _words(name: str) -> tuple[list[str], list[str]]:
    """The words in any order and the numbers in theirs: `claude-haiku-4.5` is `claude-4-5-haiku`."""
    if "" in re.split(r"[-._ ]", name):
        return [name], []
    words = _WORD.findall(name)
    return sorted(word for word in words if word.isalpha()), [word for word in words if word.isdigit()]
