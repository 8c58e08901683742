"""Where a key stands in a TOML file."""

import pytest

from model_manager.config.catalogue.positions import key_lines, line_of, shown

TEXT = '''default_model = "x"
[models.m]
name = "a"
note = """
hidden = 1
[hidden]
""" # over
price.input = 3
  "odd.name"  . 'b' = 1

[ models . "a.b" ]
name = "b"
lines = \'\'\'one line\'\'\'
after = 1
[[models.m.tiers]]
above = 1
[[models.m.tiers]]
above = 2
[models.m.tiers.rates]
input = 1
[a.b.c]
# comment = 1
d = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("default_model",), 1),
        (("models",), 2),
        (("models", "m"), 2),
        (("models", "m", "name"), 3),
        (("models", "m", "note"), 4),
        (("models", "m", "hidden"), None),
        (("hidden",), None),
        (("models", "m", "price", "input"), 8),
        (("models", "m", "odd.name", "b"), 9),
        (("models", "a.b"), 11),
        (("models", "a.b", "name"), 12),
        (("models", "a.b", "lines"), 13),
        (("models", "a.b", "after"), 14),
        (("models", "m", "tiers"), 15),
        (("models", "m", "tiers", "0"), 15),
        (("models", "m", "tiers", "0", "above"), 16),
        (("models", "m", "tiers", "1"), 17),
        (("models", "m", "tiers", "1", "above"), 18),
        (("models", "m", "tiers", "1", "rates"), 19),
        (("models", "m", "tiers", "1", "rates", "input"), 20),
        (("models", "m", "tiers", "2"), None),
        (("a",), 21),
        (("a", "b"), 21),
        (("a", "b", "c", "comment"), None),
        (("a", "b", "c", "d"), 23),
    ],
)
def test_the_line_of_a_key(path: tuple[str, ...], line: int | None) -> None:
    """A key, a table and the tables around it have their first line; what stands in a text has none."""
    assert key_lines(TEXT).get(path) == line


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", {}),
        ("a = 1", {("a",): 1}),
        ("\n\na = 1\na = 2", {("a",): 3}),
        ("a = '''\nb = 1\n'''\nc = 1", {("a",): 1, ("c",): 4}),
        ('a = """\n\'\'\'\nb = 1\n"""\nc = 1', {("a",): 1, ("c",): 5}),
        ("[a\nb ~ 1", {}),
        ("[[a]]\nx = 1\n[[a]]", {("a",): 1, ("a", "0"): 1, ("a", "0", "x"): 2, ("a", "1"): 3}),
    ],
)
def test_small_files(text: str, lines: dict) -> None:
    """Lines are counted from one, and what is no TOML is no error."""
    assert key_lines(text) == lines


@pytest.mark.parametrize(
    ("path", "line"),
    [(("a",), 3), (("a", "b"), 7), (("a", "b", "c", "d"), 7), (("a", "x"), 3), (("x",), None), ((), None)],
)
def test_the_nearest_line(path: tuple[str, ...], line: int | None) -> None:
    """A key without a line has that of the nearest table around it, if any has one."""
    assert line_of(path, {("a",): 3, ("a", "b"): 7}) == line


@pytest.mark.parametrize(
    ("path", "expected"),
    [(("a", "b-c_1"), "a.b-c_1"), (("models", "a.b", "name"), 'models."a.b".name'), (("a b",), '"a b"'), ((), "")],
)
def test_how_a_path_is_written(path: tuple[str, ...], expected: str) -> None:
    """A part that is no bare key is quoted."""
    assert shown(path) == expected
