"""Where calls and their keys go: a checkout must not be able to walk off with one of the user's keys."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from model_manager.config.catalogue import validators as checks
from model_manager.core.assignments import Binding, source_of
from model_manager.core.hosts import is_loopback, same_host
from model_manager.core.models import Place, Provider
from model_manager.errors import ProviderError, SettingsError

_OLLAMA_PORT = 11434
#: The addresses that a server binds to for all interfaces, and where a client of the same machine reaches it.
_ANY_ADDRESSES = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - nothing is bound here


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A provider's base URL and where it was set, and the key that would be sent there.

    Attributes:
        url_variable, url_binding: the variable that gave the URL, if one did.
        key_variable, key_binding: the variable that gives the key, if one is set.
    """

    provider: Provider
    base_url: str
    url_variable: str | None = None
    url_binding: Binding | None = None
    key_variable: str | None = None
    key_binding: Binding | None = None

    @property
    def named_by(self) -> str:
        """The setting that names the host, for messages."""
        if self.url_binding and self.url_variable:
            return source_of(self.url_variable, self.url_binding).text
        return str(self.provider.place("base_url"))

    @property
    def named_in_project(self) -> bool:
        """Whether a file that could be somebody else's chose the host."""
        if self.url_binding is None:
            return self.provider.place("base_url").layer == "project"
        return self.url_binding.file is not None or self.provider.place("base_url_env").layer == "project"


def base_url_of(provider: Provider, binding: Binding) -> str:
    """The base URL that a variable gives a provider.

    Raises:
        SettingsError: it holds no usable URL.
    """
    value = binding.value.strip().rstrip("/")
    url = (_ollama_url(value) if provider.wire == "ollama" else value) + provider.base_url_append
    if problem := checks.url(url):
        where = source_of(provider.base_url_env or "", binding).text
        raise SettingsError(f"{where}: {problem}", hint=f"for example {provider.base_url}")
    return url


def _ollama_url(host: str) -> str:
    """A URL of what Ollama accepts as a host: scheme and port may be missing, and 0.0.0.0 means this machine."""
    scheme, separator, rest = host.strip("\"'").partition("://")
    if not separator:
        scheme, rest = "http", scheme
    name, slash, path = rest.partition("/")
    if name.count(":") > 1 and not name.startswith("["):
        name = f"[{name}]"
    if name.startswith(":"):
        name = f"127.0.0.1{name}"
    for any_address, own in _ANY_ADDRESSES.items():
        if name.partition(":")[0] == any_address or name.partition("]")[0] == any_address[:-1]:
            name = name.replace(any_address, own, 1)
    has_port = name.rpartition("]")[2].count(":") == 1
    if not has_port and not separator:
        name = f"{name}:{_OLLAMA_PORT}"
    return f"{scheme}://{name}{slash}{path}"


def check_destination(to: Destination, directory: Path, *, trusted: bool, http_allowed: bool) -> None:
    """Refuse to send a key where it must not go.

    Raises:
        ProviderError: of kind "untrusted", naming host, file and line, and the way out.
    """
    if is_loopback(to.base_url):
        return
    host = _shown_host(to)
    if not trusted:
        _check_key_variable(to, directory, host)
    if to.named_in_project and not trusted and not _is_own_host(to):
        if to.key_binding and _is_users(to.key_binding, to.url_binding, to.provider.place("base_url"), directory):
            message = f"{to.key_variable} is not sent to {host}, named by {to.named_by}"
            raise ProviderError("untrusted", message, hint="to allow it, use `trust`")
        if to.url_binding and to.url_binding.inherits:
            message = f"the URL in {to.named_by} would send {_taken(to.url_binding)} from your environment"
            raise ProviderError("untrusted", message, hint="to allow it, use `trust`")
    if to.key_binding and to.base_url.startswith("http://") and not (http_allowed or to.provider.allow_http):
        message = f"{to.key_variable} is not sent to {host} over plain http ({to.named_by})"
        hint = f"use https, or set MODEL_MANAGER_ALLOW_HTTP={to.provider.id} in the environment"
        raise ProviderError("untrusted", message, hint=hint)


def _is_own_host(to: Destination) -> bool:
    """Whether the host is one that the embedded or the user's own catalogue names for this provider."""
    return any(same_host(to.base_url, url) for url in to.provider.own_base_urls)


def _check_key_variable(to: Destination, directory: Path, host: str) -> None:
    """Refuse to send one provider's key to another because a checkout says that it is for both.

    Raises:
        ProviderError: of kind "untrusted".
    """
    place, own = to.provider.place("api_key_env"), to.provider.own_key_variables
    if place.layer != "project" or to.key_binding is None or to.key_variable in own:
        return
    if own and _is_users(to.key_binding, None, place, directory):
        message = f"{to.key_variable} is not sent to {host}: only {place} allows it"
        raise ProviderError("untrusted", message, hint="to allow it, use `trust`")


def _shown_host(to: Destination) -> str:
    """The host, unless something of the user's environment went into it, which may be a key."""
    if to.url_binding and to.url_binding.inherits:
        return f"a host made of {_taken(to.url_binding)}"
    return urlsplit(to.base_url).netloc


def _taken(url: Binding) -> str:
    return " and ".join(f"${{{name}}}" for name in url.inherits)


def _is_users(key: Binding, url: Binding | None, url_place: Place, directory: Path) -> bool:
    """Whether a key is the user's own rather than one that came with the file that names the host."""
    if key.file is None or key.inherits:
        return True
    named_in = url.file if url else url_place.file
    if key.file == named_in:
        return False
    # A link in a checkout may lead to any file of the user's.
    return not (directory / key.file).resolve().is_relative_to(directory.resolve())
