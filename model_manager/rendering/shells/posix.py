"""What bash and zsh write alike."""

from model_manager.commands.completion import CommandLine
from model_manager.rendering.shells import valued_options


def kind_cases(line: CommandLine) -> str:
    """The cases that set `kind` and `choices` for each command and option."""
    cases = []
    for command, option in valued_options(line):
        patterns = "|".join(f"{command.name}:{name}" for name in option.names)
        choices = f" choices=({' '.join(option.choices)})" if option.choices else ""
        cases.append(f"        {patterns}) kind={option.kind}{choices} ;;")
    return "\n".join(cases)


def word_cases(line: CommandLine, variable: str) -> str:
    """The cases that say what the words behind each command are."""
    return "\n".join(f"        {command.name}) {variable}={command.words} ;;" for command in line.commands)
