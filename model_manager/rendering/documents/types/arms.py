"""Types of the document of `usage --arms`."""

from collections.abc import Mapping, Sequence

from model_manager.rendering.documents.types.base import JsonObject, RootDocument, Usd
from model_manager.rendering.documents.types.usage import PercentilesObject


class SampleRatioObject(JsonObject):
    """Whether the users are shared out as the route says."""

    p: float | None
    """The probability of numbers like these by chance; null: there are too few users to tell."""
    ok: bool
    """Whether it is above 0.001. If not, something is wrong, and there is no verdict."""


class ChangeObject(JsonObject):
    """A metric of an arm beside the first arm's."""

    relative: float | None
    """The change: -0.4 is 40% less; null: the first arm has 0."""
    low: float | None
    """The least that it is in truth."""
    high: float | None
    """The most that it is in truth. The bounds hold however often they are looked at, 95 times of 100."""
    clear: bool
    """Whether it is no chance."""


class DifferenceObject(JsonObject):
    """An arm beside the first one; null where a metric of one of them is not known."""

    cost: ChangeObject | None
    """The cost of a call, fallbacks included."""
    latency: ChangeObject | None
    """The mean time of an answer."""
    failures: ChangeObject | None
    """The part of the calls in which the arm's own model failed."""
    scores: Mapping[str, ChangeObject | None]
    """Each score."""


class ArmObject(JsonObject):
    """An arm: a share of the route, whoever answered its calls."""

    arm: str
    """The arm's name in the ledger: the id of its model."""
    model: str
    """The model's id."""
    percent: float
    """Its part of the users by the route."""
    users: int
    """Users with calls; a call without a user counts as one."""
    calls: int
    """Their calls."""
    failures: int
    """Calls in which the arm's own model failed or could not be asked, though a fallback may have answered."""
    cost_usd: Usd | None
    """The sum of the known costs, fallbacks included; null: none is known."""
    cost_per_call_usd: Usd | None
    """The same for each call whose cost is known."""
    latency_ms: PercentilesObject
    """Times of the answers."""
    scores: Mapping[str, float]
    """The mean of each score."""
    difference: DifferenceObject | None
    """The arm beside the first one; null for the first."""


class VerdictObject(JsonObject):
    """The verdict."""

    winner: str | None
    """The arm that won; null: none has."""
    text: str
    """The verdict in a sentence."""
    users_needed: int | None
    """How many more users it takes; 0: it is decided; null: that cannot be told yet."""
    assign: str | None
    """The route to assign to the task to end the experiment; null without a winner."""


class ArmsDocument(RootDocument):
    """The document of `model-manager usage --arms TASK --json`."""

    task: str
    """The task."""
    metric: str
    """The metric that decides: cost, latency, failures, or the name of a score."""
    since: str | None
    """The first call that counts (RFC 3339), after the shares last changed; null: nothing is split."""
    until: str
    """The end of the time; this moment does not count."""
    sample_ratio: SampleRatioObject
    """The check that comes first: whether the users are shared out as the route says."""
    arms: Sequence[ArmObject]
    """The arms in the order of the route; the first is what the others are compared with."""
    verdict: VerdictObject
    """The arm that won, or how many more users it takes."""
    notes: Sequence[str]
    """Notes about the numbers."""
