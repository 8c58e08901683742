"""For maintainers: what sources say that the embedded catalogue does not, as TOML to paste into it.

    python -m model_manager.config.catalogue.update api.json litellm.json data.json

The files are downloaded by hand; their shapes tell the sources. Nothing is fetched and nothing is written.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.config.catalogue.update.comparison import FactChange
from model_manager.config.catalogue.update.layer import pasteable, shown_fact
from model_manager.config.catalogue.update.refresh import (
    SourceCopy,
    changes_of,
    identified,
    read_copy,
    statement_of,
)
from model_manager.core.models import Catalogue
from model_manager.core.source_error import SourceError


def edits(catalogue: Catalogue, files: Sequence[Path], now: datetime) -> Iterator[str]:
    """For each model that differs: its certain changes as TOML, and the others as comments.

    Raises:
        SourceError: a file is no table that is known.
    """
    copies = [identified(_downloaded(path, now), catalogue) for path in files]
    for model in catalogue.models.values():
        said = [statement_of(copy, rows[model.id], model, None, now) for copy, rows in copies if model.id in rows]
        changes = changes_of(model, said, (), now)
        good = [change for change in changes if change.is_settled and change.held is None]
        if good:
            yield pasteable(good, model, now)
        rest = [_as_comment(change) for change in changes if change not in good]
        if rest:
            yield "\n".join([*rest, ""])


def _downloaded(path: Path, now: datetime) -> SourceCopy:
    """A copy that counts as the provider's own word: whoever pastes what comes of it knows where it is from."""
    return replace(read_copy(path.read_bytes(), None, path.name, now, now), is_own=True)


def _as_comment(change: FactChange) -> str:
    old, new, sources = shown_fact(change.old), shown_fact(change.new), ", ".join(change.sources)
    why = change.held or change.certainty
    return f"# not certain: {change.model}: {change.field}: {old} → {new} ({sources}: {why})"


def main(arguments: Sequence[str]) -> int:
    """Print the edits for some files."""
    if not arguments:
        sys.stderr.write(f"{(__doc__ or '').strip()}\n")
        return 2
    try:
        for text in edits(embedded_catalogue(), [Path(name) for name in arguments], datetime.now(UTC)):
            sys.stdout.write(f"{text}\n")
    except (SourceError, OSError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
