"""Where a model is called, and the key that goes there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from model_manager.core.models import Model, Provider
from model_manager.core.redaction import sent_secrets


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that shows itself to nobody by accident: `reveal()` is the only way to its text."""

    _text: str = field(repr=False)
    is_public: bool = False

    def reveal(self) -> str:
        """The key, for the request header and for nothing else."""
        return self._text

    @property
    def to_hide(self) -> tuple[str, ...]:
        """The texts to redact everywhere: the key, unless it is a public placeholder."""
        return () if self.is_public else (self._text,)

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a model is called: the provider, the base URL that won, and the key that goes with it.

    Attributes:
        key_source: the variable that holds the key, where it stands, and what it overrides, for hints.
    """

    model: Model
    provider: Provider
    base_url: str
    key: Secret | None = None
    key_source: str | None = None
    #: The variable that overrides the provider's base URL, and where it stands; None: nothing does.
    base_url_source: str | None = None
    #: Defaults of the options of calls, by name: the model's and the task's.
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the provider, overridden by those of the model."""
        return parameters_of(self.provider, self.model)

    @cached_property
    def to_hide(self) -> tuple[str, ...]:
        """The texts to redact: the key, and those in headers and fields of the body that the catalogue adds."""
        return (
            *(self.key.to_hide if self.key else ()),
            *sent_secrets(self.parameters.get("headers")),
            *sent_secrets(self.defaults.get("extra_headers"), self.defaults.get("extra_body")),
        )


def parameters_of(provider: Provider, model: Model | None) -> Mapping[str, Any]:
    """The parameters of calls: the provider's, overridden by a model's."""
    return {**provider.parameters, **(model.parameters if model else {})}
