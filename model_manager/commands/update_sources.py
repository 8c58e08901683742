"""Copies of the sources of `update`: fetched from addresses and providers with a key, or read from files."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import urlsplit

from model_manager.commands.list_endpoints import list_endpoint
from model_manager.config.catalogue.update.record import SourceRecord
from model_manager.config.catalogue.update.refresh import SourceCopy, read_copy
from model_manager.config.catalogue.update.sources import SOURCES, SourceKind
from model_manager.config.regular_file import NotRegularFileError, read_regular_file
from model_manager.config.workspace import Workspace
from model_manager.core.hosts import is_loopback, is_within
from model_manager.core.messages import HttpCall
from model_manager.core.source_error import SourceError
from model_manager.errors import ModelManagerError, UsageError
from model_manager.providers.io.fetching import MOST_BYTES, FetchedDocument
from model_manager.providers.lists import list_call, plain_call

Fetch = Callable[[HttpCall], FetchedDocument]
#: Documents come at once and are read one after the other: one of 20 MB can take half a gigabyte meanwhile.
_READING = Lock()


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """Where a source is fetched; `call` has the provider's key if it is the provider's own host."""

    kind: SourceKind
    call: HttpCall
    is_mirror: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source's copy and its bytes."""

    copy: SourceCopy
    content: bytes


def parse_mirrors(named: Sequence[str]) -> dict[str, str]:
    """The URLs of `NAME=URL`s.

    Raises:
        UsageError: a name is unknown, or a URL is none that facts may come from.
    """
    mirrors: dict[str, str] = {}
    for item in named:
        name, _, url = item.partition("=")
        if name not in SOURCES:
            raise UsageError(
                f"there is no source {name!r}", hint=f"one of {', '.join(SOURCES)}", parameter="source"
            )
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise UsageError("expected NAME=URL with http or https and no password", parameter="source")
        if parts.scheme == "http" and not is_loopback(url):
            hint = "use https, or fetch it yourself and name the file with `offline`"
            raise UsageError(
                f"{parts.netloc}: over plain http, anyone on the network could change the facts",
                hint=hint,
                parameter="source",
            )
        mirrors[name] = url
    return mirrors


def addresses(workspace: Workspace, mirrors: Mapping[str, str]) -> tuple[list[SourceAddress], list[str]]:
    """Every source that can be asked here, and why a provider with a key is not."""
    found, notes = [], []
    for kind in SOURCES.values():
        url = mirrors.get(kind.name) or kind.url
        if url:
            found.append(SourceAddress(kind, plain_call(url), is_mirror=kind.name in mirrors))
            continue
        try:
            call = _call_of_provider(workspace, kind)
        except ModelManagerError as error:
            notes.append(f"{kind.name} is skipped: {error.message}")
            continue
        if call:
            found.append(SourceAddress(kind, call))
    return found, notes


def _call_of_provider(workspace: Workspace, kind: SourceKind) -> HttpCall | None:
    """The request for a provider's list; None without a key. The key goes to the provider's own hosts alone.

    Raises:
        ModelManagerError: the base URL in force is another one, or not trusted.
    """
    provider = workspace.catalogue.providers.get(kind.provider or "")
    if provider is None or workspace.key(provider).binding is None:
        return None
    if (endpoint := list_endpoint(workspace, provider)) is None:
        return None
    own = workspace.destination(endpoint.provider).own_base_urls
    if not any(is_within(endpoint.base_url, url) for url in own):
        raise SourceError("its base URL is not the provider's own")
    return list_call(endpoint)


def fetched_copy(
    address: SourceAddress, last: SourceRecord | None, kept: bytes | None, fetch: Fetch, now: datetime
) -> Fetched:
    """Fetch a source, or use the kept copy if the source says that it is still the same.

    Raises:
        SourceError: it did not come, or is no table of this source.
    """
    call = address.call
    if kept is not None and last is not None and last.etag and last.url == call.url:
        headers = {**call.headers, "if-none-match": last.etag}
        call = HttpCall(method="GET", url=call.url, headers=headers, secret_headers=call.secret_headers)
    document = fetch(call)
    if document.content is None and last is not None and kept is not None:
        content, data_at, etag = kept, last.data_at if last.is_dated else now, last.etag
    else:
        content = document.content or b""
        data_at = _made_at(document.headers.get("last-modified"), now)
        etag = document.headers.get("etag")
    with _READING:
        copy = read_copy(content, address.kind, call.url, data_at, now, etag)
    return Fetched(replace(copy, is_own=copy.kind.provider is not None and not address.is_mirror), content)


def fetch_all(jobs: Sequence[Callable[[], Fetched]]) -> list[Fetched | SourceError]:
    """What several fetches bring, or why they bring nothing, in their order; all are under way at once.

    The threads are daemons: an interrupt does not wait for servers that are silent.
    """
    brought: list[Future[Fetched]] = [Future() for _ in jobs]
    for job, future in zip(jobs, brought, strict=True):
        Thread(target=_settle, args=(job, future), daemon=True).start()
    return [_result(future) for future in brought]


def _settle(job: Callable[[], Fetched], future: Future[Fetched]) -> None:
    try:
        future.set_result(job())
    except SourceError as error:
        future.set_exception(error.with_traceback(None))  # which holds the document
    except BaseException as error:  # noqa: BLE001 - raised again where the result is taken
        future.set_exception(error)


def _result(future: Future[Fetched]) -> Fetched | SourceError:
    try:
        return future.result()
    except SourceError as error:
        return error


def _made_at(header: str | None, now: datetime) -> datetime:
    """When the server says that it was changed last; now, if it says nothing or that it will be."""
    try:
        made = parsedate_to_datetime(header or "")
        # "-0000" is UTC as well, but comes without a zone.
        made = made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError):
        return now
    return min(made, now)


def file_copy(path: Path, now: datetime) -> Fetched:
    """The copy that a file holds; its shape tells the source, its time the day.

    Raises:
        UsageError: it does not exist.
        SourceError: it cannot be read, or is no table that is known.
    """
    try:
        content = read_regular_file(path, MOST_BYTES)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file", parameter="offline") from None
    except NotRegularFileError as error:
        raise SourceError(error.reason, hint=error.hint) from None
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from None
    return Fetched(read_copy(content, None, str(path), min(changed, now), now), content)
