"""Builds the documents of a task's history."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_manager.commands.history import FileChange, History
    from model_manager.rendering.documents.types.changes import AssignmentChangeObject, HistoryDocument


def history_document(history: "History", *, can_undo: bool) -> "HistoryDocument":
    """The document of a history by itself."""
    return {
        "schema": 1,
        "task": history.task.name,
        "history": [assignment_change_object(change) for change in history.changes],
        "can_undo": can_undo,
        "warnings": history.warnings,
    }


def assignment_change_object(change: "FileChange") -> "AssignmentChangeObject":
    """A change of a variable, and who made it."""
    made = change.change
    return {
        "at": made.at.isoformat(),
        "by": made.by,
        "via": made.via,
        "variable": made.variable,
        "old": made.old,
        "new": made.new,
        "file": change.file,
        "undoes": made.undoes.isoformat() if made.undoes else None,
        "undone": made.undone,
    }
