"""Names of tasks and their purposes, from the names that stand around a model in code."""

import re
from collections.abc import Iterable, Sequence

#: The task of an application that does not say what it uses a model for.
COMMON_TASK = "chat"
_MOST_WORDS = 4
#: Words that say that a model is meant, not what for.
_MODEL_WORDS = frozenset(
    """model models llm llms name names id ids default defaults engine deployment gpt chatgpt claude
    openai anthropic gemini google vertex azure bedrock mistral ollama groq llama deepseek qwen grok
    xai openrouter litellm ai api key opus sonnet haiku turbo mini nano flash lite the a an my our
    use used using with current base str string value type slug const var let self this env
    environment var variable fallback primary preferred chosen selected o1 o3 o4 langchain oai
    provider providers service preview latest settings config configuration options params kwargs payload body
    request response completion message messages result results data""".split()  # noqa: SIM905 - read by people
)
#: Words of functions and files that do anything.
_COMMON_WORDS = _MODEL_WORDS | frozenset(
    """get set run main init create call calls invoke new build make setup handle handler handlers test
    execute do load fetch client clients response responses completion completions config configs
    configuration settings constants app application index util utils helper helpers common lib src
    core server page layout route routes router types example examples init package module pkg cmd
    internal backend frontend web www post put delete return options option args params parameters
    request requests from to of and for in on by is internal local notebook script scripts process
    start instance factory wrapper generic list lists hosted item items entry field docs doc on
    template root""".split()  # noqa: SIM905 - read by people
)
_PLAIN = frozenset({"model", "name", "id", "llm"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words_of(name: str) -> list[str]:
    """The words of an identifier: `generateTitle`, `generate_title` and `GENERATE-TITLE` are the same."""
    return [word.lower() for word in _WORD.findall(name)]


def names_of_path(path: str) -> list[str]:
    """The names of a file, without its suffix, and of the directories around it, the nearest first."""
    *directories, file = path.split("/")
    return [file.partition(".")[0] or file, *reversed(directories)]


def from_variable(name: str | None) -> str | None:
    """A task's name from that of a variable or a field; None: it says nothing but that it is a model's."""
    return _joined(words_of(name or ""), _MODEL_WORDS)


def is_plain(name: str) -> bool:
    """Whether a variable's name, such as `MODEL_NAME`, could be that of many a constant too."""
    return _PLAIN.issuperset(words_of(name))


def from_place(names: Iterable[str]) -> str:
    """A task's name from those of functions, files and directories, the nearest first."""
    found = (_joined(words_of(name), _COMMON_WORDS) for name in names)
    return next(filter(None, found), COMMON_TASK)


def purpose_of(task: str) -> str:
    """A purpose in words, which its owner can say better."""
    words = task.rstrip("_0123456789").replace("_", " ")
    return COMMON_PURPOSE if words == COMMON_TASK else words.capitalize()


COMMON_PURPOSE = "Conversations"


def default_variable(task: str) -> str:
    """The variable that assigns a task's model unless the task names one."""
    return f"AI_{task.upper()}_MODEL"


def unique(name: str, others: Sequence[str], taken: Iterable[str]) -> str:
    """The name, or with words of other names behind it, or a number, so that it is none of those taken."""
    taken = set(taken)
    more = [
        f"{name}_{word}" for other in others for word in words_of(other) if word not in _COMMON_WORDS and word[1:]
    ]
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    fresh = (one for one in (name, *dict.fromkeys(more)) if one not in taken and not one.endswith(f"_{name}"))
    return next(fresh, None) or next(one for one in numbered if one not in taken)


def _joined(words: Sequence[str], without: frozenset[str]) -> str | None:
    kept = [word for word in words if word not in without and not word.isdigit() and len(word) > 1]
    return "_".join(kept[:_MOST_WORDS]) or None
