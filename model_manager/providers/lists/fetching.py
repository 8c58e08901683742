"""Fetching a provider's list over a connection: bounded in bytes, pages and time; nothing is sent twice."""

from model_manager.core.endpoints import Endpoint
from model_manager.core.model_lists import ListedModel, NotAListError, read_page
from model_manager.core.redaction import Redactor
from model_manager.core.source_error import SourceError
from model_manager.core.source_values import parse_json
from model_manager.errors import ProviderError
from model_manager.providers import wire_of
from model_manager.providers.errors.hints import hint_of
from model_manager.providers.io.deadline import Deadline
from model_manager.providers.io.driver import SyncConnection
from model_manager.providers.io.fetching import OK, Received, receive
from model_manager.providers.io.steps import Fault
from model_manager.providers.lists.requests import has_pages, list_call
from model_manager.providers.response.reader import of_fault
from model_manager.providers.wires.base import Failure

MOST_PAGES = 50


def fetch_models(endpoint: Endpoint, connection: SyncConnection, deadline: Deadline) -> tuple[ListedModel, ...]:
    """All models that a provider lists for this key: the whole list, since a part of one says nothing of the rest.

    Raises:
        ProviderError: no list came; "protocol" for what is none, does not end, or is a redirect.
    """
    name = endpoint.provider.name
    found: list[ListedModel] = []
    page: str | None = None
    seen = set[str]()
    try:
        for _ in range(MOST_PAGES):
            content = _content(endpoint, receive(connection, list_call(endpoint, page), deadline))
            models, page = read_page(parse_json(content))
            found += models
            if page is None:
                return tuple(found)
            if page in seen or not page or not has_pages(endpoint):
                why = "the same page was named twice" if page in seen else "further pages cannot be requested"
                raise ProviderError("protocol", f"{name}: the list is incomplete: {why}")
            seen.add(page)
            connection.finish()
    except NotAListError as error:
        raise ProviderError("protocol", f"{name}: {error}") from None
    except SourceError as error:
        raise ProviderError("protocol", f"{name}: the answer {error.message}") from None
    finally:
        connection.close()
    raise ProviderError("protocol", f"{name}: the list has more than {MOST_PAGES} pages")


def _content(endpoint: Endpoint, received: Received | Fault) -> bytes:
    """The body of a good answer; any other is an error with what the provider says of it."""
    name = endpoint.provider.name
    if isinstance(received, Fault):
        raise _error(endpoint, of_fault(received))
    if received.redirect:
        message = (
            f"{name} answered HTTP {received.status}, a redirect to {received.redirect}, which is not followed"
        )
        raise _error(endpoint, Failure(kind="protocol", message=message, status=received.status))
    if received.status != OK:
        failure = wire_of(endpoint.provider.wire).parse_error(received.status, _decoded(received.content))
        said = f": {failure.message}" if failure.message else ""
        raise _error(endpoint, failure, f"{name} answered HTTP {received.status}{said}")
    return received.content


def _decoded(content: bytes) -> object:
    try:
        return parse_json(content)
    except SourceError:
        return None


def _error(endpoint: Endpoint, failure: Failure, message: str | None = None) -> ProviderError:
    hide = Redactor(endpoint.key.to_hide if endpoint.key else ())
    hint = hint_of(failure, endpoint)
    return ProviderError(
        failure.kind,
        hide(message or failure.message),
        status=failure.status,
        hint=hide(hint) if hint else None,
        retryable=failure.retryable,
    )
