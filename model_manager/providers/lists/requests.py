"""The requests for providers' lists of models. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from model_manager._version import __version__
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import HttpCall
from model_manager.providers.wires import anthropic_request, gemini_request, openai_request
from model_manager.providers.wires.base import headers_of, secret_headers_of, url_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListForm:
    """How a list is asked for.

    Attributes:
        path: below the base URL; pages are as long as they may be.
        page: the parameter that names a further page, or None: there is one page.
        auth: the header of the key where the provider says no other.
        headers: the wire's own.
    """

    path: str
    page: str | None = None
    auth: str = openai_request.AUTH
    headers: Mapping[str, str] = field(default_factory=dict)


_FORMS = {
    "anthropic": _ListForm(
        path="/v1/models?limit=1000",
        page="after_id",
        auth=anthropic_request.AUTH,
        headers={"anthropic-version": anthropic_request.VERSION},
    ),
    "gemini": _ListForm(path="/v1beta/models?pageSize=1000", page="pageToken", auth=gemini_request.AUTH),
    "ollama": _ListForm(path="/api/tags"),
}
_OPENAI = _ListForm(path="/models")
#: Hosts whose usual list has no prices, and the path of the one that has them.
_PRICED = {"api.x.ai": _ListForm(path="/language-models")}
#: Hosts with a better list that is public: it is asked for without the key, at a path of the host.
_PUBLIC = {"api.cerebras.ai": "/public/v1/models"}


def plain_call(url: str) -> HttpCall:
    """The request for a document that anybody may read."""
    headers = {"accept": "application/json", "user-agent": f"model-manager/{__version__}"}
    return HttpCall(method="GET", url=url, headers=headers)


def has_pages(endpoint: Endpoint) -> bool:
    """Whether a further page of the provider's list can be asked for."""
    return _form(endpoint).page is not None


def list_call(endpoint: Endpoint, page: str | None = None) -> HttpCall:
    """The request for a provider's list, or for a further page of it; whichever model the endpoint has."""
    address = urlsplit(endpoint.base_url)
    form = _form(endpoint)
    headers = {**headers_of(endpoint, "sse", form.headers), "accept": "application/json"}
    headers.pop("content-type", None)
    if public := _PUBLIC.get(address.hostname or ""):
        return HttpCall(method="GET", url=f"{address.scheme}://{address.netloc}{public}", headers=headers)
    marked = f"&{form.page}={quote(page, safe='')}" if page is not None and form.page else ""
    return HttpCall(
        method="GET",
        url=url_of(endpoint, form.path + marked),
        headers=headers,
        secret_headers=secret_headers_of(endpoint, form.auth),
    )


def _form(endpoint: Endpoint) -> _ListForm:
    host = urlsplit(endpoint.base_url).hostname or ""
    return _PRICED.get(host) or _FORMS.get(endpoint.provider.wire, _OPENAI)
