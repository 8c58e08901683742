"""Decides where calls and their keys go: a checkout must not be able to send a user's key to its own host."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from model_manager.config.base_urls import ANY_ADDRESSES
from model_manager.config.trust_record import Grant, read_grants, trust_file
from model_manager.core.assignments import Binding, source_of
from model_manager.core.endpoints import parameters_of
from model_manager.core.hosts import canonical_url, is_loopback, is_within, same_host
from model_manager.core.models import BY_LIKE, Model, Place, Provider, Task
from model_manager.core.phrases import listed
from model_manager.core.redaction import is_secret_header, secrets_in
from model_manager.errors import ProviderError

_HINT = "to allow it, use `trust` for this run, or run model-manager trust to allow it permanently"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A provider's base URL and where it was set, and the key that would be sent there.

    Attributes:
        url_variable, url_binding: the variable that gave the URL, if one did.
        key_variable, key_binding: the variable that gives the key, if one is set.
        own_base_urls, users_base_urls: those of the provider, with the values of the variables in them.
        headers: where the further headers of a call were said.
        sent_headers: these headers.
        has_users_headers: whether some of them, or of the fields that the body gets, are the user's.
        files: the files that were read, by the names that bindings and places have for them.
    """

    provider: Provider
    base_url: str
    url_variable: str | None = None
    url_binding: Binding | None = None
    key_variable: str | None = None
    key_binding: Binding | None = None
    own_base_urls: tuple[str, ...] = ()
    users_base_urls: tuple[str, ...] = ()
    headers: Place = field(default_factory=Place)
    sent_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    has_users_headers: bool = False
    files: Mapping[str, Path] = field(default_factory=dict, repr=False)

    @property
    def users_secret(self) -> str | None:
        """What of the user's is sent beside the call's key and holds a key itself, in words, or None."""
        if not self.has_users_headers:
            return None
        if header := next((name for name in self.sent_headers if is_secret_header(name)), None):
            return f"your header {header}"
        body = json.loads(self.sent_headers.get("extra_body", "null"))
        return "the key in your extra_body" if next(secrets_in(body), None) else None

    @property
    def named_by(self) -> str:
        """The setting that names the host, for messages."""
        if self.url_binding and self.url_variable:
            return source_of(self.url_variable, self.url_binding).text
        return str(self.chosen_at)

    @property
    def chosen_at(self) -> Place:
        """Where the host was chosen: where it stands, or a project's `like` through which it is another one's."""
        if self.url_binding is None and (like := self.provider.places.get(BY_LIKE)):
            return like
        return self.url_place

    @property
    def is_own_host(self) -> bool:
        """Whether the embedded or the user's catalogue names the URL for this provider."""
        return any(is_within(self.base_url, url) for url in self.own_base_urls)

    @property
    def url_place(self) -> Place:
        """Where the URL stands; its layer is "project" if that is a file that could be somebody else's."""
        if self.url_binding is None:
            return self.provider.place("base_url")
        if self.url_binding.file is not None:
            return Place("project", self.url_binding.file, self.url_binding.line)
        return self.provider.place("base_url_env")

    @property
    def is_literal(self) -> bool:
        """Whether key and URL stand in one and the same .env file, without anything from elsewhere."""
        url, key = self.url_binding, self.key_binding
        if url is None or key is None or url.file is None or url.file != key.file or url.inherits or key.inherits:
            return False
        return self.is_own_file(url.file)

    def is_own_file(self, shown: str) -> bool:
        """Whether a file is no link out of its directory: in a checkout, such a link may lead to any file."""
        path = self.files.get(shown)
        return path is not None and path.resolve().is_relative_to(path.parent.resolve())


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key that a project's file would send, which only the user may allow.

    Attributes:
        grant: what would have to be remembered to allow it for good; None: it can only be allowed for a run.
    """

    message: str
    place: Place
    base_url: str
    host: str
    grant: Grant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The user's permission for this run: everything, or some base URLs."""

    everything: bool = False
    urls: Collection[str] = ()

    def covers(self, claim: Claim) -> bool:
        """Whether a claim is allowed."""
        named = {canonical_url(url) for url in self.urls}
        return self.everything or canonical_url(claim.base_url) in named


def check_plain_http(to: Destination, *, allowed: bool) -> None:
    """Refuse to send a key without encryption to another machine.

    Raises:
        ProviderError: of kind "untrusted", naming host, file and line, and the way out.
    """
    if to.key_binding is None or not to.base_url.startswith("http://") or is_loopback(to.base_url):
        return
    if not (allowed or to.provider.allow_http):
        message = f"{to.key_variable} is not sent to {_shown_host(to)} over plain http ({to.named_by})"
        hint = f"use https, or set MODEL_MANAGER_ALLOW_HTTP={to.provider.id} in the environment"
        if own := ANY_ADDRESSES.get(_bare_host(to.base_url)):
            hint = f"write {own}: {_bare_host(to.base_url)} is where a server listens, not where it is called"
        raise ProviderError("untrusted", message, hint=hint)


def _bare_host(url: str) -> str:
    """The host of a URL without its port, an IPv6 address in its brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def check_trust(to: Destination, trust: Trust, environ: Mapping[str, str]) -> None:
    """Refuse what a project's files would have sent without the user's word.

    Raises:
        ProviderError: of kind "untrusted": URL, file and line, and both ways out.
        SettingsError: what is remembered cannot be read.
    """
    claims = [claim for claim in claims_of(to) if not trust.covers(claim)]
    if not claims:
        return
    remembered = read_grants(trust_file(environ))
    if refused := next((claim for claim in claims if claim.grant not in remembered), None):
        hint = _HINT if refused.grant else "to allow it for this run, use `trust`"
        raise ProviderError("untrusted", refused.message, hint=hint)


def sent_beside_key(provider: Provider, model: Model | None, task: Task | None) -> Mapping[str, str]:
    """The headers, and the fields of the body, that the catalogue has sent with a call as they are."""
    sent = dict(parameters_of(provider, model).get("headers", {}))
    for options in (model.options if model else {}, task.options if task else {}):
        sent |= options.get("extra_headers", {})
        if "extra_body" in options:
            sent["extra_body"] = json.dumps(options["extra_body"], sort_keys=True)
    return sent


def headers_place(provider: Provider, model: Model | None, task: Task | None = None) -> Place:
    """Where the further headers of a call were said; a project's file comes before others."""
    places = (
        task.extras_place if task else Place(),
        model.headers_place if model else Place(),
        provider.place("parameters.headers"),
    )
    return next((place for place in places if place.layer == "project"), places[-1])


def claims_of(to: Destination) -> Iterator[Claim]:
    """Keys that a project's files would send and neither the user's nor the embedded catalogue allows."""
    yield from _claims_of_headers(to)
    yield from _claims_of_users_headers(to)
    yield from _claims_of_key_variable(to)
    yield from _claims_of_url(to)


def _claims_of_url(to: Destination) -> Iterator[Claim]:
    """A key that would go to a host that a project's file chose."""
    place = to.chosen_at
    if place.layer != "project" or to.is_own_host:
        return
    is_known_here = is_loopback(to.base_url) and to.key_variable in to.provider.own_key_variables
    if to.key_binding and not is_known_here and not to.is_literal:
        yield _claim(to, place, f"{to.key_variable} is not sent to {_shown_url(to)}, named by {to.named_by}")
    elif to.url_binding and to.url_binding.inherits and not is_loopback(to.base_url):
        taken = _taken(to.url_binding)
        yield _claim(to, place, f"the URL in {to.named_by} would send {taken} from your environment")


def _claims_of_key_variable(to: Destination) -> Iterator[Claim]:
    """A variable that only a project's file names for a provider of the catalogue, embedded or the user's.

    A project's account at such a provider, by `like`, has only such variables.
    """
    place, own = to.provider.place("api_key_env"), to.provider.own_key_variables
    if place.layer != "project" or to.key_binding is None or to.key_variable in own:
        return
    if not own and not to.is_own_host:
        return  # the URL is the project's as well, and is asked about
    if to.key_binding.file is not None and not to.key_binding.inherits and to.is_own_file(to.key_binding.file):
        return  # it came with the project
    yield _claim(to, place, f"{to.key_variable} is not sent to {_shown_url(to)}: only {place} allows it")


def _claims_of_headers(to: Destination) -> Iterator[Claim]:
    """Headers of a project's file beside a key, or a user's header with one, for a host that others name too.

    Gateways take from headers where they pass a request on, with its key. To name the user's gateway once more
    makes it none of the project's.
    """
    if to.headers.layer != "project" or not (to.key_binding or to.users_secret):
        return
    reason = None
    if to.url_place.layer != "project":
        reason = "the project does not name that URL"
    elif any(same_host(to.base_url, url) for url in to.users_base_urls):
        reason = "your own models.toml names that host"
    if reason:
        are = "fields of the body" if set(to.sent_headers) == {"extra_body"} else "headers"
        beside = to.key_variable if to.key_binding else to.users_secret
        what = f"the {are} in {to.headers} are not sent to {_shown_url(to)} with {beside}"
        digest = sha256(json.dumps(sorted(to.sent_headers.items())).encode()).hexdigest()
        yield _claim(to, to.headers, f"{what}: {reason}", digest)


def _claims_of_users_headers(to: Destination) -> Iterator[Claim]:
    """A header or a field of the user's that holds a key, for a host that a project's file chose."""
    if to.chosen_at.layer == "project" and not to.is_own_host and (secret := to.users_secret):
        yield _claim(to, to.chosen_at, f"{secret} is not sent to {_shown_url(to)}, named by {to.named_by}")


def _claim(to: Destination, place: Place, message: str, headers: str = "") -> Claim:
    path = to.files.get(place.file or "")
    # What is put together from the user's environment may hold a key, which is not to be written down.
    is_plain = path is not None and not (to.url_binding and to.url_binding.inherits)
    grant = None
    if path is not None and is_plain:
        url, variable = canonical_url(to.base_url), to.key_variable or ""
        file = str(path.resolve())
        grant = Grant(file=file, provider=to.provider.id, base_url=url, variable=variable, headers=headers)
    return Claim(message=message, place=place, base_url=to.base_url, host=_shown_host(to), grant=grant)


def _shown_host(to: Destination) -> str:
    """The host, unless something of the user's environment went into it, which may be a key."""
    if to.url_binding and to.url_binding.inherits:
        return f"a host made of {_taken(to.url_binding)}"
    return urlsplit(to.base_url).netloc


def _shown_url(to: Destination) -> str:
    return _shown_host(to) if to.url_binding and to.url_binding.inherits else to.base_url


def _taken(url: Binding) -> str:
    return listed([f"${{{name}}}" for name in url.inherits])
