import pytest
from projects import catalogue_of

from model_manager.errors import CatalogueError


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        (
            "cost = { input = 3, output = 15, reasoning = 2 }",
            3,
            "price = { input = 3, output = 15 }, in US dollars per million tokens",
        ),
        (
            "limit = { context = 200_000, output = 8_192 }",
            3,
            "context_window = 200000 and max_output = 8192, in tokens",
        ),
        (
            "name = 'x'\nlimit.context = 200_000\nlimit.output = 8_192",
            4,
            "context_window = 200000 and max_output = 8192",
        ),
        ("[models.m.limit]\ncontext = 1_000", 3, "context_window = 1000"),
        ('release_date = "2026-01-02"', 3, "released = 2026-01-02"),
        ("tool_call = true", 3, 'capabilities, or in lacks: "function-calling"'),
        ("input_cost_per_token = 2.5e-06", 3, "price.input = 2.5, in US dollars per million tokens"),
        ("output_cost_per_token = 1e-05", 3, "price.output = 10, in US"),
        ("cache_read_input_token_cost = 0", 3, "price.cache_read = 0, in US"),
        ("input_cost_per_token_above_200k_tokens = 1e-06", 3, "price.tiers with above = 200_000"),
        ("max_tokens = 4096", 3, "max_output = 4096, in tokens"),
        ("max_input_tokens = 4096", 3, "context_window = 4096, in tokens"),
        ('litellm_provider = "openai"', 3, 'provider = "openai"'),
        ('mode = "chat"', 3, 'capabilities = ["chat"]'),
        ("supports_vision = true", 3, '"vision"'),
        ("price = { input_cost_per_token = 2e-06 }", 3, "price.input = 2, in"),
        ("input_cost_per_audio_token = 1e-05", 3, "leave it out: there is no rate for audio"),
        ("cache_creation_input_token_cost_above_12hr = 1e-06", 3, "price.cache_write_12h = 1, in"),
        ('input_cost_per_token = "free"', 3, "price.input, in US"),
    ],
)
def test_a_pasted_row_is_told_our_key_and_unit_at_its_line(text, line, hint):
    """Keys of models.dev and LiteLLM are errors that say what to write, with the value in our unit."""
    with pytest.raises(CatalogueError) as caught:
        catalogue_of(f'[models.m]\nprovider = "openai"\n{text}\n')
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (line, "unknown key")
    assert hint in (problem.hint or "")


def test_a_slip_of_our_own_keys_is_still_pointed_out():
    """Keys that neither tool has get the nearest of ours."""
    with pytest.raises(CatalogueError) as caught:
        catalogue_of('[models.m]\nprovider = "openai"\ncontext_windw = 1\n')
    assert caught.value.problems[0].hint == "did you mean context_window?"
