"""The signature of `serve`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model_manager.cli.shared import Session, command
from model_manager.config.reload import WorkspaceSource
from model_manager.core.quantities import parse_amount
from model_manager.errors import UsageError

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.server import ListeningDocument

_NEEDED = ("fastapi", "starlette", "uvicorn", "pydantic")


@command("serve")
def serve(
    session: Session,
    *,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port to listen on; 0 picks a free one.")
    ] = 8765,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Additional allowed Host header; repeatable.")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse to change assignments.")] = False,
    max_cost: Annotated[
        str | None,
        typer.Option(metavar="USD", help="Maximum cost of live tests per hour.  [default: 5]"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Maximum open connections.  [default: 1000]")
    ] = None,
    root_path: Annotated[str, typer.Option(metavar="PATH", help="Path prefix, if a proxy adds one.")] = "",
    no_access_log: Annotated[bool, typer.Option("--no-access-log", help="Disable the access log.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> int:
    """Serve the management API and the admin page.

    Every path but /healthz needs the token: MODEL_MANAGER_SERVER_TOKEN, or a random one that is printed with a
    login link. MODEL_MANAGER_METRICS_TOKEN opens /metrics alone. Needs the extra `server`:
    pip install 'llm-model-manager[server]'

    \b
    Examples:
      model-manager serve --open
      model-manager serve --port 0 --json
      MODEL_MANAGER_SERVER_TOKEN=... model-manager serve --host 0.0.0.0
    """
    running = _load()
    shared = session.shared
    session.export_telemetry(session.workspace())
    settings = running.ServerSettings(
        source=WorkspaceSource(
            directory=shared.directory or Path(),
            models_file=shared.models_file,
            env_files=shared.env_file or (),
            trust=shared.trust,
            search_parents=shared.directory is None,
        ),
        host=host,
        port=port,
        hosts=allow_host or (),
        read_only=read_only,
        max_cost=None if max_cost is None else parse_amount(max_cost, "max_cost"),
        log=not no_access_log,
        limit=limit or running.DEFAULT_LIMIT,
        root_path=root_path,
    )
    serving = running.Serving(settings, session.output.say)
    return int(serving.run(lambda: _ready(session, running, serving.listening, is_opened=open_)))


def _load() -> Any:
    """The server's module.

    Raises:
        UsageError: the extra is not installed.
    """
    try:
        from model_manager.server import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _NEEDED:
            raise
        hint = "pip install 'llm-model-manager[server]', or in a checkout: pip install '.[server]'"
        raise UsageError(f"serve needs the extra [server] ({error.name} is not installed)", hint=hint) from None
    return run


def _ready(session: Session, running: Any, listening: Any, *, is_opened: bool) -> None:
    """Print where the server listens."""
    output = session.output
    for warning in listening.warnings:
        output.say(f"Warning: {warning}")
    if output.as_json:
        document: ListeningDocument = {
            "schema": 1,
            "url": listening.url,
            "login_url": listening.login_url,
        }
        output.document(document)
    else:
        how = listening.login_url or "with MODEL_MANAGER_SERVER_TOKEN"
        # In one write: a reader that closes the pipe after the first line must not stop the server.
        output.line(f"Listening at {listening.url}\nLog in:     {how}")
        output.say("Press Ctrl-C to stop")
    output.out.flush()
    if is_opened:
        running.open_page(listening, output.say)
