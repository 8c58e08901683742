"""Builds the JSON document of `export`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from model_manager.commands.exports.losses import Loss
from model_manager.commands.exports.shell import Dialect

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.changes import ExportDocument

Format = Literal["litellm", "shell"]


def export_document(
    export_format: Format,
    text: str,
    *,
    dialect: Dialect | None = None,
    variables: Sequence[str] = (),
    losses: Sequence[Loss] = (),
    warnings: Sequence[str] = (),
    file: Path | None = None,
    written: bool = False,
) -> "ExportDocument":
    """The exported text, and what is not in it."""
    return {
        "schema": 1,
        "format": export_format,
        "dialect": dialect,
        "text": text,
        "variables": list(variables),
        "lost": [{"subject": loss.subject, "message": loss.message} for loss in losses],
        "warnings": list(warnings),
        "file": None if file is None else str(file),
        "written": written,
    }
