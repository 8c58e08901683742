"""The names that other libraries and the providers' APIs have for the options of calls, and hints about them."""

from collections.abc import Collection

from model_manager.core.suggestions import did_you_mean

_OTHER_NAMES = {
    **dict.fromkeys(
        ("max_completion_tokens", "max_output_tokens", "max_tokens_to_sample", "maxOutputTokens", "num_predict"),
        "max_tokens",
    ),
    **dict.fromkeys(("reasoning_effort", "thinking", "thinking_budget", "thinkingConfig", "think"), "reasoning"),
    **dict.fromkeys(("stop_sequences", "stopSequences"), "stop"),
    "random_seed": "seed",
    "topP": "top_p",
    "top_logprobs": "logprobs",
    "functions": "tools",
    "function_call": "tool_choice",
    **dict.fromkeys(("response_schema", "responseSchema", "output_format", "text_format"), "response_format"),
    **dict.fromkeys(("system", "instructions"), "system_prompt"),
    **dict.fromkeys(("max_retries", "num_retries"), "retries"),
    "headers": "extra_headers",
    "request_timeout": "total_timeout",
    "response_model": "response_format",
}

#: Where else what is no option of a call is said.
_ELSEWHERE = {
    **dict.fromkeys(("api_key", "key"), "keys come from the environment or .env, under the provider's own names"),
    **dict.fromkeys(
        ("base_url", "api_base", "api_version", "organization"),
        "set it in the provider's table of models.toml, or in the variables of its SDK",
    ),
    **dict.fromkeys(
        ("model", "models"),
        'create_chat_completion() takes a model, as does route="claude-haiku-5-5" for one call of a task',
    ),
    **dict.fromkeys(
        ("fallbacks", "fallback"), 'write them in the route: route="claude-haiku-5-5,gemini-3.8-flash"'
    ),
    "stream": "use stream() or astream()",
    **dict.fromkeys(
        ("http_client", "client", "proxy", "proxies", "verify", "default_headers"),
        "pass it to the service: AIService(http_client=httpx.Client(…))",
    ),
    **dict.fromkeys(("callbacks", "observers", "on_retry"), "pass them to the service: AIService(observers=[…])"),
}


def own_form(name: str) -> str:
    """The way to a field, or to a value, that is one provider's own."""
    return f'to pass it to the provider as it is: extra_body={{"{name}": …}}'


def unknown_option_hint(name: str, known: Collection[str]) -> str:
    """What helps with an option that does not exist: its name here, or the way to the provider's own fields."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    near = known_by(name, known)
    if near and name in _OTHER_NAMES:
        return near
    return f"{near} {own_form(name)}" if near else own_form(name)


def known_by(name: str, known: Collection[str]) -> str | None:
    """The name that an option has here, or names that come near; None: there are none."""
    ours = _OTHER_NAMES.get(name)
    return f"use {ours}" if ours in known else did_you_mean(name, known)
