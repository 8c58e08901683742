"""Finding models and tasks by name, and did-you-mean: known words that are similar to an unknown one."""

from collections.abc import Iterable
from datetime import date, timedelta
from difflib import get_close_matches

from model_manager.core.lifecycle import is_current
from model_manager.core.models import Catalogue, Model, Provider, Task
from model_manager.errors import UnknownNameError

_CLOSE_ENOUGH = 0.6
#: So many similar names are looked at to suggest so many of them.
_LOOKED_AT, _SUGGESTED = 12, 3


def nearest(word: str, known: Iterable[str], count: int = _SUGGESTED) -> tuple[str, ...]:
    """Up to `count` known words similar to this one, the most similar first; case does not matter."""
    by_folded: dict[str, str] = {}
    for candidate in known:
        by_folded.setdefault(candidate.casefold(), candidate)
    folded = word.casefold()
    containing = [candidate for key, candidate in by_folded.items() if len(folded) > 2 and folded in key]  # noqa: PLR2004 - two letters are in everything
    close = [by_folded[key] for key in get_close_matches(folded, by_folded, count, _CLOSE_ENOUGH)]
    return tuple(dict.fromkeys([*close, *sorted(containing, key=len)]))[:count]


def is_one_slip(word: str, other: str) -> bool:
    """Whether two words differ in one letter too many, too few or wrong, in two swapped ones, or only in case."""
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    if word.casefold() == other.casefold():
        return True
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    rest, other_rest = word[start:], other[start:]
    while rest and other_rest and rest[-1] == other_rest[-1]:
        rest, other_rest = rest[:-1], other_rest[:-1]
    is_swapped = len(rest) == 2 and rest == other_rest[::-1]  # noqa: PLR2004 - two letters
    return is_swapped or (len(rest) <= 1 and len(other_rest) <= 1)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint for an error message, or None if no word is similar."""
    words = nearest(word, known)
    return f"did you mean {' or '.join(words)}?" if words else None


def did_you_mean_model(catalogue: Catalogue, name: str, *, others: Iterable[str] = ()) -> str | None:
    """A hint with models, or other words, of names similar to this one; current models come before older ones.

    Of older ones those come first that retire last.
    Only what differs in a single letter comes before current models, whatever it is. Another digit is another
    version, and no slip.
    """
    words = nearest(name, (*others, *catalogue.names()), _LOOKED_AT)
    found = {word: catalogue.find(word) for word in words}
    ends = {word: model.retires or date.max for word, model in found.items() if model and not is_current(model)}
    slips = {word for word in words if is_one_slip(name, word) and _digits(name) == _digits(word)}
    last_days = {word: date.max - end for word, end in ends.items()}
    preferred = sorted(words, key=lambda word: (word not in slips, word in ends, last_days.get(word, timedelta())))
    return f"did you mean {' or '.join(preferred[:_SUGGESTED])}?" if words else None


def _digits(word: str) -> str:
    return "".join(char for char in word if char.isdigit())


LIST_HINT = "`list_models` lists the models"


def find_model(catalogue: Catalogue, name: str) -> Model:
    """The model of an id, an alias or `provider/model_id`.

    Raises:
        UnknownNameError: with similar names as its hint.
    """
    if not isinstance(name, str):
        raise UnknownNameError(f"a model's name must be a string, not {type(name).__name__}")
    if model := catalogue.find(name):
        return model
    raise UnknownNameError(
        f"there is no model {name!r} in the catalogue",
        hint=did_you_mean_model(catalogue, name) or LIST_HINT,
    )


def find_provider(catalogue: Catalogue, name: str, parameter: str | None = None) -> Provider:
    """The provider of an id, an alias or its name for people.

    Raises:
        UnknownNameError: with similar names as its hint.
    """
    if isinstance(name, str) and (provider := catalogue.find_provider(name)):
        return provider
    known = list(catalogue.providers)
    names = [*known, *(alias for provider in catalogue.providers.values() for alias in provider.aliases)]
    hint = did_you_mean(str(name), names) or f"one of {', '.join(known)}"
    what = "" if parameter else "provider "
    raise UnknownNameError(f"there is no {what}{name!r}", hint=hint, parameter=parameter)


def find_task(catalogue: Catalogue, name: str) -> Task:
    """The task of a name.

    Raises:
        UnknownNameError: with similar names as its hint.
    """
    if not isinstance(name, str):
        raise UnknownNameError(f"a task's name must be a string, not {type(name).__name__}")
    if name in catalogue.tasks:
        return catalogue.tasks[name]
    known = ", ".join(catalogue.tasks) or "none"
    raise UnknownNameError(
        f"there is no task {name!r}", hint=did_you_mean(name, catalogue.tasks) or f"the tasks are {known}"
    )
