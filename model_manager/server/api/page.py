"""The admin page's files, read once: nothing of a request ever becomes a path."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from model_manager.core.redaction import Redactor
from model_manager.rendering.documents.json import dump
from model_manager.server.api.http import tagged
from model_manager.server.api.problems import HttpError
from model_manager.server.compression import Content

router = APIRouter(include_in_schema=False)
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOLDER = Path(__file__).parents[1] / "static"
_FILES = {
    path.name: Content(path.read_bytes()) for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES
}


@router.get("/")
def index(request: Request) -> Response:
    """The page."""
    return _file(request, "index.html")


@router.get("/openapi.json")
def description(request: Request) -> Response:
    """The description of this API, made once."""
    state = request.app.state
    if not hasattr(state, "description"):
        state.description = Content(dump(request.app.openapi(), Redactor(), indent=None).encode())
    return tagged(request, state.description)


@router.get("/page/{name}")
def part(request: Request, name: str) -> Response:
    """A file that the page loads."""
    return _file(request, name)


def _file(request: Request, name: str) -> Response:
    content = _FILES.get(name)
    if content is None:
        raise HttpError(404, "no such page")
    return tagged(request, content, _MEDIA_TYPES[Path(name).suffix])
