"""What would mend a finding, as facts: each surface says it in its own words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

#: What is done: a model is assigned to a task, or to all that have none; costs are compared; a destination of
#: keys is reviewed; facts are refreshed; a model is called.
Action = Literal["assign", "assign_default", "compare_costs", "review_destination", "refresh_facts", "call_model"]

_TEXTS: dict[Action, str] = {
    "assign": "assign {route} to {subject}",
    "assign_default": "assign {route} as the default",
    "compare_costs": "compare the costs of {subject}",
    "review_destination": "review where {subject} sends keys, and trust it if it is yours",
    "refresh_facts": "refresh the facts, or use a newer version of model-manager",
    "call_model": "try it with a call of {subject}",
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """An action that mends a finding.

    Attributes:
        action: what is done.
        subject: the task, model or provider that it is done to; empty where there is none.
        route: what is assigned; None: a model of the user's choice.
    """

    action: Action
    subject: str = ""
    route: str | None = None

    @property
    def text(self) -> str:
        """The action in plain English, without a command."""
        return _TEXTS[self.action].format(subject=self.subject, route=self.route or "a model")

    def mapped(self, change: Callable[[str], str]) -> "Remedy":
        """The remedy with its names changed, as to hide keys that are in them."""
        return replace(
            self, subject=change(self.subject), route=None if self.route is None else change(self.route)
        )
