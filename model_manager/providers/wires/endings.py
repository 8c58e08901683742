"""The words for why an answer ended, of every dialect: a gateway may put one's word into another's field."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from model_manager.core.messages import FinishReason

_SEVERITIES: Mapping[FinishReason | None, int] = {
    None: 0,
    "stop": 1,
    "tool_calls": 2,
    "length": 3,
    "content_filter": 4,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """The meaning of a finish reason: a reason in our words, or the kind of failure if the server gave up."""

    reason: FinishReason | None = None
    failure: str | None = None

    @property
    def severity(self) -> int:
        """How much it tells: of two words for one end, the one with the higher number counts."""
        if self.failure:
            return 4
        return _SEVERITIES[self.reason]


UNKNOWN = Ending()
_REASONS: Mapping[FinishReason, str] = {
    "stop": "stop stop_sequence eos eos_token end_turn end complete completed finished stop_token",
    "length": "length max_tokens max_output_tokens max_completion_tokens max_new_tokens max_length model_length"
    " model_context_window_exceeded context_window_exceeded context_length_exceeded context_length token_limit"
    " error_limit length_limit time_limit max_time",
    "tool_calls": "tool_calls tool_call tool_use function_call function_calls",
    "content_filter": "content_filter content_filtered refusal refused sensitive safety recitation language"
    " blocklist prohibited_content spii image_safety image_prohibited_content image_recitation model_armor"
    " guardrail_intervened error_toxic moderation flagged",
}
_FAILURES: Mapping[str, str] = {
    "server": "abort aborted error errored network_error connection_error cancelled canceled failed failure"
    " interrupted timeout time_out other malformed_function_call unexpected_tool_call too_many_tool_calls"
    " malformed_response missing_thought_signature malformed_tool_use malformed_model_output no_image image_other",
    "overloaded": "insufficient_system_resource insufficient_system_resources out_of_resources out_of_memory"
    " resource_exhausted overloaded engine_overloaded",
}
#: Parts of words that nobody has listed, and what they say; the first that fits counts.
_PARTS: tuple[tuple[Ending, str], ...] = (
    (Ending(failure="overloaded"), "overload overloaded exhausted resource resources oom capacity"),
    (
        Ending(reason="content_filter"),
        "filter filtered safety sensitive moderation moderated prohibited blocked refusal refused guardrail toxic",
    ),
    (
        Ending(failure="server"),
        "abort aborted error errors cancel cancelled canceled fail failed failure timeout interrupted",
    ),
    (
        Ending(failure="server"),
        "disconnect disconnected network unavailable malformed crash crashed killed exception shutdown preempted",
    ),
    (Ending(reason="length"), "length tokens context"),
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_KNOWN: Mapping[str, Ending] = {
    **{word: Ending(reason=reason) for reason, words in _REASONS.items() for word in words.split()},
    **{word: Ending(failure=kind) for kind, words in _FAILURES.items() for word in words.split()},
}


def ending_of(word: str) -> Ending:
    """The meaning of a finish reason; `UNKNOWN` if it is not in the table."""
    known = _KNOWN.get(word) or _KNOWN.get("_".join(_parts(word)))
    if known or not word:
        return known or UNKNOWN
    parts = frozenset(_parts(word))
    return next((ending for ending, listed in _PARTS if parts.intersection(listed.split())), UNKNOWN)


def most_telling(*words: str) -> str:
    """The one of several words for the same end that says most: a gateway's own, and the upstream provider's."""
    return max(filter(None, words), key=lambda word: ending_of(word).severity, default="")


def _parts(word: str) -> Iterator[str]:
    return (part.lower() for part in _WORDS.findall(word))
