"""The generated layer on disk: read, replaced as a whole, put back; and the last copies of sources."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from model_manager.config.atomic_file import explain, replace_file
from model_manager.config.catalogue.files import LayerFile
from model_manager.config.catalogue.layers import LayerData, read_layer
from model_manager.config.catalogue.update.layer import FetchedLayer, layer_of, layer_text
from model_manager.config.catalogue.update.record import SourceRecord
from model_manager.config.directories import cache_directory, fetched_file
from model_manager.config.dotenv.lock import acquire_lock
from model_manager.errors import ModelManagerError, UsageError

_PREVIOUS = "facts.previous.toml"
#: The layer that is being replaced, until it is the previous one.
_REPLACED = "facts.replaced.toml"
_LOCK = "update.lock"
#: A source's copy is at most as large as what is fetched.
_MOST_BYTES = 20_000_000


@contextmanager
def only_one(environ: Mapping[str, str]) -> Iterator[None]:
    """Keep other updates out meanwhile.

    Raises:
        EnvFileError: another one takes too long.
        ModelManagerError: the state directory cannot be written.
    """
    path = fetched_file(environ)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = acquire_lock(path.with_name(_LOCK), str(path))
    except OSError as error:
        problem, hint = explain(error, path)
        raise ModelManagerError(f"{path} {problem}", hint=hint) from None
    try:
        yield
    finally:
        lock.release()


def read_fetched(environ: Mapping[str, str]) -> FetchedLayer:
    """The generated layer; an empty one if there is none, or none that is valid: the next one replaces it."""
    path = fetched_file(environ)
    if not path.exists():
        return FetchedLayer()
    layer: LayerData = read_layer(LayerFile("fetched", path, str(path)))
    return FetchedLayer() if layer.problems else layer_of(layer.data)


def write_fetched(environ: Mapping[str, str], layer: FetchedLayer, *, keep_old: bool) -> None:
    """Replace the generated layer; whoever reads, and a crash at any time, finds the old one or the new one.

    Args:
        environ: names the state directory.
        layer: the new one.
        keep_old: whether the one before it can be put back: not where only the day of the comparison differs.

    Raises:
        ModelManagerError: it cannot be written; nothing has changed.
    """
    path = fetched_file(environ)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _finish_interrupted(path)
        if keep_old:
            replace_file(path.with_name(_REPLACED), _content(path))
        replace_file(path, layer_text(layer).encode())
        _finish_interrupted(path)
    except OSError as error:
        problem, hint = explain(error, path)
        raise ModelManagerError(f"{path} {problem}", hint=hint) from None


def _finish_interrupted(path: Path) -> None:
    """Make the replaced layer the previous one if there is another layer now; else nothing was replaced.

    What an update that was killed left behind is told in the same way as what is there after a good one.
    """
    replaced = path.with_name(_REPLACED)
    if not replaced.exists():
        return
    if replaced.read_bytes() == _content(path):
        replaced.unlink()
    else:
        replaced.replace(path.with_name(_PREVIOUS))


def _content(path: Path) -> bytes:
    """The layer as it is; empty where there is none."""
    return path.read_bytes() if path.exists() else b""


def put_back(environ: Mapping[str, str]) -> bool:
    """Put the layer back that was there before the last change; whether there was one.

    Raises:
        UsageError: there is no change to take back.
        ModelManagerError: it cannot be written; nothing has changed.
    """
    path = fetched_file(environ)
    previous = path.with_name(_PREVIOUS)
    try:
        _finish_interrupted(path)
        if not previous.exists():
            raise UsageError("there is no update to undo", hint="only the last update can be undone, once")
        content = previous.read_bytes()
        if content:
            replace_file(path, content)
        else:
            path.unlink(missing_ok=True)
        previous.unlink()
    except OSError as error:
        problem, hint = explain(error, path)
        raise ModelManagerError(f"{path} {problem}", hint=hint) from None
    return bool(content)


def kept_copy(environ: Mapping[str, str], name: str, record: SourceRecord | None) -> bytes | None:
    """A source's last accepted copy, for when the source says that it is still the same."""
    if record is None or record.etag is None:
        return None
    path = _copy_file(environ, name)
    with suppress(OSError):
        if path.stat().st_size <= _MOST_BYTES:
            content = path.read_bytes()
            return content if sha256(content).hexdigest() == record.sha256 else None
    return None


def keep_copy(environ: Mapping[str, str], name: str, content: bytes) -> None:
    """Keep a source's copy. That it cannot be kept is no error: it is fetched again."""
    path = _copy_file(environ, name)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, content)


def _copy_file(environ: Mapping[str, str], name: str) -> Path:
    return cache_directory(environ) / "update" / f"{name}.json"
