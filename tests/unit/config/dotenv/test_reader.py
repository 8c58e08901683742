"""Reading .env files: what python-dotenv makes of them, where it stands, and what is kept though nobody can read it."""

import io
import os
import threading
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from model_manager.config.dotenv.reader import decode, encode, parse_env_text, read_env_file
from model_manager.errors import EnvFileError


@pytest.fixture
def env_path(tmp_path: Path) -> Path:
    return tmp_path / "app.env"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"A=x\n", {"A": ("x", 1)}),
        (b"\n# c\n\nA = x # c\n", {"A": ("x", 4)}),
        (b"export A='x y'\r\nB=\"p\\nq\"\r\n", {"A": ("x y", 1), "B": ("p\nq", 2)}),
        (b"\xef\xbb\xbfA=x", {"A": ("x", 1)}),
        (b"A=1\nB=2\nA=3\n", {"A": ("3", 3), "B": ("2", 2)}),
        (b"A=1\nA\n", {}),
        (b"A=\nB= # c\n", {"A": ("", 1), "B": ("", 2)}),
        (b'A="one\r\ntwo"\r\nB=2\r\n', {"A": ("one\ntwo", 1), "B": ("2", 3)}),
        (b"x y\r\nx y\r\nB=2\r\n", {"B": ("2", 3)}),
        (b"A=1\rB=2\r", {"A": ("1", 1), "B": ("2", 2)}),
        (b"'A'=x#y\n", {"A": ("x#y", 1)}),
        (b"", {}),
    ],
)
def test_bindings_have_the_last_value_and_its_line(env_path, data, expected):
    """Each name has python-dotenv's value and the line on which its last binding begins."""
    env_path.write_bytes(data)
    file = read_env_file(env_path, {}, shown="app.env")
    assert {name: (found.value, found.line) for name, found in file.bindings.items()} == expected
    assert {found.file for found in file.bindings.values()} <= {"app.env"}
    known = {name: value for name, value in dotenv_values(env_path).items() if value is not None}
    assert known == {name: value for name, (value, _) in expected.items()}


@pytest.mark.parametrize(
    ("text", "value", "inherits"),
    [
        ("URL=${HOST}/v1", "h.example/v1", ("HOST",)),
        ("HOST=file\nURL=${HOST}", "file", ()),
        ("MID=${HOST}:1\nURL=${MID}/${KEY}", "h.example:1/k", ("HOST", "KEY")),
        ("URL=${NOBODY:-default}", "default", ()),
        ("URL=${NOBODY}", "", ()),
        ("URL=${EMPTY:-default}", "", ()),
        ("HOST\nURL=x${HOST}", "x", ()),
        ("URL=${URL}${HOST}", "h.exampleh.example", ("URL", "HOST")),
        ("URL='${HOST}'", "h.example", ("HOST",)),
        ("URL=$HOST", "$HOST", ()),
        ("URL=${LATER}\nLATER=x", "", ()),
    ],
)
def test_variables_are_expanded_and_their_origin_is_known(env_path, monkeypatch, text, value, inherits):
    """The file's earlier bindings come before the environment, and what the environment gave is named."""
    environ = {"HOST": "h.example", "KEY": "k", "EMPTY": "", "URL": "h.example"}
    env_path.write_text(text)
    binding = read_env_file(env_path, environ).bindings["URL"]
    assert (binding.value, binding.inherits) == (value, inherits)
    for name, content in environ.items():
        monkeypatch.setenv(name, content)
    assert dotenv_values(env_path)["URL"] == value


@pytest.mark.parametrize(
    ("data", "warnings"),
    [
        (b"A=1\n", ()),
        (b"A=1\n\nx y\n", ("app.env: line 3 does not parse and is ignored",)),
        (b'x y\r\nA=1\r\nB="un\r\n', ("app.env: lines 1 and 3 do not parse and are ignored",)),
        (b"A=\xff\n", ("app.env: line 1 holds bytes that are not UTF-8; they are kept as they are",)),
        (
            b"# \xe9\nx y\nB=\xe9\r=\n",
            (
                "app.env: lines 2 and 4 do not parse and are ignored",
                "app.env: lines 1 and 3 hold bytes that are not UTF-8; they are kept as they are",
            ),
        ),
    ],
)
def test_what_cannot_be_read_gives_one_warning_of_its_kind(env_path, data, warnings):
    """Lines that do not parse, and lines with stray bytes, are named together."""
    env_path.write_bytes(data)
    assert read_env_file(env_path, {}, shown="app.env").warnings == warnings


def test_a_value_with_stray_bytes_is_kept(env_path):
    """Bytes that are not UTF-8 come back from the text as they were."""
    env_path.write_bytes(b"A=x\xffy\n")
    assert encode(read_env_file(env_path, {}).bindings["A"].value) == b"x\xffy"


def test_a_fifo_is_read(env_path):
    """What a password manager pipes in counts as a file."""
    os.mkfifo(env_path)
    writer = threading.Thread(target=env_path.write_bytes, args=(b"A=x\n",))
    writer.start()
    assert read_env_file(env_path, {}).bindings["A"].value == "x"
    writer.join()


def test_a_directory_is_refused(tmp_path):
    """A directory of that name is an error that names it."""
    with pytest.raises(EnvFileError, match=r"^app\.env is a directory, not a file$"):
        read_env_file(tmp_path, {}, shown="app.env")


def test_utf16_is_refused(env_path):
    """A file in Windows' other encoding is named as such instead of being read as junk."""
    env_path.write_bytes("A=x\n".encode("utf-16"))
    with pytest.raises(EnvFileError, match=r"UTF-16, not UTF-8"):
        read_env_file(env_path, {})


def test_a_file_without_permission_names_the_way_out(env_path, monkeypatch):
    """A file that must not be read is an error with what to do."""

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    env_path.write_text("A=x\n")
    monkeypatch.setattr(Path, "read_bytes", refuse)  # the administrator may read everything
    with pytest.raises(EnvFileError, match="permission denied") as caught:
        read_env_file(env_path, {}, shown="app.env")
    assert "chmod u+r app.env" in (caught.value.hint or "")


def test_values_are_not_in_the_repr(env_path):
    """A traceback or log line that shows the file shows no key."""
    env_path.write_text("OPENAI_API_KEY=sk-secret\n")
    file = read_env_file(env_path, {})
    assert "sk-secret" not in repr(file)
    assert "sk-secret" not in repr(parse_env_text("OPENAI_API_KEY=sk-secret\n"))


PIECES = [
    "A",
    "B=",
    "=",
    " ",
    "'",
    '"',
    "\\",
    "\n",
    "\r\n",
    "\r",
    "#",
    "export ",
    "${A}",
    "x",
    "\ufeff",
    "\x0b",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_reads_as_python_dotenv_reads_it(text):
    """Names, values and their order are python-dotenv's, whatever the line ends, and spans lie in the text."""
    translated = io.StringIO(text, newline=None)
    expected = dotenv_values(stream=translated, interpolate=False)
    statements = parse_env_text(text)
    assert {found.name: found.value for found in statements if found.name is not None} == expected
    ends = [0, *(found.end for found in statements)]
    assert all(end <= found.start < found.end for end, found in zip(ends, statements, strict=False))
    assert all(found.end <= len(text) for found in statements)


@given(st.binary(max_size=40))
def test_any_bytes_survive_decoding(data):
    """Decoding and encoding give the same bytes."""
    assert encode(decode(data)) == data
