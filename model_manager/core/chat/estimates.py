"""How many tokens a conversation is, by rule of thumb: one rule for every estimate, so that two of them agree."""

import re
from collections.abc import Sequence

from model_manager.core.messages import ChatMessage
from model_manager.core.options import ChatOptions
from model_manager.core.parts import Audio, Document
from model_manager.core.quantities import estimate_tokens

#: What a picture of common size is billed as by most providers, to the nearest thousand.
TOKENS_PER_PICTURE = 1000
#: A page of a PDF: its text, and at many providers a picture of it; Anthropic's documentation has 1,500 to 3,000.
TOKENS_PER_PAGE = 2000
#: Google bills 32 tokens a second; a second of MP3 is 16 kB.
_BYTES_PER_AUDIO_TOKEN = 500
_PAGE = re.compile(rb"/Type\s*/Page\b")


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is, in any language: see `quantities.estimate_tokens`."""
    return estimate_tokens(text.encode(errors="replace"))


def file_tokens(file: Document | Audio) -> int:
    """About how many tokens a PDF is, by its pages, or a sound, by its length."""
    if isinstance(file, Audio):
        return len(file.content) // _BYTES_PER_AUDIO_TOKEN
    return TOKENS_PER_PAGE * pages_of(file)


def pages_of(document: Document) -> int:
    """About how many pages a PDF has: those that it names outside of its compressed parts, at least one.

    Newer PDFs compress their page tree too: then a page for every 100 kB is assumed.
    """
    named = len(_PAGE.findall(document.content))
    return max(1, named or len(document.content) // 100_000)


def estimated_prompt(messages: Sequence[ChatMessage], options: ChatOptions | None = None) -> int:
    """About how many tokens a prompt is: its texts, pictures, calls of tools, and the tools it offers."""
    total = 0
    for message in messages:
        calls = "".join(f"{call.name}{call.arguments}" for call in message.tool_calls)
        total += estimated_tokens(message.content + calls) + TOKENS_PER_PICTURE * len(message.images)
        total += sum(file_tokens(part) for part in message.parts if isinstance(part, Document | Audio))
    for tool in options.tools if options else ():
        total += estimated_tokens(f"{tool.name}{tool.description}{tool.parameters}")
    return total
