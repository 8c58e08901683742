"""Assign, price, inspect and live-test the language models of an application.

>>> from model_manager import get_model_for_task
>>> get_model_for_task("chat").id
'claude-sonnet-5-5'

Types of words can be listed:

>>> from typing import get_args
>>> from model_manager import ErrorKind, FinishReason, Role
>>> get_args(Role)
('system', 'user', 'assistant', 'tool')
>>> get_args(FinishReason)
('stop', 'length', 'tool_calls', 'content_filter')
>>> "rate_limit" in get_args(ErrorKind)
True

Functions of an application that hand messages and options on can say so:

>>> from model_manager import AIService, Messages, Part, Reasoning
>>> def ask(service: AIService, messages: Messages, effort: Reasoning = "low") -> str:
...     return service.chat("chat", messages, reasoning=effort).text
>>> def about(part: Part) -> Messages:
...     return [("user", ["What is it about?", part])]

All errors are `ModelManagerError`s; those of files and settings are `ConfigurationError`s:

>>> from model_manager import CatalogueError, ConfigurationError, EnvFileError, LedgerError, SettingsError
>>> from model_manager import AssignmentRefusedError
>>> kinds = (CatalogueError, EnvFileError, LedgerError, SettingsError, AssignmentRefusedError)
>>> [issubclass(kind, ConfigurationError) for kind in kinds]
[True, True, True, True, False]
"""

from model_manager._version import __version__ as __version__

# What `typing` calls so: importing that would take longer than all else that `--version` does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from model_manager.core.answer_details import Citation, TokenLogprob, ToolCallDelta
    from model_manager.core.calls import CallContext, CallObserver
    from model_manager.core.chat.conversation import Messages
    from model_manager.core.messages import ChatMessage, Chunk, FinishReason, Reply, Role, ToolCall
    from model_manager.core.models import Model
    from model_manager.core.options import AnswerFormat, Tool
    from model_manager.core.parts import Audio, Document, Image, Part, Text
    from model_manager.core.pricing import Usage
    from model_manager.core.routing.grammar import Route
    from model_manager.errors import (
        AssignmentRefusedError,
        CatalogueError,
        ConfigurationError,
        EnvFileError,
        ErrorKind,
        LedgerError,
        ModelManagerError,
        ProviderError,
        RouteError,
        RouteSyntaxError,
        SettingsError,
        UnknownNameError,
        UsageError,
    )
    from model_manager.service.checks import CallCheck, OptionCheck
    from model_manager.service.requests import CallOptions, Reasoning
    from model_manager.service.service import AIService
    from model_manager.service.tasks import get_model_for_task, get_route_for_task
    from model_manager.service.token_counts import TokenCount

__all__ = [
    "AIService",
    "AnswerFormat",
    "AssignmentRefusedError",
    "Audio",
    "CallCheck",
    "CallContext",
    "CallObserver",
    "CallOptions",
    "CatalogueError",
    "ChatMessage",
    "Chunk",
    "Citation",
    "ConfigurationError",
    "Document",
    "EnvFileError",
    "ErrorKind",
    "FinishReason",
    "Image",
    "LedgerError",
    "Messages",
    "Model",
    "ModelManagerError",
    "OptionCheck",
    "Part",
    "ProviderError",
    "Reasoning",
    "Reply",
    "Role",
    "Route",
    "RouteError",
    "RouteSyntaxError",
    "SettingsError",
    "Text",
    "TokenCount",
    "TokenLogprob",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "UnknownNameError",
    "Usage",
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
    "Messages": "core.chat.conversation",
    "Model": "core.models",
    "OptionCheck": "service.checks",
    "TokenCount": "service.token_counts",
    "get_model_for_task": "service.tasks",
    "get_route_for_task": "service.tasks",
    "Reasoning": "service.requests",
    "Route": "core.routing.grammar",
    "Usage": "core.pricing",
    **dict.fromkeys(("Citation", "TokenLogprob", "ToolCallDelta"), "core.answer_details"),
    **dict.fromkeys(("ChatMessage", "Chunk", "FinishReason", "Reply", "Role", "ToolCall"), "core.messages"),
    **dict.fromkeys(("AnswerFormat", "Tool"), "core.options"),
    **dict.fromkeys(("Audio", "Document", "Image", "Part", "Text"), "core.parts"),
    **dict.fromkeys((name for name in __all__ if name.endswith("Error")), "errors"),
    "ErrorKind": "errors",
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
