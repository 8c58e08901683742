"""How many tokens a conversation is, by rule of thumb: one rule for every estimate, so that two of them agree."""

from collections.abc import Sequence

from model_manager.core.messages import ChatMessage
from model_manager.core.options import ChatOptions
from model_manager.core.quantities import estimate_tokens

#: What a picture of common size is billed as by most providers, to the nearest thousand.
TOKENS_PER_PICTURE = 1000


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is, in any language: see `quantities.estimate_tokens`."""
    return estimate_tokens(text.encode(errors="replace"))


def estimated_prompt(messages: Sequence[ChatMessage], options: ChatOptions | None = None) -> int:
    """About how many tokens a prompt is: its texts, pictures, calls of tools, and the tools it offers."""
    total = 0
    for message in messages:
        calls = "".join(f"{call.name}{call.arguments}" for call in message.tool_calls)
        total += estimated_tokens(message.content + calls) + TOKENS_PER_PICTURE * len(message.images)
    for tool in options.tools if options else ():
        total += estimated_tokens(f"{tool.name}{tool.description}{tool.parameters}")
    return total
