"""What the code around a model's name says: the variable that wins over it, its function, and what that uses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_FUNCTION = re.compile(
    r"^\s*(?:export\s+)?(?:default\s+)?(?:"
    r"(?:async\s+)?def\s+(?:self\.)?(\w+)|(?:async\s+)?function\s*\*?\s*(\w+)|func\s+(?:\([^)]*\)\s*)?(\w+)"
    r"|(?:pub\s+)?(?:async\s+)?fn\s+(\w+)|(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?(?:\([^)]*\)|\w+)[^=]*=>"
    r"|(?:(?:public|private|protected|static|async|override|suspend|internal)\s+)+(?:[\w<>\[\],?.]+\s+)?(\w+)\s*\("
    r"|(?:abstract\s+)?class\s+(\w+))"
)
_ASSIGNED = re.compile(
    r"""([A-Za-z_]\w*)\\?["']?\]?\??\s*(?::\s*[\w\[\]. |<>]+)?\s*"""
    r"""(?::=|=>|=|:|\?\?|\|\|)\s*(?:\w+\()?[fbru]?\\?["'`]?$"""
)
_FLAG = re.compile(r"""["']--([\w-]+)["']""")
#: The beginning of a value of several lines.
_OPENED = re.compile(r"""([A-Za-z_]\w*)["']?\s*(?::\s*[\w\[\]. |]+)?\s*[:=]\s*[\w.]*\s*[({\[]$""")
_MOST_OPENED = 12
_READS_VARIABLE = re.compile(
    r"""(?:get_?env\w*|env_?or\w*|environ(?:\.get)?|process\.env|import\.meta\.env|lookup_?env|env(?:::var|\.fetch|\.get(?:_?or\w*)?)?"""
    r"""|GetEnvironmentVariable|config)\s*[.(\[]+\s*["']?([A-Z][A-Z0-9_]{2,})\b""",
    re.IGNORECASE,
)
_SETS_VARIABLE = re.compile(
    r"""\b([A-Z][A-Z0-9_]{2,})["']?\s*(?::-|[:=])\s*["']?$|\bENV\s+([A-Z][A-Z0-9_]+)\s+$"""
)
#: The key of a table of defaults, as settings of the environment are called.
_DEFAULT_OF_VARIABLE = re.compile(
    r"""["']([A-Z][A-Z0-9]*_(?:[A-Z0-9]+_)*(?:MODEL|LLM|MODEL_NAME))["']\s*(?::|=>)\s*["']$"""
)
#: What of a call needs which capability.
_NEEDS = {
    "streaming": r"""\bstream(?:ing)?\s*[=:]\s*[Tt]rue\b|["']stream["']\s*:\s*[Tt]rue|\.stream\("""
    r"""|\bstreamText\b|\bstreamObject\b|streamGenerateContent|\bastream\b|StreamingFunc|CreateChatCompletionStream""",
    "function-calling": r"""\btools\s*[=:]|["']tools["']\s*:|\btool_choice\b|\bbind_tools\b|\bWithTools\b"""
    r"""|\bfunction_call\b|\bfunctions\s*=|\btoolChoice\b""",
    "structured-output": r"""\bresponse_format\b|\bjson_schema\b|with_structured_output|\bgenerateObject\b"""
    r"""|\bresponse_schema\b|\bresponseSchema\b|\bWithJSONMode\b|\.beta\.chat\.completions\.parse""",
    "vision": r"""\bimage_url\b|\binput_image\b|["']type["']\s*:\s*["']image["']|\binline_data\b|ImageURLPart"""
    r"""|\bimageUrl\b|BinaryPart""",
}
_COMPILED = tuple((capability, re.compile(pattern)) for capability, pattern in _NEEDS.items())
#: How far from a name the code is looked at that has no function around it, and the most of a function.
_NEAR, _LONGEST = 15, 150


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a model's name.

    Attributes:
        variable: the environment variable that wins over it, or that it is the value of.
        assigned: the variables, fields or parameters that it is given to, the nearest first.
        functions: the functions and classes around it, the nearest first.
        needs: capabilities that the code there uses.
    """

    variable: str | None
    assigned: tuple[str, ...]
    functions: tuple[str, ...]
    needs: tuple[str, ...]


def surroundings(lines: Sequence[str], line: int, column: int, *, is_config: bool = False) -> Surroundings:
    """What stands around a name at a line and a column, both counted from 1."""
    index = line - 1
    left = lines[index][: column - 1]
    functions, start = _around(lines, index)
    end = min(len(lines), start + _LONGEST)
    if start < index and functions:
        indent = _indent(lines[start])
        end = next((at for at in range(index + 1, end) if lines[at].strip() and _indent(lines[at]) <= indent), end)
    else:
        start, end = max(0, index - _NEAR), min(len(lines), index + _NEAR)
    body = "\n".join(lines[start:end])
    needs = tuple(capability for capability, pattern in _COMPILED if pattern.search(body))
    variable = _variable(lines, index, left, is_config=is_config)
    return Surroundings(variable, tuple(_assigned(lines, index, left)), functions, needs)


def _assigned(lines: Sequence[str], index: int, left: str) -> Iterator[str]:
    """The names that a value is given to: on its line, and where a value of several lines around it begins."""
    if flags := _FLAG.findall(left):
        yield flags[-1]
    if match := _ASSIGNED.search(left):
        yield match[1]
    indent = _indent(lines[index])
    for at in range(index - 1, max(-1, index - _MOST_OPENED), -1):
        text = lines[at].rstrip()
        if text and _indent(text) < indent:
            indent = _indent(text)
            if match := _OPENED.search(text):
                yield match[1]


def _variable(lines: Sequence[str], index: int, left: str, *, is_config: bool) -> str | None:
    """The environment variable that is read or set right before a name."""
    before = lines[index - 1].rstrip() if index else ""
    goes_on = before.endswith(("(", ",", "??", "||", "or"))
    reads = [*_READS_VARIABLE.finditer(left)] or [*_READS_VARIABLE.finditer(before + left if goes_on else "")]
    if reads:
        return next((read[1] for read in reversed(reads) if read[1].isupper()), None)
    if is_config and (sets := _SETS_VARIABLE.search(left)):
        return sets[1] or sets[2]
    default = _DEFAULT_OF_VARIABLE.search(left)
    return default[1] if default else None


def _around(lines: Sequence[str], index: int) -> tuple[tuple[str, ...], int]:
    """The functions and classes around a line, the nearest first, and where the nearest begins."""
    found: list[str] = []
    start, indent = index, _indent(lines[index])
    for at in range(index, max(-1, index - 2000), -1):
        text = lines[at]
        if not text.strip() or (_indent(text) >= indent and at != index):
            continue
        if match := _FUNCTION.match(text):
            found.append(next(filter(None, match.groups())))
            start = at if len(found) == 1 else start
        indent = _indent(text) if at != index else indent
        if indent == 0:
            break
    return tuple(found), start


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
