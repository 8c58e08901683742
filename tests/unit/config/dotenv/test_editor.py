"""Editing the text of a .env file: one binding changes, every other byte stays."""

import io
import shlex
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import event, example, given
from hypothesis import strategies as st

from model_manager.config.dotenv.editor import Edit, line_start, set_binding, unset_binding
from model_manager.config.dotenv.reader import decode, parse_env_text
from model_manager.errors import EnvFileError

NAME = "AI_CHAT_MODEL"


def values(data: bytes) -> dict[str, str | None]:
    """What python-dotenv reads, nothing expanded, bytes that are not UTF-8 let through."""
    text = io.StringIO(decode(data), newline=None)
    return dict(dotenv_values(stream=text, interpolate=False))


def check_is_lossless(data: bytes, edit: Edit) -> None:
    """The splices lead from one to the other and back."""
    forward = data
    for splice in edit.splices:
        assert forward[splice.offset :].startswith(splice.old)
        forward = splice.apply(forward)
    assert forward == edit.data
    for splice in reversed(edit.splices):
        forward = splice.revert(forward)
    assert forward == data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"", b"N=new\n", id="empty"),
        pytest.param(b"A=1\n", b"A=1\nN=new\n", id="appended"),
        pytest.param(b"A=1", b"A=1\nN=new\n", id="no newline at the end"),
        pytest.param(b"A=1\r\nB=2", b"A=1\r\nB=2\r\nN=new\r\n", id="CRLF appended"),
        pytest.param(b"A=1\r", b"A=1\rN=new\r", id="CR appended"),
        pytest.param(b"A=1\r\nB=2\nC=3\r\n", b"A=1\r\nB=2\nC=3\r\nN=new\r\n", id="mostly CRLF"),
        pytest.param(b"\xef\xbb\xbf", b"\xef\xbb\xbfN=new\n", id="only a BOM"),
        pytest.param(b"\xef\xbb\xbfN=old", b"\xef\xbb\xbfN=new", id="BOM"),
        pytest.param(b"N=old\r\nB=2\r\n", b"N=new\r\nB=2\r\n", id="CRLF"),
        pytest.param(b"N=old", b"N=new", id="in the last line without a newline"),
        pytest.param(
            b"  export  N = old # why\nB=2\n", b"  export  N = new # why\nB=2\n", id="export, spaces, comment"
        ),
        pytest.param(b"N='old'\n", b"N='new'\n", id="single quotes"),
        pytest.param(b'N="old" # why\n', b'N="new" # why\n', id="double quotes"),
        pytest.param(b'N="old"#why\n', b'N="new"#why\n', id="comment right after the quotes"),
        pytest.param(b"N=a\\'b'\n", b"N=new\n", id="quotes within a bare value"),
        pytest.param(b"N='it\\'s'\n", b"N='new'\n", id="escaped quote"),
        pytest.param(b'N="a\nb # c\nd"\nB=2\n', b'N="new"\nB=2\n', id="value of several lines"),
        pytest.param(b"N='a\r\nb'\r\nB=2\r\n", b"N='new'\r\nB=2\r\n", id="value of several CRLF lines"),
        pytest.param(b"N=\nB=2\n", b"N=new\nB=2\n", id="blank"),
        pytest.param(b"N=  \nB=2\n", b"N=new  \nB=2\n", id="blank with spaces"),
        pytest.param(b"N= # why\n", b"N=new # why\n", id="blank with comment"),
        pytest.param(b"N=''\n", b"N='new'\n", id="blank in quotes"),
        pytest.param(b"N=#x\n", b"N=new\n", id="hash that is no comment"),
        pytest.param(b"N=a#b #c\n", b"N=new #c\n", id="hash in a value"),
        pytest.param(b"N=1\nB=2\nN=3\n", b"N=1\nB=2\nN=new\n", id="duplicates"),
        pytest.param(b"# N=old\n", b"# N=old\nN=new\n", id="commented out"),
        pytest.param(b"NN=1\nMY_N=2\n", b"NN=1\nMY_N=2\nN=new\n", id="similar names"),
        pytest.param(b"'N'=old\n", b"'N'=new\n", id="name in quotes"),
        pytest.param(b"N\nB=2\n", b"N=new\nB=2\n", id="name without a value"),
        pytest.param(b"N=1\nexport N # c\n", b"N=1\nexport N=new # c\n", id="name without a value comes last"),
        pytest.param(b"A='un\nN=old\n", b"A='un\nN=new\n", id="open quote before"),
        pytest.param(b"x y z\n=\nN=old\n", b"x y z\n=\nN=new\n", id="junk before"),
        pytest.param(b"\x00\xff\xfe\nN=\xe9 # \xe9\n", b"\x00\xff\xfe\nN=new # \xe9\n", id="not UTF-8"),
        pytest.param(b"N=${A}\nB=${N}\n", b"N=new\nB=${N}\n", id="expansion"),
        pytest.param(b"\n\n\n  N=old\n\n\n", b"\n\n\n  N=new\n\n\n", id="blank lines"),
    ],
)
def test_setting_changes_the_value_alone(before, after):
    """Export, spaces, quotes, comments, line ends and all other lines stay as they are."""
    edit = set_binding(before, "N", "new")
    assert edit.data == after
    assert (edit.old, edit.new) == (values(before).get("N"), "new")
    assert values(after) == {**values(before), "N": "new"}
    check_is_lossless(before, edit)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"N=old\n", b""),
        (b"A=1\n\n  export N=old # why\n\nB=2", b"A=1\n\n\nB=2"),
        (b"A=1\nN=old", b"A=1\n"),
        (b"\xef\xbb\xbfN=old\r\nA=1\r\n", b"\xef\xbb\xbfA=1\r\n"),
        (b"N=1\nA=1\nN='a\nb'\nB=2\nN\n", b"A=1\nB=2\n"),
        (b"# N=1\nNN=1\n", b"# N=1\nNN=1\n"),
        (b"A='un\r\nN=1\r\n\xff\r\n", b"A='un\r\n\xff\r\n"),
        (b"", b""),
    ],
)
def test_unsetting_removes_the_lines_of_the_name(before, after):
    """Every line that binds the name goes, and nothing else."""
    edit = unset_binding(before, "N")
    assert edit.data == after
    assert (edit.old, edit.new) == (values(before).get("N"), None)
    assert edit.changed == (before != after)
    check_is_lossless(before, edit)


@pytest.mark.parametrize("before", [b"N=new", b"N='new' # c\r\n", b'N=1\nexport N = "new"\n'])
def test_a_value_that_is_there_already_changes_nothing(before):
    """However it is quoted, the same value needs no edit."""
    edit = set_binding(before, "N", "new")
    assert (edit.data, edit.changed) == (before, False)


def test_duplicates_are_warned_about_with_their_lines():
    """Whoever binds a name twice learns which one counts."""
    data = b"N=1\n\nN=2\n# c\nN=3\n"
    assert set_binding(data, "N", "4").warnings == ("N is set on lines 1, 3 and 5; the last one is used",)
    assert unset_binding(data, "N").warnings == ("N is set on lines 1, 3 and 5; all are removed",)
    assert set_binding(b"N=1\n", "N", "2").warnings == ()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("90:a+10:b,groq/c-d_e.f@1", b"90:a+10:b,groq/c-d_e.f@1"),
        ("", b""),
        ("a b", b"'a b'"),
        ("a # b", b"'a # b'"),
        ("#", b"'#'"),
        (" a\t", b"' a\t'"),
        ("it's", b'"it\'s"'),
        ('say "x"', b"'say \"x\"'"),
        ("a\\b", b'"a\\\\b"'),
        ("$x", b"'$x'"),
        ("`x`", b"'`x`'"),
        ("~", b"'~'"),
        ("a\\\"'b", b'"a\\\\\\"\'b"'),
        ("é", "'é'".encode()),
    ],
)
def test_values_are_quoted_so_that_a_shell_reads_the_same(tmp_path, value, written):
    """Quotes come only where needed, and python-dotenv and a POSIX shell agree on what is meant."""
    data = set_binding(b"", "N", value).data
    assert data == b"N=" + written + b"\n"
    assert values(data) == {"N": value}
    (tmp_path / "env").write_bytes(data)
    script = f'. {shlex.quote(str(tmp_path / "env"))}; printf %s "$N"'
    result = subprocess.run(["/bin/sh", "-ceu", script], capture_output=True, check=True)
    assert result.stdout.decode() == value


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        (b'N="old"\n', "$x", b"N='$x'\n"),
        (b"N='old'\n", "it's", b'N="it\'s"\n'),
        (b"N=old # c\n", "a b", b"N='a b' # c\n"),
        (b"N='old'\n", "", b"N=''\n"),
        (b"N=old # c\n", "", b"N= # c\n"),
        (b"N='old'\n", "$it's", b"N='$it\\'s'\n"),
        (b"N=old # c\n", "#", b"N='#' # c\n"),
    ],
)
def test_quotes_change_only_if_the_value_needs_it(before, value, after):
    """The quotes in place are kept where all readers would read the value from them."""
    edit = set_binding(before, "N", value)
    assert edit.data == after
    assert values(after) == {"N": value}


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "\x1b[31m", "\udc80", "${HOME}", "x${A:-b}y"])
def test_values_that_would_read_back_otherwise_are_refused(value):
    """A value with a line break, a control character or an expansion is not written."""
    with pytest.raises(EnvFileError, match=r"^N: the value "):
        set_binding(b"N=1\n", "N", value)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "É", "A\n"])
def test_names_that_no_shell_takes_are_refused(name):
    """What could not be a variable is not written."""
    with pytest.raises(EnvFileError, match="cannot be the name of a variable"):
        set_binding(b"", name, "x")


def test_an_edit_that_an_open_quote_would_swallow_is_refused():
    """Where both kinds of quotes would close an open one, the edit is refused with the lines to mend."""
    data = b"A='un\nB=\"un\nN=old\n"
    with pytest.raises(EnvFileError, match="cannot be changed safely because of lines 1 and 2") as caught:
        set_binding(data, "N", "a b")
    assert "close the quote" in (caught.value.hint or "")
    assert set_binding(b"A='un\nN=old\n", "N", "a b").data == b'A=\'un\nN="a b"\n'


def test_a_removal_that_would_change_the_next_line_is_refused():
    """A mark that belongs to a name would be taken for the file's own byte order mark."""
    with pytest.raises(EnvFileError, match="N cannot be changed safely"):
        unset_binding(b"N=1\n\xef\xbb\xbfA=1\n", "N")


names = st.sampled_from(["A", "B", NAME, f"'{NAME}'", "N_B"])
newlines = st.sampled_from(["\n", "\n", "\r\n", "\r"])
words = st.sampled_from(["x", "90:a+10:b,c/d", "it's", "a # b", "${A}", "#", "é", "\\", "\\n", 'un"', "'", ""])
spaces = st.sampled_from(["", "", "", " ", "  ", "\t", "\x0b", "\xa0"])
quotes = st.sampled_from(["", "", "'", '"'])
quoted = st.builds(
    lambda quote, inner: quote + "".join(inner) + quote, quotes, st.lists(words | newlines, max_size=3)
)
binding = st.builds(
    lambda *parts: "".join(parts),
    spaces,
    st.sampled_from(["", "", "export ", "export\t"]),
    names,
    spaces,
    st.sampled_from(["=", "=", "=", "", "=="]),
    spaces,
    words | quoted,
    st.sampled_from(["", "", " # comment", "#c", " junk"]),
)
junk = st.sampled_from(
    ["", "# AI_CHAT_MODEL=x", "x y z", "=", "'", '"', "B='un", 'B="un', "\ufeff", "export", "\x85"]
)
line = st.tuples(binding | junk, newlines).map("".join) | st.just("\n")
text_bytes = st.builds(
    lambda bom, lines, last, stray, at: bom + _with_stray_bytes("".join(lines) + last, stray, at),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    st.lists(line, max_size=8),
    binding | junk,
    st.sampled_from([b"", b"", b"\xff", b"\xc3", b"\x80\x00"]),
    st.integers(0, 120),
)
routes = st.sampled_from(["gpt-6", "90:a+10:b,c/d", "groq/x", ""])
any_value = routes | words | st.text(max_size=8)


def _with_stray_bytes(text: str, stray: bytes, at: int) -> bytes:
    data = text.encode()
    return data[:at] + stray + data[at:]


@given(text_bytes, any_value)
def test_setting_changes_one_binding_of_any_file(data, value):
    """Whatever the file holds, an edit changes this binding alone and can be taken back, or is refused."""
    before = values(data)
    try:
        edit = set_binding(data, NAME, value)
    except EnvFileError:
        event("refused")
        return
    event("edited" if before.get(NAME) else "new" if edit.changed else "unchanged")
    assert values(edit.data) == {**before, NAME: value}
    assert list(values(edit.data)) == list({**before, NAME: value})
    check_is_lossless(data, edit)
    assert not set_binding(edit.data, NAME, value).changed


@given(text_bytes, routes.filter(bool))
def test_routes_can_be_written_into_any_file(data, route):
    """A route needs no quotes, so no open quote elsewhere can keep it from being set."""
    assert values(set_binding(data, NAME, route).data)[NAME] == route


@given(text_bytes)
@example(b"\xef\xbb\xbfAI_CHAT_MODEL=x\n\xef\xbb\xbf")
def test_unsetting_removes_one_name_of_any_file(data):
    """Whatever the file holds, unsetting removes this name alone and can be taken back, or is refused."""
    before = values(data)
    try:
        edit = unset_binding(data, NAME)
    except EnvFileError:
        event("refused")
        return
    event("removed" if edit.changed else "unchanged")
    before.pop(NAME, None)
    assert values(edit.data) == before
    check_is_lossless(data, edit)
    assert not unset_binding(edit.data, NAME).changed


def test_the_module_reads_as_one_file(tmp_path: Path):
    """An edit written to disk is read back by python-dotenv from disk as from memory."""
    path = tmp_path / ".env"
    path.write_bytes(set_binding(b"\xef\xbb\xbfA='x\r\ny'\r\n", NAME, "a b").data)
    assert dotenv_values(path) == {"A": "x\ny", NAME: "a b"}


def test_two_bindings_are_duplicates_and_one_is_none():
    """A name that is bound twice is warned about, with both lines."""
    assert set_binding(b"N=1\n", "N", "2").warnings == ()
    (warning,) = set_binding(b"N=1\nN=2\n", "N", "3").warnings
    assert "lines 1 and 2" in warning


def test_a_splice_knows_what_stands_around_it():
    """The bytes before and after it by their hashes, and how many come after."""
    data = b"\xef\xbb\xbfA=1\nN='old' # c\nB=2\n"
    (splice,) = set_binding(data, "N", "new").splices
    before, after = b"\xef\xbb\xbfA=1\nN=", b" # c\nB=2\n"
    assert (splice.offset, splice.old, splice.new, splice.tail) == (len(before), b"'old'", b"'new'", len(after))
    assert (splice.prefix, splice.suffix) == (sha256(before).hexdigest(), sha256(after).hexdigest())


@pytest.mark.parametrize(
    ("text", "start"), [("N=1", 0), ("\ufeffN=1", 1), ("A=1\n N=1", 4), ("A=1\r\nN=1", 5), ("\nN=1", 1)]
)
def test_the_line_of_a_statement_begins_after_the_last_line_end(text, start):
    """A BOM belongs to no line, the spaces before a name do."""
    statement = next(one for one in parse_env_text(text) if one.name == "N")
    assert line_start(text, statement) == start
