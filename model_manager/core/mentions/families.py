"""How ids of well-known families of models look, so that those the catalogue does not have are noticed too."""

import re

#: A family's ids as vendors write them. Each begins with a version, or a word that only models have:
#: `claude-code`, `gemini-cli`, `llama-index` and `gpt-engineer` are programs.
_FAMILIES = (
    r"gpt-\d[\w.-]*",
    r"chatgpt-\d[\w.-]*",
    r"o\d-(?:mini|preview|pro|deep-research)[\d-]*",
    r"(?:text|code)-davinci-\d+",
    r"claude-(?:\d|instant|v\d|(?:opus|sonnet|haiku|fable|mythos)-\d)[\w.:-]*",
    r"gemini-(?:\d|pro|ultra|flash|exp)[\w.-]*",
    r"gemma-?\d[\w.:-]*",
    r"(?:code)?llama-?\d[\w.:-]*",
    r"(?:open-)?mistral-(?:large|medium|small|tiny|nemo|saba|\d+b)[\w.:-]*",
    r"(?:open-)?mixtral-\d[\w.:-]*",
    r"ministral-\d[\w.-]*",
    r"(?:codestral|devstral|magistral|pixtral)-(?:latest|large|medium|small|\d)[\w.-]*",
    r"grok-(?:\d|beta|vision|code|build)[\w.-]*",
    r"deepseek-(?:chat|coder|reasoner|flash|[rv]\d)[\w.:-]*",
    r"(?:qwen-?\d|qwen-(?:max|plus|turbo|flash|long|coder|vl)|qwq-\d)[\w.:-]*",
    r"command-(?:r|a|light|nightly)(?:[\w]*-[\w.-]+|7b[\w.-]*|\+)?",
    r"(?:kimi-(?:k\d|latest)|moonshot-v\d)[\w.-]*",
    r"glm-\d[\w.-]*",
    r"sonar-(?:pro|reasoning|deep-research)[\w-]*",
    r"minimax-m\d[\w.-]*",
    r"phi-?[2-9](?:[.:-][\w.:-]*)?",
    r"nova-(?:micro|lite|pro|premier)-v\d[\w.:-]*",
)
#: The letters that an id of a family can begin with: what a search looks for before it looks closer.
STEMS = (
    "gpt-", "chatgpt-", "o1", "o2", "o3", "o4", "o5", "text-davinci", "code-davinci", "claude-", "gemini-",
    "gemma", "llama", "codellama", "mistral", "open-mi", "mixtral", "ministral", "codestral", "devstral",
    "magistral", "pixtral", "grok-", "deepseek-", "qwen", "qwq-", "command-", "kimi-", "moonshot-", "glm-",
    "sonar-", "minimax-", "phi", "nova-",
    # Clouds put the vendor, and some a region, before a name.
    "anthropic.claude", "meta.llama", "mistral.m", "cohere.command", "amazon.nova", "deepseek.",
    "us.", "eu.", "apac.", "global.", "us-gov.", "jp.", "au.", "ca.",
)  # fmt: skip
_ID = re.compile("|".join(f"(?:{family})" for family in _FAMILIES))
#: Parts of names that are no chat model: other kinds of models, and packages and files named after one.
_OTHER = re.compile(
    r"(?:^|[-_./])(?:embed\w*|image\w*|audio|tts|transcribe|realtime|whisper|moderation|rerank\w*|live|speech"
    r"|encoder|tokenizer|tokens|template|parser|index|cpp|guard|test|example|icon|logo)(?:[-_./]|$)"
)
_FILE = re.compile(
    r"\.(?:py|js|ts|tsx|jsx|mjs|go|rs|md|mdx|txt|json|jsonl|yaml|yml|toml|svg|png|jpe?g|webp|gif|html?|css|csv|gguf"
    r"|bin|pth?|safetensors|pdf|sh|zip|ipynb|mp4|com|ai)$"
)


def is_family_id(name: str) -> bool:
    """Whether a name, without a provider before it, looks like the id of a chat model of a well-known family."""
    if name.endswith((".", "-", "_", ":", "*")):
        return False  # what ids begin with, as a program compares them
    return bool(_ID.fullmatch(name)) and not is_no_chat_model(name)


def is_no_chat_model(name: str) -> bool:
    """Whether a name is a file's, a package's or that of a model that does not chat."""
    folded = name.lower()
    return bool(_OTHER.search(folded) or _FILE.search(folded))
