"""The headers of a response that an application may want to see, and those that name who has answered."""

from collections.abc import Mapping

#: In the names of headers about limits of rates and what is left of them: x-ratelimit-*, anthropic-ratelimit-*, …
_LIMITS = "ratelimit"
#: Times, places and versions.
_KEPT = frozenset(
    {
        *("retry-after", "retry-after-ms", "openai-processing-ms", "openai-version", "server-timing"),
        *("x-envoy-upstream-service-time", "x-groq-region", "x-ms-region", "x-inference-time", "x-compute-time"),
        *("x-litellm-response-duration-ms", "x-litellm-model-id", "x-inference-provider", "x-gemini-service-tier"),
        *("cf-ray", "x-cache", "x-vercel-id"),
    }
)
_UPSTREAM = ("x-inference-provider", "x-portkey-provider", "llm_provider")
_TIER = ("x-gemini-service-tier",)


def kept_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers for applications; `headers` have names in lower case."""
    return {name: value for name, value in headers.items() if name in _KEPT or _LIMITS in name}


def upstream_of(headers: Mapping[str, str]) -> str | None:
    """The provider that a gateway has sent the request to."""
    return next((headers[name] for name in _UPSTREAM if headers.get(name)), None)


def tier_of(headers: Mapping[str, str]) -> str | None:
    """The tier in which the request was served."""
    return next((headers[name] for name in _TIER if headers.get(name)), None)
