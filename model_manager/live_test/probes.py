"""The prompts of `test --probe`, and what each answer proves: no calls, no catalogue."""

import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model_manager.core.messages import ChatMessage, Reply
from model_manager.core.models import Model
from model_manager.core.options import AnswerFormat, ChatOptions, Tool
from model_manager.core.parts import Image

#: Most output tokens of a probe; a model that reasons, or may, spends hundreds before the first visible one.
MAX_TOKENS = 256
MAX_TOKENS_REASONING = 1024
#: Not the default, for some models accept the default and nothing else.
TEMPERATURE = 0.5
#: Services refuse pictures of a few pixels.
_IMAGE_SIDE = 256
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The colours of the picture's halves: two, so that a guess does not pass.
_GREEN, _YELLOW = b"\x00\x80\x00", b"\xff\xff\x00"
_LONGEST_EVIDENCE = 80
#: How `providers.fitting` begins when it sends a request once more without what a provider refused.
_DROPPED = "retried without the temperature"
_PASSWORD = "PINEAPPLE"  # noqa: S105 - a word to look for


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeAnswer:
    """A reply, in how many pieces its text came, and what was said about the request on the way."""

    reply: Reply
    pieces: int = 0
    notices: tuple[str, ...] = ()

    @property
    def excerpt(self) -> str:
        """The beginning of the text on one line, in quotes."""
        line = " ".join(self.reply.text.split())
        return f'"{line if len(line) <= _LONGEST_EVIDENCE else line[:_LONGEST_EVIDENCE] + "…"}"'


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model can do something (None: the answer does not tell), and what shows it."""

    found: bool | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One call, and what it can prove: a judge of the answer for each capability."""

    prompt: str
    judges: Mapping[str, Callable[[ProbeAnswer], Verdict]]
    system: str | None = None
    images: tuple[Image, ...] = ()
    options: ChatOptions = field(default_factory=lambda: ChatOptions(stream=False))

    @property
    def name(self) -> str:
        """The capability that the probe is about."""
        return next(iter(self.judges))

    @property
    def messages(self) -> list[ChatMessage]:
        """The messages that are sent."""
        system = [ChatMessage("system", self.system)] if self.system else []
        return [*system, ChatMessage("user", self.prompt, self.images)]


def output_limit(model: Model) -> int:
    """The most output tokens that a probe of a model asks for."""
    limit = MAX_TOKENS if model.has("reasoning") is False else MAX_TOKENS_REASONING
    return min(limit, model.max_output or limit)


def flag(side: int = _IMAGE_SIDE) -> bytes:
    """A PNG whose left half is green and whose right half is yellow."""
    row = b"\x00" + _GREEN * (side // 2) + _YELLOW * (side - side // 2)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side, 9)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _streaming(answer: ProbeAnswer) -> Verdict:
    if answer.reply.ttft_ms is None:
        return Verdict(found=False, evidence="got one document instead of a stream")
    if answer.pieces > 1:
        return Verdict(found=True, evidence=f"text in {answer.pieces} events, then the end mark")
    return Verdict(found=False, evidence="all text in one event")


def _stream_usage(answer: ProbeAnswer) -> Verdict:
    usage = answer.reply.usage
    if usage.input_tokens is None and usage.output_tokens is None:
        return Verdict(found=False, evidence="the stream reports no usage")
    return Verdict(found=True, evidence=f"{usage.input_tokens} tokens in, {usage.output_tokens} out")


def _system_prompt(answer: ProbeAnswer) -> Verdict:
    # The last word: some write their thoughts before it, and an echo of the prompt is no obedience.
    words = re.findall(r"\w+", answer.reply.text.upper())
    if words and words[-1] == _PASSWORD:
        return Verdict(found=True, evidence=f"answered {answer.excerpt} as instructed")
    return _failed(answer, f"answered {answer.excerpt} instead of {_PASSWORD}")


def _structured(answer: ProbeAnswer) -> Verdict:
    person = _json_object(answer.reply.text)
    if person is None:
        return _failed(answer, f"not a JSON object: {answer.excerpt}")
    if _fits_person(person):
        return Verdict(found=True, evidence=f"fits the schema: {answer.excerpt}")
    return _failed(answer, f"JSON that does not fit the schema: {answer.excerpt}")


def _fits_person(person: Mapping[str, Any]) -> bool:
    """Whether this is what `_PERSON` asks for; the one schema needs no validator."""
    name, age = person.get("name"), person.get("age")
    return set(person) == {"name", "age"} and isinstance(name, str) and isinstance(age, int) and age is not True


def _function_calling(answer: ProbeAnswer) -> Verdict:
    calls = answer.reply.tool_calls
    if not calls:
        return _failed(answer, f"no tool call, but {answer.excerpt}")
    call = calls[0]
    arguments = _json_object(call.arguments)
    words = " ".join(f"{call.name}({call.arguments})".split())[:_LONGEST_EVIDENCE]
    if call.name == _WEATHER.name and arguments and isinstance(arguments.get("city"), str):
        return Verdict(found=True, evidence=f"called {words}")
    return _failed(answer, f"a call that does not fit the tool: {words}")


def _vision(answer: ProbeAnswer) -> Verdict:
    said = answer.reply.text.lower()
    if "green" in said and "yellow" in said:
        return Verdict(found=True, evidence=f"saw the colours: {answer.excerpt}")
    return _failed(answer, f"did not see green and yellow: {answer.excerpt}")


def _temperature(answer: ProbeAnswer) -> Verdict:
    dropped = next((notice for notice in answer.notices if notice.startswith(_DROPPED)), None)
    if dropped:
        return Verdict(found=False, evidence=dropped)
    return Verdict(found=True, evidence=f"a temperature of {TEMPERATURE} was accepted")


def _failed(answer: ProbeAnswer, evidence: str) -> Verdict:
    """A negative verdict, unless the answer was cut short before it could prove anything."""
    return Verdict(None if answer.reply.finish_reason == "length" else False, evidence)


def _json_object(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


_WEATHER = Tool(
    name="get_weather",
    description="The current weather in a city.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The name of the city"}},
        "required": ["city"],
    },
)
_PERSON = AnswerFormat(
    name="person",
    schema={
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
)
#: In the order in which they are sent: the first also shows whether the model answers at all.
PROBES = (
    Probe(
        prompt="Count from 1 to 40 in digits, separated by spaces. Write nothing else.",
        judges={"streaming": _streaming, "stream-usage": _stream_usage},
        options=ChatOptions(stream=True),
    ),
    Probe(
        prompt="What is two plus two?",
        system=f"Whatever the user says, answer with the one word {_PASSWORD} and nothing else.",
        judges={"system-prompt": _system_prompt},
    ),
    Probe(
        prompt="Anna is 31 years old. Who is this about?",
        judges={"structured-output": _structured},
        options=ChatOptions(stream=False, answer_format=_PERSON),
    ),
    Probe(
        prompt="What is the weather in Paris now? Use the tool get_weather.",
        judges={"function-calling": _function_calling},
        options=ChatOptions(stream=False, tools=(_WEATHER,)),
    ),
    Probe(
        prompt="Which two colours has this picture? Name the colour of its left half, then of its right.",
        images=(Image(flag()),),
        judges={"vision": _vision},
    ),
    Probe(
        prompt="Say hello.",
        judges={"temperature": _temperature},
        options=ChatOptions(stream=False, temperature=TEMPERATURE),
    ),
)
