"""Whether the model that answered is the one that was asked for."""

import re
from typing import Literal

from model_manager.core.models import Model

Match = Literal["exact", "dated", "alias", "different"]
# -2025-08-07, -20251001, -05-20, -09-2025, -2603, -001
_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{2}|\d{2}-\d{4}|\d{4}|\d{3})")
#: Endings that name no other model: how a service serves it, or that it is the newest of its name.
_DECORATIONS = ("-latest", ":latest", ":free", ":nitro", ":floor", ":online", ".gguf")


def match_of(model: Model, served: str) -> Match:
    """How the name a provider answered with relates to the model.

    "exact": the name that was asked for. "dated": the same name, one of the two with a snapshot's date or number.
    "alias": another name of it, or the same with a gateway's prefix. "different": anything else.
    """
    if served == model.model_id:
        return "exact"
    names = {model.model_id, model.id, *model.aliases}
    if served in names:
        return "dated" if _is_dated(model.model_id, served) else "alias"
    asked, answered = _bare(model.model_id), _bare(served)
    if _is_dated(asked, answered):
        return "dated"
    return "alias" if answered in {_bare(name) for name in names} else "different"


def _is_dated(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and _SNAPSHOT.fullmatch(long[len(short) :]) is not None


def _bare(name: str) -> str:
    """The name without prefixes and decorations."""
    last = name.rsplit("/", 1)[-1].lower()
    for ending in _DECORATIONS:
        last = last.removesuffix(ending)
    return last
