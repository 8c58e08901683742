"""`test` without tables: the answer as it streams and a summary line, or one JSON object. No rich here."""

import os
from typing import Self, TextIO

from model_manager.core.messages import Reply
from model_manager.core.phrases import plural
from model_manager.core.redaction import ModelText, Redactor
from model_manager.live_test.testing import Event, TestReport, TestResult
from model_manager.rendering import Output
from model_manager.rendering.documents.test import test_document
from model_manager.rendering.next_steps import next_step
from model_manager.rendering.text import UNKNOWN, clean, duration, money


def notice(output: Output, event: Event, *, named: bool) -> None:
    """Print what happens between request and answer: a retry, an option that was left out."""
    output.say(f"{event.target.name}: {event.text}" if named else event.text)


class AnswerView:
    """Shows the text of one call on stdout while it arrives: exactly in a pipe, harmlessly on a terminal."""

    def __init__(self, out: TextIO, err: TextIO, redact: Redactor) -> None:
        self._out = out
        self._is_beside_messages = _show_in_one_place(out, err)
        self._redact = redact
        self._is_terminal = out.isatty()
        self._last = "\n"

    def show(self, text: str) -> None:
        """Write a piece of text at once."""
        shown = self._redact(ModelText(text))
        if self._is_terminal:
            shown = clean(shown.replace("\r\n", "\n"), keep="\n\t", before=self._last)
        self._out.write(shown)
        self._out.flush()
        self._last = shown[-1:] or self._last

    def make_way(self) -> None:
        """End the last line if a message would continue it: on a terminal, or in a file that gets both."""
        if self._is_beside_messages:
            self.end()

    def end(self) -> None:
        """End the last line."""
        if self._last != "\n":
            self._out.write("\n")
            self._out.flush()
            self._last = "\n"


def _show_in_one_place(out: TextIO, err: TextIO) -> bool:
    """Whether data and messages end up in the same terminal, pipe or file."""
    if out.isatty() and err.isatty():
        return True
    try:
        return os.path.sameopenfile(out.fileno(), err.fileno())
    except (OSError, ValueError):  # no file of the system
        return False


class StreamView:
    """Shows a single call: its text on stdout as it comes, the rest on stderr."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._answer = AnswerView(output.out, output.err, output.redact)
        self._shown = False
        self._told: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answer.end()

    def event(self, event: Event) -> None:
        """Handle an event of the call."""
        if event.kind == "text":
            self._shown = True
            self._answer.show(event.text)
        elif event.kind == "notice":
            self._answer.make_way()
            self._told.add(event.text)
            notice(self._output, event, named=False)

    def report(self, report: TestReport) -> None:
        """The rest of the answer, warnings, the error, and a summary."""
        result = report.results[0]
        reply = result.reply
        if reply and reply.text and not self._shown:
            self._answer.show(reply.text)
        self._answer.end()
        for call in reply.tool_calls if reply else ():
            self._output.line(ModelText(clean(f"{call.name}({call.arguments})")))
        for warning in result.all_warnings:
            if warning not in self._told:
                self._output.say(f"Warning: {warning}")
        if result.error:
            self._output.say(f"Error: {result.error.kind}: {result.error.message}")
            self._output.hint(next_step(result.error, result.model))
        if reply:
            self._output.say(summary(result))
        elif result.key_variable:
            self._output.say(f"Key: {result.key_variable}")


class FinalView:
    """Shows nothing until the end; notices go to stderr at once."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def event(self, event: Event) -> None:
        """Take in what happens."""
        if event.kind == "notice":
            notice(self._output, event, named=True)


class JsonView(FinalView):
    """Shows the calls of `test` as JSON."""

    def report(self, report: TestReport) -> None:
        """The JSON object, and the errors as lines on stderr."""
        self._output.document(test_document(report))
        for result in report.results:
            if result.error:
                self._output.say(f"Error: {result.name}: {result.error.kind}: {result.error.message}")


def summary(result: TestResult) -> str:
    """One line about a call that answered."""
    reply = result.reply
    if reply is None:
        return ""
    said = _served(reply) if result.is_ok else f"{reply.model} was cut off"
    parts = [said, reply.finish_reason or "", _tokens(reply), money(reply.cost_usd) + _reported(reply)]
    parts += [f"first text {duration(reply.ttft_ms)}", f"{duration(reply.latency_ms)} total"]
    parts += [f"{reply.tokens_per_second:.0f} tokens/s"] if reply.tokens_per_second else []
    parts += [plural(reply.attempts, "attempt")] if reply.attempts > 1 else []
    parts += [f"request {reply.request_id}"] if reply.request_id else []
    parts += [reply.reason] if result.failures and reply.reason else []
    parts += [f"key {result.key_variable}"] if result.key_variable else []
    return ", ".join(part for part in parts if part)


def _served(reply: Reply) -> str:
    if reply.served_model and reply.match != "exact":
        return f"{reply.model} answered as {reply.served_model}"
    return f"{reply.model} answered"


def _reported(reply: Reply) -> str:
    return " (reported by the provider)" if reply.cost_source == "reported" else ""


def _tokens(reply: Reply) -> str:
    usage = reply.usage
    shown = [UNKNOWN if count is None else f"{count:,}" for count in (usage.input_tokens, usage.output_tokens)]
    about = "about " if usage.estimated else ""
    return f"{about}{shown[0]} tokens in, {shown[1]} out"
