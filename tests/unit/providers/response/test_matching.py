"""Names that providers, gateways and hosts answer with, beside the name that was asked for."""

import pytest

from model_manager.core.models import Model
from model_manager.providers.response.matching import match_of

CASES = [
    ("haiku-9", "haiku-9", "exact"),
    ("haiku-9", "haiku-9-20261001", "dated"),
    ("haiku-9", "haiku-9@20261001", "dated"),
    ("haiku-9", "haiku-9:20261001", "dated"),
    ("haiku-9", "haiku-9-2026-10-01", "dated"),
    ("haiku-9-2026-10-01", "haiku-9", "dated"),
    ("haiku-9@20261001", "haiku-9-20261001", "alias"),
    ("haiku-9-2026-10-01", "haiku-9-20261001", "alias"),
    ("haiku-9-2026-10-01", "haiku-9-2026-11-01", "different"),
    ("haiku-9", "vendor/haiku-9", "alias"),
    ("haiku-9", "accounts/fireworks/models/haiku-9", "alias"),
    ("vendor/haiku-9", "haiku-9", "alias"),
    ("vendor/claude-haiku-4.5", "vendor/claude-4.5-haiku-20251001", "dated"),
    ("claude-haiku-4.5", "claude-4-5-haiku", "alias"),
    ("claude-haiku-4-5", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "dated"),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001", "alias"),
    ("acme/Haiku-9", "acme/Haiku-9:groq", "alias"),
    ("acme/Haiku-9:groq", "haiku-9", "alias"),
    ("acme/Haiku-9:groq", "acme/Haiku-9:together", "different"),
    ("haiku", "haiku:latest", "alias"),
    ("haiku-latest", "haiku-9", "different"),
    ("haiku:8b", "haiku:70b", "different"),
    ("haiku:8b", "haiku", "different"),
    ("haiku-9", "haiku-9-mini", "different"),
    ("haiku-4.5", "haiku-5.4", "different"),
    ("haiku-4", "haiku-4.5", "different"),
    ("haiku-9", "haiku-9:free", "alias"),
    ("models/haiku-9", "haiku-9-001", "dated"),
    ("haiku-9", "Haiku-9.gguf", "alias"),
    ("haiku", "/srv/models/haiku.gguf", "alias"),
    ("haiku", "C:\\models\\haiku.gguf", "alias"),
    ("haiku-9", "Haiku-9-Q4_K_M.gguf", "alias"),
    ("haiku-9", "Haiku-9.IQ3_XXS.gguf", "alias"),
    ("haiku-9", "haiku-9-UD-Q4_K_XL-00001-of-00002.gguf", "alias"),
    ("haiku-9", "haiku-9-mini-f16.gguf", "different"),
    ("gpt-9", "gpt-9-turbo", "different"),
]


@pytest.mark.parametrize(("asked", "served", "match"), CASES)
def test_a_served_name_is_matched(asked: str, served: str, match: str) -> None:
    """Dates, gateways, hosts and another order of words name the same model; sizes and versions do not."""
    assert match_of(Model(id="own", name="Own", provider="acme", model_id=asked), served) == match


def test_an_alias_of_the_catalogue_matches() -> None:
    """The names that the catalogue has for a model are names of it."""
    model = Model(id="own", name="Own", provider="acme", model_id="haiku-9", aliases=("quick",))
    assert match_of(model, "quick") == "alias"
    assert match_of(model, "vendor/quick-20261001") == "alias"
