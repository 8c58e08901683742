"""Reading .env files: what python-dotenv makes of them, where it stands, and what is kept though nobody can read it."""

import io
import os
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


def test_a_fifo_is_refused_at_once(env_path):
    """A FIFO in the place of the file is an error, not a wait for whoever writes to it."""
    os.mkfifo(env_path)
    with pytest.raises(EnvFileError, match=r"(?m)\.env is a FIFO, not a file$"):
        read_env_file(env_path, {})


def test_a_fifo_that_takes_the_files_place_meanwhile_is_refused(env_path, monkeypatch):
    """Who puts a FIFO there between the look at the file and its opening makes nobody wait."""
    os.mkfifo(env_path)
    usual = Path(__file__).stat()
    monkeypatch.setattr(Path, "stat", lambda _: usual)
    with pytest.raises(EnvFileError, match=r"(?m)\.env is a FIFO, not a file$"):
        read_env_file(env_path, {})


def test_an_endless_device_is_refused(env_path):
    """A device in the place of the file is an error, however much it would give."""
    env_path.symlink_to("/dev/zero")
    with pytest.raises(EnvFileError, match=r"(?m)\.env is a device, not a file$"):
        read_env_file(env_path, {})


def test_the_null_device_is_an_empty_file(env_path):
    """Who links to /dev/null says that there is to be no file."""
    env_path.symlink_to(os.devnull)
    assert read_env_file(env_path, {}).bindings == {}


def test_a_file_of_five_gigabytes_is_refused(env_path):
    """A file that cannot be meant is refused by its size, without being read."""
    with env_path.open("wb") as file:
        file.truncate(5 << 30)
    with pytest.raises(EnvFileError, match=r"(?m)\.env is larger than 256 KiB$"):
        read_env_file(env_path, {})


def test_a_file_that_hides_its_size_is_read_up_to_the_limit(monkeypatch):
    """What says that it is empty and is not, as in /proc, is read no further than the limit."""
    monkeypatch.setattr("model_manager.config.dotenv.reader.MOST_BYTES", 4)
    with pytest.raises(EnvFileError, match=r"is larger than"):
        read_env_file(Path("/proc/self/status"), {})


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 200, b"A=\xff\n" * 5000, b"\0" * 9000], ids=["all", "lines", "zeros"]
)
def test_a_binary_file_gives_one_short_warning(env_path, data):
    """However many lines of a file are no text, one warning of one short line says so."""
    env_path.write_bytes(data)
    (warning,) = read_env_file(env_path, {}, shown=".env").warnings
    assert warning == ".env is not a text file: what does not parse is ignored and left unchanged"


def test_a_warning_names_the_first_of_many_lines(env_path):
    """A text file in which nothing parses gives a warning of bounded length."""
    env_path.write_bytes(b"=\n" * 5000)
    (warning,) = read_env_file(env_path, {}, shown=".env").warnings
    assert warning == ".env: lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4,990 more do not parse and are ignored"


def test_a_directory_is_refused(tmp_path):
    """A directory of that name is an error that names it."""
    with pytest.raises(EnvFileError, match=r"(?m)^app\.env is a directory, not a file$"):
        read_env_file(tmp_path, {}, shown="app.env")


def test_utf16_is_refused(env_path):
    """A file in Windows' other encoding is named as such instead of being read as junk."""
    env_path.write_bytes("A=x\n".encode("utf-16"))
    with pytest.raises(EnvFileError, match=r"UTF-16, not UTF-8"):
        read_env_file(env_path, {})


def test_a_file_without_permission_names_the_way_out(env_path, monkeypatch):
    """A file that must not be read is an error with what to do."""

    def refuse(path: Path, _most: int) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    env_path.write_text("A=x\n")
    monkeypatch.setattr(
        "model_manager.config.dotenv.reader.read_regular_file", refuse
    )  # the administrator may read everything
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
