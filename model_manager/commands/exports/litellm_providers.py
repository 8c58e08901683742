"""LiteLLM's names for our providers, and where it calls them by itself (LiteLLM 1.110)."""

from dataclasses import dataclass

from model_manager.core.models import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class LitellmProvider:
    """A provider as LiteLLM has it.

    Attributes:
        prefix: what stands before the model's id.
        wire: the wire of ours that it speaks.
        base_urls: base URLs in our form that it uses by itself: they are not written.
        suffix: what its `api_base` ends in beyond our base URL.
        removed: what its `api_base` lacks at the end of our base URL.
        placeholder_key: whether a key must be written where none is needed.
        settings: further parameters of its deployments.
    """

    prefix: str
    wire: str = "openai"
    base_urls: tuple[str, ...] = ()
    suffix: str = ""
    removed: str = ""
    placeholder_key: bool = False
    settings: tuple[tuple[str, str], ...] = ()

    def api_base(self, base_url: str) -> str | None:
        """What to write for a base URL; None: LiteLLM calls it by itself."""
        if base_url.rstrip("/") in self.base_urls:
            return None
        return base_url.rstrip("/").removesuffix(self.removed) + self.suffix


#: By the ids of the embedded catalogue. Hugging Face is not among them: LiteLLM would count its calls as free.
PROVIDERS = {
    "anthropic": LitellmProvider(prefix="anthropic", wire="anthropic", base_urls=("https://api.anthropic.com",)),
    "openai": LitellmProvider(prefix="openai", base_urls=("https://api.openai.com/v1",)),
    "openai-responses": LitellmProvider(
        prefix="openai/responses", wire="openai-responses", base_urls=("https://api.openai.com/v1",)
    ),
    "groq": LitellmProvider(prefix="groq", base_urls=("https://api.groq.com/openai/v1",)),
    "google": LitellmProvider(
        prefix="gemini",
        wire="gemini",
        base_urls=("https://generativelanguage.googleapis.com",),
        suffix="/v1beta",
    ),
    "mistral": LitellmProvider(prefix="mistral", base_urls=("https://api.mistral.ai/v1",)),
    "xai": LitellmProvider(prefix="xai", base_urls=("https://api.x.ai/v1",)),
    "deepseek": LitellmProvider(prefix="deepseek"),
    "cerebras": LitellmProvider(prefix="cerebras", base_urls=("https://api.cerebras.ai/v1",)),
    "together": LitellmProvider(prefix="together_ai", base_urls=("https://api.together.ai/v1",)),
    "openrouter": LitellmProvider(prefix="openrouter", base_urls=("https://openrouter.ai/api/v1",)),
    "ollama": LitellmProvider(prefix="ollama_chat", wire="ollama"),
    "moonshotai": LitellmProvider(prefix="moonshot", base_urls=("https://api.moonshot.ai/v1",)),
    "zai": LitellmProvider(prefix="zai", base_urls=("https://api.z.ai/api/paas/v4",)),
    "lmstudio": LitellmProvider(prefix="lm_studio"),
    # The v1 API; LiteLLM adds the path.
    "azure": LitellmProvider(prefix="azure", removed="/openai/v1", settings=(("api_version", "v1"),)),
    "fireworks": LitellmProvider(prefix="fireworks_ai", base_urls=("https://api.fireworks.ai/inference/v1",)),
    "perplexity": LitellmProvider(prefix="perplexity", base_urls=("https://api.perplexity.ai",)),
    "nvidia": LitellmProvider(prefix="nvidia_nim", base_urls=("https://integrate.api.nvidia.com/v1",)),
    "alibaba": LitellmProvider(
        prefix="dashscope", base_urls=("https://dashscope.aliyuncs.com/compatible-mode/v1",)
    ),
    "minimax": LitellmProvider(prefix="minimax", base_urls=("https://api.minimax.io/v1",)),
    "vercel": LitellmProvider(prefix="vercel_ai_gateway", base_urls=("https://ai-gateway.vercel.sh/v1",)),
    "vllm": LitellmProvider(prefix="hosted_vllm"),
    "llamacpp": LitellmProvider(prefix="llamafile", base_urls=("http://127.0.0.1:8080/v1",)),
    "litellm": LitellmProvider(prefix="litellm_proxy", placeholder_key=True),
}
#: The same for those whose URL LiteLLM makes itself, of an account or a region, or for another API than ours.
#: Where a variable names their URL, it is called as any other service of its wire.
WITHOUT_URL = {
    "bedrock": LitellmProvider(prefix="bedrock", settings=(("aws_region_name", "os.environ/AWS_REGION"),)),
    "bedrock-anthropic": LitellmProvider(
        prefix="bedrock", wire="anthropic", settings=(("aws_region_name", "os.environ/AWS_REGION"),)
    ),
    "cloudflare": LitellmProvider(prefix="cloudflare"),
    "cohere": LitellmProvider(prefix="cohere_chat"),
}
#: Any other service, by its wire.
BY_WIRE = {
    "openai": LitellmProvider(prefix="openai", placeholder_key=True),
    "openai-responses": LitellmProvider(prefix="openai/responses", wire="openai-responses", placeholder_key=True),
    "anthropic": LitellmProvider(prefix="anthropic", wire="anthropic", placeholder_key=True),
    "gemini": LitellmProvider(prefix="gemini", wire="gemini", suffix="/v1beta", placeholder_key=True),
    "ollama": LitellmProvider(prefix="ollama_chat", wire="ollama"),
}


def litellm_provider(
    provider: Provider, base_url: str | None, *, is_overridden: bool
) -> tuple[LitellmProvider, str | None]:
    """A provider as LiteLLM has it, and what to write as `api_base`, if anything.

    Args:
        provider: ours.
        base_url: the one in force; None: there is none on this machine.
        is_overridden: whether a variable names it.
    """
    special = WITHOUT_URL.get(provider.id)
    if special and special.wire == provider.wire and not is_overridden:
        return special, None
    found = PROVIDERS.get(provider.id)
    if found is None or found.wire != provider.wire:
        # Another account of a provider, or a name of the user's for one.
        same = (one for one in PROVIDERS.values() if one.wire == provider.wire and base_url in one.base_urls)
        found = next(same, BY_WIRE[provider.wire])
    if base_url is None:
        return found, f"os.environ/{provider.base_url_env}"
    return found, found.api_base(base_url)
