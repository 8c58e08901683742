"""Plays prepared responses to an exchange, without a network: values in, values out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from model_manager.core.calls import CallContext
from model_manager.core.endpoints import Endpoint, Secret
from model_manager.core.messages import ChatMessage, Chunk, HttpCall, Reply
from model_manager.core.models import Model, Provider
from model_manager.core.options import ChatOptions
from model_manager.core.pricing import Price
from model_manager.errors import ProviderError
from model_manager.providers.exchange.exchange import exchange
from model_manager.providers.exchange.retry_policy import RetryPolicy
from model_manager.providers.io.driver import News, stream_sync
from model_manager.providers.io.steps import Data, Fault, Head, Notice, Open, Pause

BODIES = Path(__file__).parent / "wire_replies"
KEY = "sk-canary-0123456789"
MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def endpoint_of(
    wire: str,
    *,
    base_url: str = "https://api.example.com",
    parameters: dict | None = None,
    price: Price | None = None,
    key: str | None = KEY,
    **model: object,
) -> Endpoint:
    """An endpoint of a made-up provider; `parameters` are the provider's."""
    provider = Provider(
        id="acme",
        name="Acme",
        wire=wire,
        base_url=base_url,
        api_key_env=("ACME_API_KEY",),
        auth="none" if wire == "ollama" else None,
        parameters=parameters or {},
    )
    fields = {"id": "asked", "name": "Asked", "model_id": "asked-1", **model}
    return Endpoint(
        model=Model(provider="acme", price=price, **fields),
        provider=provider,
        base_url=base_url,
        key=Secret(key) if key else None,
    )


def context_of(endpoint: Endpoint, began: float | None = None) -> CallContext:
    """What observers are told of a call of an endpoint that began at a moment of the wall clock, now if not given."""
    moment = datetime.now(UTC) if began is None else datetime.fromtimestamp(began, UTC)
    return CallContext(
        call="00000000-0000-7000-8000-000000000000",
        model=endpoint.model.id,
        provider=endpoint.provider.id,
        model_id=endpoint.model.model_id,
        base_url=endpoint.base_url,
        moment=moment,
    )


@dataclass(frozen=True)
class Response:
    """What a server does: a fault, or status, headers and a body in pieces, cut off by `then` if that is given."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] = ()
    then: Fault | None = None
    fault: Fault | None = None


class Player:
    """A connection whose every step takes a tenth of a second by its own clock."""

    def __init__(self, responses: Iterable[Response]) -> None:
        self._responses = list(responses)
        self._answers: list[Data | Fault] = []
        self.now = 0.0
        self.calls: list[HttpCall] = []
        self.closings: list[str] = []

    def open(self, step: Open) -> Head | Fault:
        sent_at = self.tick()
        self.calls.append(step.call)
        response = self._responses.pop(0)
        if response.fault:
            return response.fault
        self._answers = [Data(piece) for piece in response.pieces]
        self._answers.append(response.then or Data(b""))
        return Head(status=response.status, headers=response.headers, sent_at=sent_at, at=self.tick())

    def read(self) -> Data | Fault:
        answer = self._answers.pop(0)
        now = self.tick()
        return Data(answer.content, now) if isinstance(answer, Data) else answer

    def tick(self) -> float:
        self.now += 0.1
        return self.now

    def pause(self, seconds: float) -> None:
        """Waits are noted by whoever observes, not waited."""

    def finish(self) -> None:
        self.closings.append("finish")

    def close(self) -> None:
        self.closings.append("close")


@dataclass
class Played:
    """What came of it."""

    player: Player
    reply: Reply | None = None
    error: ProviderError | None = None
    chunks: list[Chunk] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    @property
    def shown(self) -> str:
        return "".join(chunk.text for chunk in self.chunks)

    @property
    def thoughts(self) -> str:
        return "".join(chunk.reasoning for chunk in self.chunks)

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The names and arguments of the calls of tools, as their pieces give them."""
        calls: dict[int, tuple[str, str]] = {}
        for piece in (piece for chunk in self.chunks for piece in chunk.tool_calls):
            name, arguments = calls.get(piece.index, ("", ""))
            calls[piece.index] = (name or piece.name, arguments + piece.arguments)
        return list(calls.values())

    @property
    def outcome(self) -> Reply | None:
        """The reply, or what had arrived of one."""
        return self.reply or (self.error.partial if self.error else None)

    @property
    def kind(self) -> str | None:
        return self.error.kind if self.error else None

    @property
    def bodies(self) -> list[dict]:
        return [dict(call.body) for call in self.player.calls]


def play(
    endpoint: Endpoint,
    *responses: Response,
    options: ChatOptions | None = None,
    retries: int = 2,
    random: Callable[[], float] = lambda: 0.0,
    messages: Sequence[ChatMessage] = (),
) -> Played:
    """Run an exchange against prepared responses; waits are noted, not waited."""
    played = Played(Player(responses))

    def notify(news: News) -> None:
        if isinstance(news, Notice):
            played.notices.append(news.text)
        else:
            played.pauses.append(news)

    messages = messages or [ChatMessage("system", "Be kind."), ChatMessage("user", "Hello")]
    steps = exchange(
        endpoint,
        messages,
        options or ChatOptions(),
        random=random,
        moment=MOMENT,
        policy=RetryPolicy(retries=retries),
    )
    try:
        for chunk in stream_sync(steps, played.player, notify):
            played.reply = chunk.reply
            if chunk.reply is None:
                played.chunks.append(chunk)
    except ProviderError as error:
        played.error = error
    return played


def recorded(name: str) -> Response:
    """The successful response whose body is this file of `wire_replies`."""
    return Response(pieces=[(BODIES / name).read_bytes()])
