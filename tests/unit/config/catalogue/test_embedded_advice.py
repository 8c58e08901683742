"""The shipped tasks, scenarios and providers: that the advice works and the providers can be called."""

from datetime import date

import pytest

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.models import Model
from model_manager.core.quantities import noon
from model_manager.core.requirements import unmet
from model_manager.core.routing.grammar import parse_route

CATALOGUE = embedded_catalogue()
#: The day after the facts were checked: the tests do not go bad when models do.
TODAY = date(2026, 11, 23)
ORIGINAL_TASKS = {
    "chat": ("Main user conversations", "AI_CHAT_MODEL"),
    "recommendations": ("Movie recommendation generation", "AI_RECOMMENDATIONS_MODEL"),
    "mood_search": ("Quick mood-based searches", "AI_MOOD_SEARCH_MODEL"),
    "preference_extraction": ("Extract user preferences", "AI_PREFERENCE_MODEL"),
}
SCENARIOS = {
    "quick-responses": "Quick responses",
    "complex-reasoning": "Complex reasoning",
    "high-volume": "High volume",
    "vision-tasks": "Vision tasks",
}


def named(name: str) -> Model:
    model = CATALOGUE.find(name)
    assert model is not None, f"{name} is not in the catalogue"
    return model


def test_the_four_tasks_are_the_original_ones():
    """Names, purposes and variables are those that applications already use."""
    assert {task.name: (task.purpose, task.env) for task in CATALOGUE.tasks.values()} == ORIGINAL_TASKS


@pytest.mark.parametrize("task", CATALOGUE.tasks.values(), ids=lambda task: task.name)
def test_every_task_has_a_model_that_works(task):
    """A task's model is active and known to have all that the task requires, and the task has a profile."""
    assert task.requires
    assert task.profile
    assert task.profile.requests_per_day > 0
    for name in parse_route(task.model).names:
        assert named(name).status(TODAY) == "active"
        assert list(unmet(task, named(name), noon(TODAY))) == []


def test_the_four_scenarios_advise_active_models():
    """The advice is complete, and each piece names a recommended model; why it does is computed, not written."""
    assert {scenario.id: scenario.title for scenario in CATALOGUE.scenarios.values()} == SCENARIOS
    for scenario in CATALOGUE.scenarios.values():
        assert named(scenario.model).recommended
        assert scenario.why is None
    assert named(CATALOGUE.scenarios["vision-tasks"].model).has("vision")
    assert named(CATALOGUE.scenarios["quick-responses"].model).has("fast-response")
    assert named(CATALOGUE.scenarios["complex-reasoning"].model).has("reasoning")


def test_the_default_model_is_a_cheap_current_one():
    """Who assigns nothing gets a recommended model."""
    assert CATALOGUE.default_model == "claude-haiku-5-5"
    assert named("claude-haiku-5-5").recommended


@pytest.mark.parametrize("provider", CATALOGUE.providers.values(), ids=lambda provider: provider.id)
def test_providers_can_be_called(provider):
    """A provider with a key names its variable; only the local ones are spoken to over plain http."""
    assert provider.key == "optional" or provider.api_key_env
    assert not provider.allow_http
    if provider.base_url is None:
        assert provider.base_url_env == "AZURE_OPENAI_ENDPOINT"
        return
    local = provider.base_url.startswith("http://127.0.0.1:")
    assert local or provider.base_url.startswith("https://")
    assert not provider.base_url.endswith("/")


@pytest.mark.parametrize(
    ("provider", "variable", "append"),
    [
        ("groq", "GROQ_BASE_URL", "/openai/v1"),
        ("google", "GOOGLE_GEMINI_BASE_URL", ""),
        ("ollama", "OLLAMA_HOST", ""),
        ("openai", "OPENAI_BASE_URL", ""),
        ("anthropic", "ANTHROPIC_BASE_URL", ""),
    ],
)
def test_base_urls_come_from_the_variables_of_the_official_clients(provider, variable, append):
    """A base URL that somebody has set for the provider's own client means the same here."""
    row = CATALOGUE.providers[provider]
    assert (row.base_url_env, row.base_url_append) == (variable, append)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("gpt-6.1-sol", "max_tokens", "max_completion_tokens"),
        ("gpt-6.1-sol", "temperature", False),
        ("gpt-4o", "temperature", True),
        ("claude-haiku-5-5", "temperature", False),
        ("mistral-large-4", "stream_usage", False),
        ("deepseek-flash", "max_tokens", None),
    ],
)
def test_what_a_provider_does_differently_is_said(name, parameter, value):
    """Request parameters that a model refuses or calls otherwise are data of the catalogue."""
    model = named(name)
    parameters = {**CATALOGUE.provider_of(model).parameters, **model.parameters}
    assert parameters.get(parameter) == value
