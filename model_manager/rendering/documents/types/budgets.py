"""Types of the document of budgets."""

from collections.abc import Sequence

from model_manager.rendering.documents.types.base import JsonObject, RootDocument, Usd


class BudgetObject(JsonObject):
    """A budget in its present period."""

    name: str
    """Its name; one of the project and one of the user may have the same."""
    project: str | None
    """The project whose calls count; null: all calls do."""
    per: str
    """day, week or month, of UTC."""
    tasks: Sequence[str]
    """The tasks whose calls count; none: all calls do."""
    limit_usd: Usd
    """The limit."""
    spent_usd: Usd
    """Cost of the recorded calls."""
    held_usd: Usd
    """Cost that calls under way may have."""
    projected_usd: Usd
    """Cost at the end of the period, at the pace of the last seven days."""
    resets: str
    """When the next period begins (RFC 3339, UTC)."""
    state: str
    """ok, warn or exceeded."""
    unpriced_calls: int
    """Calls whose cost is unknown, and in no sum."""


class BudgetsDocument(RootDocument):
    """The document of budgets."""

    budgets: Sequence[BudgetObject]
    """The user's, then the project's."""
