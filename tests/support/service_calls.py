"""Applications that call the service: every way to call it, and projects whose models each have a provider."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model_manager import AIService, Reply

#: Threads and event loops, whole answers and streams.
WAYS = ("chat", "stream", "achat", "astream")


def ask(service: AIService, way: str, task: str, messages: Any = "Hello", **options: Any) -> Reply:
    """The reply of a call, whichever way it is made."""
    return chunks(service, way, task, messages, **options)[1]


def chunks(
    service: AIService, way: str, task: str, messages: Any = "Hello", **options: Any
) -> tuple[list[str], Reply]:
    """The pieces of text that came (one, of a whole answer), and the reply."""
    if way == "chat":
        reply = service.chat(task, messages, **options)
        return [reply.text], reply
    if way == "achat":
        reply = asyncio.run(service.achat(task, messages, **options))
        return [reply.text], reply
    if way == "stream":
        found = list(service.stream(task, messages, **options))
    else:
        found = asyncio.run(_all(service, task, messages, **options))
    assert [chunk.reply for chunk in found[:-1]] == [None] * (len(found) - 1)
    reply = found[-1].reply
    assert reply is not None
    assert found[-1].text == ""
    assert "".join(chunk.text for chunk in found) == reply.text
    return [chunk.text for chunk in found[:-1]], reply


async def _all(service: AIService, task: str, messages: Any, **options: Any) -> list[Any]:
    return [chunk async for chunk in service.astream(task, messages, **options)]


def project(
    directory: Path, url: str, models: Iterable[str], routes: Mapping[str, str], extra: str = "", **lines: str
) -> None:
    """A models.toml in which each model has a provider of its own at a server, and tasks have routes.

    `lines` are further lines of a model's table, by its name.
    """
    text = []
    for name in models:
        text += [f"[providers.at-{name}]", f'name = "{name.upper()}"', 'wire = "openai"', 'key = "none"']
        text += [f'base_url = "{url}/{name}"', f"[models.{name}]", f'provider = "at-{name}"']
        text += ["context_window = 100_000", lines.get(name, "")]
        text += [f"[models.{name}.price]", "input = 1", "output = 10"]
    for task, route in routes.items():
        text += [f"[tasks.{task}]", f'model = "{route}"']
    (directory / "models.toml").write_text("\n".join([*text, extra]) + "\n")
