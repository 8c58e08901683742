"""The request for a provider's own list of its models: the key goes where its calls go, in the same header."""

from collections.abc import Mapping

from model_manager._version import __version__
from model_manager.core.endpoints import Endpoint
from model_manager.core.messages import HttpCall
from model_manager.providers.wires.anthropic_request import AUTH as ANTHROPIC_AUTH
from model_manager.providers.wires.anthropic_request import VERSION as ANTHROPIC_VERSION
from model_manager.providers.wires.base import secret_headers_of, url_of
from model_manager.providers.wires.gemini_request import AUTH as GEMINI_AUTH

_AUTHS: Mapping[str, str] = {"anthropic": ANTHROPIC_AUTH, "gemini": GEMINI_AUTH}
_BEARER = "bearer"


def plain_call(url: str) -> HttpCall:
    """The request for a document that anybody may read."""
    headers = {"accept": "application/json", "user-agent": f"model-manager/{__version__}"}
    return HttpCall(method="GET", url=url, headers=headers)


def list_call(endpoint: Endpoint, path: str) -> HttpCall:
    """The request for a list below a provider's base URL. Further headers of the catalogue's are not sent."""
    wire = endpoint.provider.wire
    call = plain_call(url_of(endpoint, path))
    own = {"anthropic-version": ANTHROPIC_VERSION} if wire == "anthropic" else {}
    return HttpCall(
        method=call.method,
        url=call.url,
        headers={**call.headers, **own},
        secret_headers=secret_headers_of(endpoint, _AUTHS.get(wire, _BEARER)),
    )
