"""Output for people and scripts: JSON documents or tables on stdout, messages on stderr."""

import codecs
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from model_manager.core.redaction import Redactor
from model_manager.errors import ModelManagerError, ProviderError
from model_manager.rendering.text import clean, rename_parameters

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.base import RootDocument


#: Characters of our tables, and what stands for them where the stream's encoding lacks them: one cell for one.
_ASCII = str.maketrans("█▉▊▋▌▍▎▏▁▂▃▄▅▆▇×→…–·★✓✗▲●≥─│┼", "########...---=x>.-.*+x^o>-|+")
_FALLBACK = "model_manager.ascii"


class Output:
    """Writes results as JSON or tables to stdout, and messages as plain lines to stderr.

    Attributes:
        as_json: one JSON object instead of tables.
        color: False: never; None: as the terminal and NO_COLOR and FORCE_COLOR have it.
        names: the command line's names of parameters, for errors and hints.
        redact: hides keys in every text that leaves; known once the files are read.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        color: bool | None = None,
        names: Mapping[str, str] | None = None,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.color = color
        self.names = names or {}
        self.redact = Redactor(shapes=True)
        self.out = out or _lenient(sys.stdout)
        self.err = err or _lenient(sys.stderr)

    def document(self, document: "RootDocument") -> None:
        """Write one JSON object to stdout: indented on a terminal, in one line elsewhere."""
        from model_manager.rendering.documents.json import dump

        text = dump(document, self.redact, names=self.names, indent=2 if self.out.isatty() else None)
        self.out.write(text + "\n")
        self.out.flush()

    def table(self, draw: Callable[..., None], report: Any, **options: Any) -> None:
        """Draw a report on stdout with a function of the tables' modules."""
        from model_manager.rendering.tables.console import make_console

        target = self.out if self.out.isatty() else StringIO()
        draw(make_console(target, color=self.color, redact=self.redact), report, **options)
        if isinstance(target, StringIO):
            self.out.writelines(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())
        self.out.flush()

    def drawn(self, draw: Callable[..., None], report: Any) -> str:
        """A report as plain text, as a pipe would get it."""
        from model_manager.rendering.tables.console import make_console

        target = StringIO()
        draw(make_console(target, color=False, redact=self.redact), report)
        return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())

    def line(self, text: str) -> None:
        """Write one plain line to stdout: exactly in a pipe, harmlessly on a terminal."""
        text = self.redact(text)
        self.out.write((clean(text, keep="\n\t") if self.out.isatty() else text) + "\n")

    def say(self, text: str) -> None:
        """Write a plain line to stderr, without what a terminal would act on. A full or closed one is no error.

        Further lines of a text are indented: none of them can pass for a message of ours.
        """
        with suppress(OSError):
            self.err.write(clean(self.redact(text), keep="\n\t").replace("\n", "\n    ") + "\n")
            self.err.flush()

    def error(self, error: ModelManagerError) -> None:
        """Report what went wrong: plain on stderr, and as an object on stdout where JSON was asked for."""
        # What a provider says is left as it is: its parameters are not ours.
        is_ours = not isinstance(error, ProviderError)
        message = rename_parameters(error.message, self.names) if is_ours else error.message
        self.say(f"Error: {message}:" if error.problems else f"Error: {message}")
        for problem in error.problems:
            self.say(f"  {problem}")
        self.hint(error.hint)
        if self.as_json:
            from model_manager.rendering.documents.json import error_document

            self.document(error_document(error, self.names))

    def hint(self, text: str | None, about: str | None = None) -> None:
        """Say how to fix an error, if anybody knows."""
        if text:
            self.say(f"Hint: {f'{about}: ' if about else ''}{rename_parameters(text, self.names)}")


def _ascii(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace what cannot be encoded: our own signs by ASCII ones, other characters by their escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end].translate(_ASCII)
    return found.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(_FALLBACK, _ascii)


def _lenient(stream: TextIO | None) -> TextIO:
    """A standard stream that takes any character, and a line feed as it is; one that is closed swallows all."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors=_FALLBACK, newline="\n")
    return stream or StringIO()


def show_test(output: Output, calls: int) -> Any:
    """The view of the calls of `test`, while they run and afterwards: a context with `event` and `report`."""
    from model_manager.rendering.views import JsonView, StreamView

    if output.as_json:
        return JsonView(output)
    if calls == 1:
        return StreamView(output)
    from model_manager.rendering.tables.test import ProgressView

    return ProgressView(output, calls)
