"""`list` on a terminal, as CSV and as Markdown: what is folded, what the legend explains, which columns there are."""

import csv
from datetime import date
from io import StringIO

import pytest
from projects import workspace_of

from model_manager.commands.list import Filters, ListReport, run
from model_manager.core.redaction import Redactor
from model_manager.errors import UsageError
from model_manager.rendering.columns import MODEL_COLUMNS, columns_of
from model_manager.rendering.delimited import csv_text, markdown_text
from model_manager.rendering.tables.console import make_console
from model_manager.rendering.tables.list import draw

ON = date(2026, 11, 23)
PROVIDERS = """
extends = false
[providers.here]
name = "Here"
wire = "ollama"
base_url = "http://localhost:11434"
[providers.far]
name = "Far Away"
wire = "openai"
base_url = "https://far.example/v1"
api_key_env = ["FAR_API_KEY"]
"""
PLAIN = """
[models.plain]
provider = "here"
context_window = 1_000
price = { input = 1, output = 2 }
"""
OLD = """
[models.old]
provider = "here"
status = "legacy"
context_window = 1_000
price = { input = 1, output = 2 }
[models.used]
provider = "far"
status = "legacy"
context_window = 1_000
price = { input = 1, output = 2 }
[models.going]
provider = "far"
retires = 2027-01-01
context_window = 1_000
price = { input = 1, output = 2 }
[tasks.chat]
model = "used"
"""
#: A change of the plain model, and the words that explain the mark which it brings.
MARKS = {
    "recommended": ("context_window", "recommended = true\ncontext_window", "★ recommended"),
    "unknown": ("context_window = 1_000\n", "", "? unknown"),
    "uncertain": (
        "context_window",
        'certainty = { price = "single" }\ncontext_window',
        "price?: fewer than two sources confirm the price",
    ),
    "tier": (
        "output = 2 }",
        "output = 2, tiers = [{ above = 9_000, input = 2, output = 4 }] }",
        "2×>9k: the price is 2× for prompts above 9k tokens",
    ),
    "two": (
        "output = 2 }",
        "output = 2, tiers = [{ above = 9_000, inclusive = true, input = 2, output = 6 }] }",
        "2×/3×≥9k: input costs 2×, output 3× for prompts of 9k tokens or more",
    ),
    "peak": (
        "output = 2 }",
        'output = 2, peak = { days = "daily", utc = ["01:00-02:00"], input = 3, output = 6 } }',
        "3× at peak: in the provider's peak hours",
    ),
}


class Terminal(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def report_of(text: str, **filters) -> ListReport:
    return run(workspace_of({"models.toml": PROVIDERS + text}), Filters(**filters), ON)


def screen(monkeypatch, text: str, columns: int = 80, **filters) -> list[str]:
    """The lines of a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    draw(make_console(stream, color=False, redact=Redactor()), report_of(text, **filters))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_older_models_are_a_line_of_their_provider(monkeypatch):
    """Legacy and deprecated ones that no task uses are counted, below a heading where nothing else is left."""
    lines = screen(monkeypatch, PLAIN + OLD)
    assert [" ".join(line.split()[:3]) for line in lines[1:]] == [
        *("Here no key", "plain 1.00 2.00", "+ 1 older", "Far Away no", "used 1.00 2.00", "+ 1 older"),
        *("2 models, 2", "US dollars per", "", "Task Model Source", "chat used models.toml:34", ""),
    ]


@pytest.mark.parametrize("filters", [{"all": True}, {"search": "o"}, {"providers": ["here", "far"]}])
def test_nothing_is_folded_where_models_were_asked_for(monkeypatch, filters):
    """A filter and `all` show older models too; a filter leaves the tasks out."""
    lines = screen(monkeypatch, PLAIN + OLD, **filters)
    assert any(line.split()[:1] == ["old"] for line in lines)
    assert not any("older" in line for line in lines)
    assert any(line.startswith("Task ") for line in lines) == ("all" in filters)


def test_a_pipe_has_every_model(monkeypatch):
    """Nothing is folded where no terminal is."""
    monkeypatch.setenv("COLUMNS", "80")
    stream = StringIO()
    draw(make_console(stream, color=False, redact=Redactor()), report_of(PLAIN + OLD))
    assert "\n  old " in stream.getvalue()


def test_a_legend_explains_the_marks_that_are_there_and_no_others(monkeypatch):
    """Each mark brings its line, and without it the line is not there."""
    lines = "\n".join(screen(monkeypatch, PLAIN))
    assert not [name for name, (_, _, words) in MARKS.items() if words in lines]
    for name, (old, new, _) in MARKS.items():
        lines = "\n".join(screen(monkeypatch, PLAIN.replace(old, new)))
        assert [other for other, (_, _, words) in MARKS.items() if words in lines] == [name]


def test_long_names_go_on_below_and_numbers_stay_whole(monkeypatch):
    """Where a name leaves no room, it is the name that is broken."""
    name = "a-model-with-a-name-that-is-much-longer-than-half-of-any-narrow-screen"
    lines = screen(monkeypatch, PLAIN.replace("models.plain", f"models.{name}"))
    assert max(map(len, lines)) <= 80
    assert any("1.00" in line and "2.00" in line and "1k" in line for line in lines)


def test_csv_has_every_column_with_exact_values():
    """Numbers have all their digits, lists are words, what is unknown is empty, and text cannot break the lines."""
    text = PLAIN.replace("output = 2", "output = 0.123456789") + 'best_for = "a, \\"b\\"\\nc"\n' + OLD
    text = text.replace("best_for", 'capabilities = ["chat", "vision"]\nbest_for')
    first, *others = csv.DictReader(StringIO(csv_text(report_of(text.replace("price =", "price ="), all=True))))
    assert list(first) == [column.name for column in MODEL_COLUMNS]
    assert (first["output"], first["context_window"], first["recommended"]) == ("0.123456789", "1000", "false")
    assert (first["capabilities"], first["cache_read"], first["best_for"]) == ("chat vision", "", 'a, "b"\\x0ac')
    assert [row["id"] for row in others] == ["old", "used", "going"]


def test_markdown_is_a_table_with_its_legend():
    """Cells that would be markup are escaped, and the legend stands below."""
    text = PLAIN + 'recommended = true\nbest_for = "a | *b*"\n'
    lines = markdown_text(report_of(text)).splitlines()
    assert lines[:3] == [
        "| Model | Provider | Input | Output | Cached | Context | Notes | Best for |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |",
        "| ★ plain | here | 1.00 | 2.00 | ? | 1k |  | a \\| \\*b\\* |",
    ]
    assert lines[4] == "1 model. US dollars per million tokens. ★ recommended, ? unknown"


def test_columns_go_by_their_names():
    """Names of JSON, headers and other cases mean the same; each column comes once, in the order that was asked for."""
    names = [column.name for column in columns_of("Context,id,max-output, Model ,price,tasks")]
    assert names == ["context_window", "id", "max_output", "input", "tasks"]
    rows = csv_text(report_of(PLAIN), columns_of("output,id")).splitlines()
    assert rows == ["output,id", "2,plain"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("id,contxt", "`columns`: there is no column 'contxt'", "did you mean context"),
        ("zzzz", "`columns`: there is no column 'zzzz'", "some of id, name"),
        (" , ", "`columns`: no column is named", "some of id, name"),
    ],
)
def test_a_column_that_is_not_there_is_wrong_usage(text, message, hint):
    """The error names it, and what was meant or which there are."""
    with pytest.raises(UsageError) as caught:
        columns_of(text)
    assert caught.value.message == message
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)
