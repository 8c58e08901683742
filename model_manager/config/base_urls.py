"""The base URL in force of a provider: that of its variable, else the catalogue's with its variables expanded."""

import re
from collections.abc import Iterable, Mapping

from model_manager.config.catalogue import validators as checks
from model_manager.core.assignments import Binding, source_of
from model_manager.core.base_urls import expanded, variables_of
from model_manager.core.models import Provider
from model_manager.errors import NoBaseUrlError, SettingsError

_OLLAMA_PORT = 11434
#: The addresses that a server binds to for all interfaces, and where a client of the same machine reaches it.
ANY_ADDRESSES = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - nothing is bound here


def base_url_in_force(provider: Provider, binding: Binding | None, environment: Mapping[str, Binding]) -> str:
    """Where a provider is called.

    Args:
        provider: whose URL.
        binding: the variable that replaces the catalogue's base URL, if it is set.
        environment: the process environment, which alone gives variables in base URLs their values.

    Raises:
        NoBaseUrlError: there is none on this machine; the message says which variable to set.
        SettingsError: its variable holds no usable URL.
    """
    if binding is not None:
        return base_url_of(provider, binding)
    if provider.base_url is None:
        hint = "add it to .env, or set it in the environment"
        raise NoBaseUrlError(f"no {provider.name} base URL: set {provider.base_url_env}", hint=hint)
    try:
        return expanded(provider.base_url, _values(provider.base_url, environment))
    except NoBaseUrlError as error:
        hint = f"or set the whole URL in {provider.base_url_env}"
        raise NoBaseUrlError(f"no {provider.name} base URL: {error.message}", hint=hint) from None


def expanded_where_possible(urls: Iterable[str], environment: Mapping[str, Binding]) -> tuple[str, ...]:
    """Base URLs with the values of their variables, those left out that lack one: nothing is called there."""
    found = []
    for url in urls:
        try:
            found.append(expanded(url, _values(url, environment)))
        except NoBaseUrlError:
            continue
    return tuple(found)


def _values(url: str, environment: Mapping[str, Binding]) -> dict[str, str]:
    return {name: environment[name].value for name in variables_of(url) if name in environment}


def base_url_of(provider: Provider, binding: Binding) -> str:
    """The base URL that a variable gives a provider.

    Raises:
        SettingsError: it holds no usable URL.
    """
    value = binding.value.strip().rstrip("/")
    url = _ollama_url(value) if provider.wire == "ollama" else value
    url += "" if url.endswith(provider.base_url_append) else provider.base_url_append
    if binding.file is None:
        url = _reachable(url)
    if problem := checks.url(url):
        where = source_of(provider.base_url_env or "", binding).text
        example = provider.base_url or f"https://host.example{provider.base_url_append}"
        raise SettingsError(f"{where}: {problem}", hint=f"for example {example}")
    return url


def _reachable(url: str) -> str:
    """A URL whose address of all interfaces, as servers print it, is this machine's: the user's own word only."""
    scheme, separator, rest = url.partition("://")
    for any_address, own in ANY_ADDRESSES.items():
        if separator and re.match(rf"{re.escape(any_address)}(?:[:/]|$)", rest):
            return f"{scheme}://{own}{rest[len(any_address) :]}"
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
    for any_address, own in ANY_ADDRESSES.items():
        if name.partition(":")[0] == any_address or name.partition("]")[0] == any_address[:-1]:
            name = name.replace(any_address, own, 1)
    has_port = name.rpartition("]")[2].count(":") == 1
    if not has_port and not separator:
        name = f"{name}:{_OLLAMA_PORT}"
    return f"{scheme}://{name}{slash}{path}"
