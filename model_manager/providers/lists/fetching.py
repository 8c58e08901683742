"""Fetching a provider's list over a connection: bounded in bytes, pages and time; nothing is sent twice."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from model_manager.core.endpoints import Endpoint
from model_manager.core.redaction import Redactor
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.providers.errors.hints import hint_of
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.driver import SyncConnection
from model_manager.providers.io.steps import Data, Fault, Head, Open
from model_manager.providers.lists.listed import ListedModel
from model_manager.providers.lists.reading import NotAListError, read_page
from model_manager.providers.lists.requests import list_call
from model_manager.providers.response.reader import of_fault
from model_manager.providers.wires.base import Failure
from model_manager.providers.wires.payload import decode

#: The largest list of 2026 has 0.5 MB.
LONGEST_LIST = 20_000_000
MOST_PAGES = 50
_OK = 200
_REDIRECTS = 3


def fetch_models(endpoint: Endpoint, connection: SyncConnection, deadline: Deadline) -> tuple[ListedModel, ...]:
    """All models that a provider lists for this key.

    Raises:
        ProviderError: no list came; "protocol" for what is none, is too long, or is a redirect.
    """
    hide = Redactor(endpoint.key.to_hide if endpoint.key else ())
    found: list[ListedModel] = []
    page: str | None = None
    seen = set[str]()
    try:
        for _ in range(MOST_PAGES):
            models, page = read_page(
                _document(endpoint, connection, Open(list_call(endpoint, page), deadline), hide)
            )
            found += models
            if page is None or page in seen:
                return tuple(found)
            seen.add(page)
    except NotAListError as error:
        raise ProviderError("protocol", f"{endpoint.provider.name}: {error}") from None
    finally:
        connection.close()
    raise ProviderError("protocol", f"{endpoint.provider.name}: the list has more than {MOST_PAGES} pages")


def _document(endpoint: Endpoint, connection: SyncConnection, opening: Open, hide: Redactor) -> object:
    head = connection.open(opening)
    if isinstance(head, Fault):
        raise _error(endpoint, of_fault(head), hide)
    if head.status // 100 == _REDIRECTS:
        raise _error(endpoint, _redirect(endpoint, head), hide)
    content = b"".join(_pieces(endpoint, connection, hide))
    try:
        document = decode(content.decode())
    except ValueError:
        document = None
    if head.status != _OK:
        failure = wire_of(endpoint.provider.wire).parse_error(head.status, document)
        said = f": {failure.message}" if failure.message else ""
        raise _error(endpoint, failure, hide, f"{endpoint.provider.name} answered HTTP {head.status}{said}")
    if document is None:
        message = f"{endpoint.provider.name} answered with something that is not JSON"
        raise _error(endpoint, Failure(kind="protocol", message=message), hide)
    connection.finish()
    return document


def _pieces(endpoint: Endpoint, connection: SyncConnection, hide: Redactor) -> Iterator[bytes]:
    """The body, decompressed, up to a length that no list has."""
    size = 0
    while True:
        data = connection.read()
        if isinstance(data, Fault):
            raise _error(endpoint, of_fault(data), hide)
        if not isinstance(data, Data) or not data.content:
            return
        size += len(data.content)
        if size > LONGEST_LIST:
            message = f"{endpoint.provider.name}: the list is longer than {LONGEST_LIST // 1_000_000} MB"
            raise _error(endpoint, Failure(kind="protocol", message=message), hide)
        yield data.content


def _redirect(endpoint: Endpoint, head: Head) -> Failure:
    """Keys are not sent along a redirect, so it is not followed."""
    host = urlsplit(head.headers.get("location", "")).netloc.rpartition("@")[2] or "another path"
    message = f"{endpoint.provider.name} answered HTTP {head.status}, a redirect to {host}, which is not followed"
    return Failure(kind="protocol", message=message, status=head.status)


def _error(endpoint: Endpoint, failure: Failure, hide: Redactor, message: str | None = None) -> ProviderError:
    hint = hint_of(failure, endpoint)
    return ProviderError(
        failure.kind,
        hide(message or failure.message),
        status=failure.status,
        hint=hide(hint) if hint else None,
        retryable=failure.retryable,
    )
