"""Assign, price, inspect and live-test the language models of an application.

>>> from model_manager import get_model_for_task
>>> get_model_for_task("chat").id
'claude-sonnet-5-5'
"""

from model_manager._version import __version__ as __version__

# What `typing` calls so: importing that would take longer than all else that `--version` does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from model_manager.core.calls import CallContext, CallObserver
    from model_manager.core.messages import ChatMessage, Chunk, Reply, ToolCall
    from model_manager.core.models import Model
    from model_manager.core.options import AnswerFormat, Tool
    from model_manager.core.parts import Audio, Document, Image, Text
    from model_manager.errors import ConfigurationError, ModelManagerError, ProviderError, RouteError, UsageError
    from model_manager.service.checks import CallCheck, OptionCheck
    from model_manager.service.requests import CallOptions
    from model_manager.service.service import AIService
    from model_manager.service.tasks import get_model_for_task, get_route_for_task
    from model_manager.service.token_counts import TokenCount

__all__ = [
    "AIService",
    "AnswerFormat",
    "Audio",
    "CallCheck",
    "CallContext",
    "CallObserver",
    "CallOptions",
    "ChatMessage",
    "Chunk",
    "ConfigurationError",
    "Document",
    "Image",
    "Model",
    "ModelManagerError",
    "OptionCheck",
    "ProviderError",
    "Reply",
    "RouteError",
    "Text",
    "TokenCount",
    "Tool",
    "ToolCall",
    "UsageError",
    "get_model_for_task",
    "get_route_for_task",
]

#: Where each public name is; its module is imported when the name is asked for.
_HOMES = {
    "AIService": "service.service",
    "CallCheck": "service.checks",
    "CallContext": "core.calls",
    "CallObserver": "core.calls",
    "CallOptions": "service.requests",
    "Model": "core.models",
    "OptionCheck": "service.checks",
    "TokenCount": "service.token_counts",
    "get_model_for_task": "service.tasks",
    "get_route_for_task": "service.tasks",
    **dict.fromkeys(("ChatMessage", "Chunk", "Reply", "ToolCall"), "core.messages"),
    **dict.fromkeys(("AnswerFormat", "Tool"), "core.options"),
    **dict.fromkeys(("Audio", "Document", "Image", "Text"), "core.parts"),
    **dict.fromkeys(
        ("ConfigurationError", "ModelManagerError", "ProviderError", "RouteError", "UsageError"), "errors"
    ),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
