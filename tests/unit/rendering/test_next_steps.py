"""What to type after a failed call, by the kind of its error."""

import pytest

from model_manager.core.models import Model
from model_manager.errors import ProviderError, RouteError
from model_manager.rendering.next_steps import next_step

LOCAL = Model(id="ollama/llama3.2", name="A model", provider="ollama", model_id="llama3.2")
CLOUD = Model(id="gpt-6-luna", name="A model", provider="openai", model_id="gpt-6-luna-2026")
REFUSED = "check that the server is running and that the base URL is right"


def failure(
    kind: str, hint: str | None = None, wait_s: float | None = None, *, unreachable: bool = False
) -> ProviderError:
    error = ProviderError(kind, "it failed", hint=hint, retry_after_s=wait_s)
    error.is_unreachable = unreachable
    return error


@pytest.mark.parametrize(
    ("error", "model", "step"),
    [
        (failure("missing_key", "add X_API_KEY to .env"), CLOUD, "add X_API_KEY to .env"),
        (
            failure("not_found", "check the model id"),
            CLOUD,
            "check the model id; see model-manager info gpt-6-luna, and model-manager list --provider openai",
        ),
        (failure("not_found", "get it with: ollama pull llama3.2"), LOCAL, "get it with: ollama pull llama3.2"),
        (failure("not_found", "did you mean x?"), None, "did you mean x?; see all with: model-manager list"),
        (
            failure("permission", "check the account"),
            CLOUD,
            "check the account; see the others: model-manager list --provider openai",
        ),
        (failure("rate_limit", "wait", 89.2), CLOUD, "try again in 90 s, or ask the provider for a higher limit"),
        (failure("rate_limit"), CLOUD, "try again in a minute, or ask the provider for a higher limit"),
        (failure("overloaded", "see https://x"), CLOUD, "try again in a minute; see https://x"),
        (
            failure("connection", REFUSED, unreachable=True),
            LOCAL,
            "start the server: ollama serve; check that the base URL is right",
        ),
        (failure("connection", REFUSED), LOCAL, REFUSED),
        (failure("connection"), CLOUD, "check the network, firewalls and proxies, then try again"),
        (failure("bad_request"), CLOUD, "see the request with --curl"),
        (failure("protocol"), CLOUD, "see the request with --curl, and what came with -vv"),
        (failure("content_filter"), CLOUD, "change the prompt, or name another model with -m"),
        (failure("cancelled"), CLOUD, None),
    ],
    ids=lambda value: value.kind if isinstance(value, ProviderError) else "",
)
def test_the_step(error: ProviderError, model: Model | None, step: str | None) -> None:
    """Each kind of error has its next step; what the error itself advises stays."""
    assert next_step(error, model) == step


def test_a_model_whose_id_the_shell_would_read() -> None:
    """A command can be pasted whatever the model is called."""
    odd = Model(id="a b;c", name="A model", provider="own", model_id="x")
    assert "model-manager info 'a b;c'," in str(next_step(failure("not_found"), odd))


def test_a_route() -> None:
    """Of a route each failure is told, those that are alike once, and none under another option's name."""
    errors = [failure("missing_key", "set X"), failure("missing_key", "set X"), failure("rate_limit", wait_s=3)]
    step = next_step(RouteError("all failed", errors), CLOUD)
    assert step == "set X; try again in 3 s, or ask the provider for a higher limit"
