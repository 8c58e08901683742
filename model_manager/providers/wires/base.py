"""The types that all wires share: the content of one event or one whole answer. No format is known here."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol

from model_manager._version import __version__
from model_manager.core.answer_details import Citation, TokenLogprob
from model_manager.core.endpoints import Endpoint, Secret
from model_manager.core.messages import ChatMessage, HttpCall
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Usage
from model_manager.providers.wires.payload import mapping
from model_manager.providers.wires.token_counts import TokenCounting

Framing = Literal["sse", "ndjson"]
#: Pairs of a regular expression and the kind of the errors whose words it matches; the first that matches counts.
Patterns = Sequence[tuple[str, str]]
#: Stands for the event data that says "no more events" without being JSON.
DONE = "[DONE]"
#: The index of a tool call that comes whole: it continues no other.
NEW_TOOL = -1
_ACCEPTED = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer.

    Attributes:
        kind: one of `errors.ERROR_KINDS`.
        message: the provider's own words, or ours.
        status: the HTTP status, or None inside a stream.
        code: the provider's word for it, if it gave one.
        parameter: the field of the request that it names, or None.
        retry_after_s: seconds the body asks to wait.
        retryable: whether the same request may succeed later.
        is_lack: whether the model lacks what the request needs.
        is_upstream: whether a gateway passes on what the provider behind it has said.
    """

    kind: str
    message: str
    status: int | None = None
    code: str | None = None
    parameter: str | None = None
    retry_after_s: float | None = None
    retryable: bool = False
    is_lack: bool = False
    is_upstream: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPiece:
    """A part of a tool call.

    Attributes:
        index: which call it belongs to; None if the provider numbers none, `NEW_TOOL` for a call that comes whole.
        partial: values of single arguments, as pairs of a JSON path and a value; texts of one path add up.
        foreign: whether the provider runs this tool itself, so that it is none of ours.
        whole: whether `arguments` are all of them, once more, in place of the parts that came.
        extras: fields of the call that the provider wants to see again.
    """

    index: int | None = None
    id: str | None = None
    name: str = ""
    arguments: str = ""
    signature: str | None = None
    partial: Sequence[tuple[str, Any]] = ()
    foreign: bool = False
    whole: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict)


class BlockPiece(NamedTuple):
    """A part of what has to go back with the turn: fields of the block with this key, or of a new one (None).

    Texts of one block add up, except those that `replaced` names.
    """

    key: Hashable
    fields: Mapping[str, Any]
    replaced: frozenset[str] = frozenset({"id", "type", "format", "signature", "index"})


class CitationPiece(NamedTuple):
    """A source, and how its place in the answer is given.

    Attributes:
        in_bytes: whether `start` and `end` count bytes of UTF-8.
        block: the key of the block (see `BlockPiece`) whose text rests on it as a whole, or None.
    """

    citation: Citation
    in_bytes: bool = False
    block: Hashable = None


@dataclass(
    slots=True, kw_only=True
)  # not frozen: every piece of a stream makes one, and that would take twice as long
class Delta:
    """The content of one event, or of one whole answer.

    Attributes:
        text: visible text.
        reasoning: text of the model's thoughts, where the provider shows them.
        refusal: what the model, or its provider, says instead of an answer.
        media: what came that is no text, in words ("a picture"), or "".
        blocks: what the provider wants to see again with the turn.
        finish_word: why the answer ends, in the provider's word; `finish_detail` what it adds to it.
        end: whether this is the mark that the answer is complete.
        final: whether nothing that counts can follow, so that waiting for the connection's end is needless.
        usage: the provider's counts as they came.
        cost_usd: what the provider says it charged.
        tokens_per_second: where the provider measures it.
        citations: the sources that the answer rests on; what comes twice counts once.
        logprobs: of the tokens that this event brings.
        upstream_provider: who answers behind a gateway.
        service_tier: the tier in which it is served, in the provider's word.
        repeats: whether this is the whole answer once more, at the end of its stream.
        error: why the provider broke off; the other fields are what it said with it.
    """

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    media: str = ""
    tool_pieces: tuple[ToolPiece, ...] = ()
    blocks: Sequence[BlockPiece] = ()
    finish_word: str = ""
    finish_detail: str = ""
    end: bool = False
    final: bool = False
    usage: Mapping[str, Any] | None = None
    cost_usd: Decimal | None = None
    served_model: str | None = None
    request_id: str | None = None
    tokens_per_second: float | None = None
    citations: Sequence[CitationPiece] = ()
    logprobs: Sequence[TokenLogprob] = ()
    upstream_provider: str | None = None
    service_tier: str | None = None
    repeats: bool = False
    error: Failure | None = None


NOTHING = Delta()


class Wire(Protocol):
    """The functions and constants of a wire module. All of it is pure."""

    FRAMING: Framing
    #: The header that carries the key where the catalogue says nothing: one of `core.models.AUTHS`.
    AUTH: str
    #: What this wire's providers say without a code, beside what all of them say (`errors.patterns`).
    ERROR_PATTERNS: Patterns

    #: How this wire's providers count the tokens of a request without answering it; None: they do not.
    TOKEN_COUNTING: TokenCounting | None

    def build_call(self, endpoint: Endpoint, messages: Sequence[ChatMessage], options: ChatOptions) -> HttpCall:
        """The request.

        Raises:
            ProviderError: pictures in a turn that the wire has no form for.
        """

    def parse_reply(self, payload: Any) -> Delta:
        """A whole answer, decoded."""

    def parse_event(self, name: str, payload: Any) -> Delta:
        """One event of a stream: its name ("" if it has none) and its decoded data, or `DONE`."""

    def parse_error(self, status: int | None, body: Any) -> Failure:
        """An error body: decoded if it was JSON, else its text. The status is None inside a stream."""

    def read_usage(self, raw: Mapping[str, Any]) -> Usage:
        """The counts, normalised."""

    def extras_of(self, blocks: Sequence[tuple[Hashable, Mapping[str, Any]]]) -> Mapping[str, Any]:
        """The parts that the provider wants to see again with the turn: the `extras` of its message."""


#: The counts that every event of usage has; zero in one of them says that this event does not count it.
_MAIN_COUNTS = (
    *("prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "total_tokens"),
    *("promptTokenCount", "candidatesTokenCount", "totalTokenCount", "prompt_eval_count", "eval_count"),
)
_PROMPT_COUNTS = ("prompt_tokens", "input_tokens", "promptTokenCount")


def merge_usage(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """Counts of a stream so far with those of a later event, which win, also where they are lower.

    Some servers send zeros in every event but one: a main count never falls back to zero, and its parts do only in
    an event that counts the prompt.
    """
    return _merged(old, new, zeros=any(new.get(name) for name in _PROMPT_COUNTS))


def _merged(old: Mapping[str, Any], new: Mapping[str, Any], *, zeros: bool) -> Mapping[str, Any]:
    merged = dict(old)
    for key, value in new.items():
        known = merged.get(key)
        if value is None or (value == 0 and known and not (zeros and key not in _MAIN_COUNTS)):
            continue
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = _merged(mapping(known), value, zeros=zeros) if both else value
    return merged


def headers_of(
    endpoint: Endpoint,
    framing: Framing,
    own: Mapping[str, str] | None = None,
    *,
    further: Mapping[str, str] | None = None,
) -> Mapping[str, str]:
    """Request headers in lower case, without the key: the wire's `own`, the catalogue's, and `further` ones.

    Later ones win.
    """
    stated: Mapping[str, str] = endpoint.parameters.get("headers") or {}
    return {
        "content-type": "application/json",
        "accept": f"application/json, {_ACCEPTED[framing]}",
        "user-agent": f"model-manager/{__version__}",
        **(own or {}),
        **{name.lower(): value for name, value in stated.items()},
        **(further or {}),
    }


def secret_headers_of(endpoint: Endpoint, own: str) -> Mapping[str, tuple[str, Secret]]:
    """The header that carries the key, as the provider wants it; where nothing is said, the wire's `own`."""
    auth = endpoint.provider.auth or own
    if endpoint.key is None or auth == "none":
        return {}
    if auth == "bearer":
        return {"authorization": ("Bearer ", endpoint.key)}
    return {auth: ("", endpoint.key)}


def url_of(endpoint: Endpoint, path: str) -> str:
    """The base URL with the wire's path."""
    return endpoint.base_url.rstrip("/") + path


def token_limit(endpoint: Endpoint, options: ChatOptions) -> tuple[str | None, int | None]:
    """The field that limits the output (None: this model takes none) and the limit to send."""
    field = endpoint.parameters.get("max_tokens", "max_tokens")
    limit = options.max_tokens
    if limit is None:
        limit = endpoint.parameters.get("default_max_tokens")
    return field or None, limit
