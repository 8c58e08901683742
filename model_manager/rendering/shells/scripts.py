"""The completion script of each shell: its template, filled with the command line as it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from zlib import crc32

from model_manager.commands.completion import Command, CommandLine, Option

_HERE = Path(__file__).parent


def script_of(shell: str, line: CommandLine) -> str:
    """The script for a shell; its stamp, a checksum of the rest, tells an installed one to be old."""
    names = " ".join(command.name for command in line.commands)
    values = {"COMMAND_NAMES": names, "REPEATABLE": " | ".join(_repeatable(line)), **_FILLERS[shell](line)}
    return _fill(
        f"{shell}.template", {**values, "STAMP": f"{crc32(_fill(f'{shell}.template', values).encode()):08x}"}
    )


def _fill(template: str, values: Mapping[str, str]) -> str:
    """A template's text with each @NAME@ replaced."""
    text = (_HERE / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _everywhere(line: CommandLine) -> tuple[Command, ...]:
    """The commands, and before them, as one without a name, what stands before a command."""
    return (Command(name="", help="", options=line.options), *line.commands)


def _case_of(command: Command) -> str:
    """A command's name as a pattern of a shell."""
    return command.name or "''"


def _named_options(command: Command) -> Iterator[tuple[str, Option]]:
    """Each name of each option."""
    return ((name, option) for option in command.options for name in option.names)


def _valued_options(line: CommandLine) -> Iterator[tuple[Command, Option]]:
    """Each option that takes something, with its command."""
    return (
        (command, option) for command in _everywhere(line) for option in command.options if option.kind != "flag"
    )


def _repeatable(line: CommandLine) -> list[str]:
    """The names of options that may be given more than once."""
    options = (pair for command in _everywhere(line) for pair in _named_options(command))
    return sorted({name for name, option in options if option.repeatable})


def _posix_kinds(line: CommandLine) -> str:
    """The cases of bash and zsh that set `kind` and `choices` for each command and option."""
    cases = []
    for command, option in _valued_options(line):
        patterns = "|".join(f"{command.name}:{name}" for name in option.names)
        choices = f" choices=({' '.join(option.choices)})" if option.choices else ""
        cases.append(f"        {patterns}) kind={option.kind}{choices} ;;")
    return "\n".join(cases)


def _posix_words(line: CommandLine, variable: str) -> str:
    """The cases of bash and zsh that say what the words behind each command are."""
    return "\n".join(f"        {command.name}) {variable}={command.words} ;;" for command in line.commands)


def _bash(line: CommandLine) -> dict[str, str]:
    def options(command: Command) -> str:
        return f"        {_case_of(command)}) options=({' '.join(name for name, _ in _named_options(command))}) ;;"

    return {
        "COMMANDS": " ".join(command.name for command in line.commands),
        "OPTIONS": "\n".join(map(options, _everywhere(line))),
        "KINDS": _posix_kinds(line),
        "WORDS": _posix_words(line, "words"),
    }


def _zsh(line: CommandLine) -> dict[str, str]:
    def entry(word: str, meaning: str) -> str:
        """A word and its meaning as _describe wants them."""
        text = word.replace(":", "\\:") + ":" + meaning
        return "            '" + text.replace("'", "'\\''") + "'"

    def options(command: Command) -> str:
        entries = [entry(name, option.help) for name, option in _named_options(command)]
        return "\n".join([f"        {_case_of(command)}) options=(", *entries, "        ) ;;"])

    return {
        "COMMANDS": "\n".join(entry(command.name, command.help) for command in line.commands),
        "OPTIONS": "\n".join(map(options, _everywhere(line))),
        "KINDS": _posix_kinds(line),
        "WORDS": _posix_words(line, "kind"),
    }


def _fish(line: CommandLine) -> dict[str, str]:
    def printed(entries: Iterable[tuple[str, str]]) -> str:
        """The command that prints words and their meanings."""
        quoted = ((word, meaning.replace("\\", "\\\\").replace("'", "\\'")) for word, meaning in entries)
        lines = (f" \\\n                {word} '{meaning}'" for word, meaning in quoted)
        return f"            printf '%s\\t%s\\n'{''.join(lines)}"

    def options(command: Command) -> str:
        entries = ((name, option.help) for name, option in _named_options(command))
        return f"        case {_case_of(command)}\n{printed(entries)}"

    def kind(command: Command, option: Option) -> str:
        patterns = " ".join(f"{command.name}:{name}" for name in option.names)
        return f"        case {patterns}\n            printf '%s\\n' {' '.join((option.kind, *option.choices))}"

    words = (f"        case {command.name}\n            set words {command.words}" for command in line.commands)
    return {
        "COMMANDS": printed((command.name, command.help) for command in line.commands),
        "OPTIONS": "\n".join(map(options, _everywhere(line))),
        "KINDS": "\n".join(kind(command, option) for command, option in _valued_options(line)),
        "REPEATABLE": " ".join(_repeatable(line)),
        "WORDS": "\n".join(words),
    }


def _powershell(line: CommandLine) -> dict[str, str]:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    def option(name: str, option: Option) -> str:
        choices = ", ".join(map(quoted, option.choices))
        return f"        @({quoted(name)}, {quoted(option.kind)}, @({choices}), {quoted(option.help)})"

    def options(command: Command) -> str:
        entries = [option(name, one) for name, one in _named_options(command)]
        return "\n".join([f"    {quoted(command.name)} = @(", *entries, "    )"])

    return {
        "COMMANDS": "\n".join(f"    {quoted(one.name)} = {quoted(one.help)}" for one in line.commands),
        "OPTIONS": "\n".join(map(options, _everywhere(line))),
        "WORDS": "\n".join(f"    {quoted(one.name)} = {quoted(one.words)}" for one in line.commands),
    }


_FILLERS: dict[str, Callable[[CommandLine], dict[str, str]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
