"""Runs the server: its socket, its token, the lines that it prints at the start, and its shutdown."""

import asyncio
import logging
import re
import secrets
import signal
import socket
import threading
import time
import webbrowser
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from types import FrameType

import uvicorn

from model_manager.config.reload import WorkspaceSource
from model_manager.config.settings import Settings
from model_manager.core.phrases import plural
from model_manager.errors import ExitCode, UsageError
from model_manager.live_test.cost_limit import CostLimit
from model_manager.server import connections
from model_manager.server.api.live_tests import PATIENCE_S
from model_manager.server.app import make_app
from model_manager.server.auth.access import Access, is_loopback, own_names
from model_manager.server.auth.metrics_token import checked_metrics_token
from model_manager.server.auth.middleware import Middleware, Say
from model_manager.server.listening import bind, host_in_url
from model_manager.server.workspace_cache import WorkspaceCache
from model_manager.service.recording import hold_file_of

#: US dollars that live tests may cost in an hour, if nobody says otherwise.
DEFAULT_MAX_COST = Decimal(5)
#: How long a stop may take, and how much of it is left for the last answers when calls under way were ended.
STOP_S = 5
_LAST_S = 1
#: A token of this many characters cannot be guessed over a network.
_SHORT = 16
#: Open connections; each page that is open has one or two.
DEFAULT_LIMIT = 1_000
_ROOT_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The options of a server.

    Attributes:
        host: the address to listen at.
        port: the port; 0: any that is free.
        hosts: further names that the server goes by.
        read_only: change nothing.
        max_cost: US dollars that live tests may cost in an hour; None: the default, which lets calls through whose
            cost nobody can know.
        log: write a line for each request.
        limit: how many connections may be open.
        root_path: the path below which a proxy shows the server.
    """

    source: WorkspaceSource
    host: str
    port: int
    hosts: Sequence[str] = ()
    read_only: bool = False
    max_cost: Decimal | None = None
    log: bool = True
    limit: int = DEFAULT_LIMIT
    root_path: str = ""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server listens; `login_url` has the token if it was made for this start, else it is None."""

    url: str
    login_url: str | None
    warnings: tuple[str, ...] = ()


class Serving:
    """A server that listens, and runs until it is stopped.

    Raises:
        UsageError: an address that others can reach and no token, or a short one; a path that is none.
        ModelManagerError: the port is in use, or the files cannot be read.
    """

    def __init__(self, settings: ServerSettings, say: Say) -> None:
        self._settings, self._say = settings, say
        cache = WorkspaceCache(settings.source)
        own, metrics_token = _checked_tokens(settings, cache.workspace().settings)
        root_path = settings.root_path.rstrip("/")
        self._socket = bind(settings.host, settings.port)
        port = self._socket.getsockname()[1]
        token = own or secrets.token_urlsafe(32)
        access = Access(token, port, own_names(settings.hosts), root_path, metrics_token)
        url = f"http://{host_in_url(settings.host)}:{port}{root_path}"
        self.listening = Listening(
            url, None if own else f"{url}/login?token={token}", tuple(_warnings(settings, own))
        )
        self.app = make_app(cache, access, _cost_limit(settings, cache), read_only=settings.read_only)
        guard = Middleware(
            self.app,
            access,
            redact=lambda: cache.redact,
            say=say,
            log=settings.log,
            is_full=lambda: len(self._server.server_state.connections) > settings.limit,
        )
        self._server = _Server(
            uvicorn.Config(
                guard,
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # anybody on this machine could pass for another one
                server_header=False,
                http=connections.PatientProtocol,
                timeout_keep_alive=connections.PATIENCE_S,
                ws="none",
                h11_max_incomplete_event_size=64 * 1024,
            ),
            self._end,
            say,
        )

    def run(self, when_ready: Callable[[], None]) -> ExitCode:
        """Serve until SIGINT, SIGTERM or `stop`; calls under way get a moment to end."""
        self._server.when_ready = when_ready
        with _uvicorn_warnings(self._say):
            asyncio.run(self._server.serve(sockets=[self._socket]))
        return ExitCode.INTERRUPTED if self._server.was_interrupted else ExitCode.OK

    def stop(self) -> None:
        """Stop, from another thread."""
        self._server.should_exit = True

    async def _end(self) -> None:
        """End the streams; what is being answered may end by itself, for a moment."""
        state = self.app.state.server
        state.broadcaster.close()
        state.tests.close()
        if state.tests.count:
            self._say(
                f"Stopping: {plural(state.tests.count, 'live test')} in progress (press Ctrl-C again to end them)"
            )
        with suppress(TimeoutError):
            await asyncio.wait_for(state.tests.idle(), STOP_S - _LAST_S)
        state.tests.cancel()


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is ready, and stops without raising the signal again."""

    def __init__(self, config: uvicorn.Config, end: Callable[[], Coroutine[None, None, None]], say: Say) -> None:
        super().__init__(config)
        self._end, self._on_fault = end, connections.FaultReporter(say)
        self.when_ready: Callable[[], None] = lambda: None
        self.was_interrupted = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        asyncio.get_running_loop().set_exception_handler(self._on_fault)
        await super().startup(sockets)
        if self.started:
            self.when_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but that what takes long ends first, and nobody new gets in meanwhile."""
        began = time.monotonic()
        for server in self.servers:
            server.close()
        ending = asyncio.create_task(self._end())
        while not ending.done() and not self.force_exit:  # noqa: ASYNC110 - a signal handler sets it
            await asyncio.sleep(0.05)
        # Who has sent half a request, or reads nothing, gets what is left of the time.
        self.config.timeout_graceful_shutdown = max(_LAST_S, int(STOP_S - (time.monotonic() - began)))
        await super().shutdown(sockets)
        if self.force_exit:  # uvicorn leaves the application as it is then, which complains
            await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, and go on with what comes after the server."""
        if threading.current_thread() is not threading.main_thread():  # only that one hears signals
            yield
            return
        handlers = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's; the first signal tells how it ended."""
        self.was_interrupted = self.was_interrupted or (sig == signal.SIGINT and not self.should_exit)
        super().handle_exit(sig, frame)


def _cost_limit(settings: ServerSettings, cache: WorkspaceCache) -> CostLimit:
    """What live tests may cost in an hour, at all servers that record in the same ledger."""
    return CostLimit(
        DEFAULT_MAX_COST if settings.max_cost is None else settings.max_cost,
        hourly=True,
        lets_unknown=settings.max_cost is None,
        patience_s=PATIENCE_S,
        shared=hold_file_of(cache.workspace()),
    )


def _checked_tokens(settings: ServerSettings, configured: Settings) -> tuple[str | None, str | None]:
    """The server's own token and that for metrics; refuses an unsafe address, and an invalid path.

    Raises:
        UsageError: naming the parameter.
    """
    if not _ROOT_PATH.fullmatch(settings.root_path.rstrip("/")):
        raise UsageError(
            f"{settings.root_path!r} is not a path", hint="for example /models", parameter="root_path"
        )
    token = configured.server_token or None
    tokens = token, checked_metrics_token(configured.metrics_token, token, settings.host)
    if is_loopback(settings.host):
        return tokens
    hint = "set MODEL_MANAGER_SERVER_TOKEN, for example to the output of: openssl rand -base64 32"
    if token is None:
        message = f"{settings.host} is reachable from other machines, so a token is needed"
        raise UsageError(message, hint=hint, parameter="host")
    if len(token) < _SHORT:
        problem = f"MODEL_MANAGER_SERVER_TOKEN has fewer than {_SHORT} characters and can be guessed"
        message = f"{settings.host} is reachable from other machines, and {problem}"
        raise UsageError(message, hint=hint, parameter="host")
    return tokens


def open_page(listening: Listening, say: Say) -> None:
    """Open the page in a browser, or warn that there is none; the server does not wait for it."""

    def show() -> None:
        try:
            is_shown = webbrowser.open(listening.login_url or listening.url)
        except webbrowser.Error:
            is_shown = False
        if not is_shown:
            say("Warning: no browser found to open the page in")

    threading.Thread(target=show, daemon=True).start()


def _warnings(settings: ServerSettings, token: str | None) -> Iterator[str]:
    if not is_loopback(settings.host):
        yield "this server is reachable from other machines without encryption: put it behind a proxy with TLS"
    if token is not None and len(token) < _SHORT:
        yield f"MODEL_MANAGER_SERVER_TOKEN has fewer than {_SHORT} characters and can be guessed"


@contextmanager
def _uvicorn_warnings(say: Say) -> Iterator[None]:
    """Print uvicorn's warnings as lines of ours, without tracebacks."""

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
                return  # the server itself has ended it, because it stops
            say(f"Warning: {record.getMessage().strip().splitlines()[-1]}")  # of a traceback, what it is about

    logger, handler = logging.getLogger("uvicorn.error"), Lines(logging.WARNING)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
