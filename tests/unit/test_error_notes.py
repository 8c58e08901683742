"""What the traceback of an error says: the message, every problem, and the hint."""

import pickle
import traceback

from model_manager.core.redaction import Redactor, redacted_error
from model_manager.errors import CatalogueError, ModelManagerError, Problem, ProviderError

PROBLEM = Problem(file="models.toml", key="tasks.chat.model", message="is missing", line=3)


def shown(error: ModelManagerError) -> list[str]:
    """The last lines of the error's traceback."""
    return "".join(traceback.format_exception_only(error)).splitlines()[1:]


def test_a_traceback_shows_problems_and_hint() -> None:
    """A log of an application says what is wrong in a file, and how to mend it, not only how many problems there are."""
    error = CatalogueError("1 problem in models.toml", problems=[PROBLEM], hint="correct the file")
    assert shown(error) == ["models.toml:3: tasks.chat.model: is missing", "Hint: correct the file"]
    assert shown(pickle.loads(pickle.dumps(error))) == shown(error)
    assert shown(ProviderError("timeout", "it took too long")) == []


def test_a_traceback_follows_what_is_set_later() -> None:
    """A hint that is changed is shown once, without keys that were taken out, and notes of others stay."""
    error = CatalogueError("1 problem", hint="first")
    error.add_note("while the nightly job ran")
    error.hint = "use sk-secret-1234567890"
    redacted_error(error, Redactor(["sk-secret-1234567890"]))
    lines = shown(error)
    assert len(lines) == 2
    assert "secret" not in "".join(lines)
    assert lines[1] == "while the nightly job ran"
