"""Records of changes: kept, read, and taken back from a file that may have been edited since."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from model_manager.config.dotenv.editor import Splice, digest, set_binding, unset_binding
from model_manager.config.dotenv.history import Record, VariableChange, load_record, recorded, take_back
from model_manager.errors import AssignmentRefusedError

CHANGE = VariableChange("N", "1", "2")


def changed(data: bytes, changes: Mapping[str, str | None], *, created: bool = False) -> tuple[bytes, Record]:
    """Bytes after a change, and its record."""
    values, splices = list[VariableChange](), list[Splice]()
    for name, value in changes.items():
        edit = unset_binding(data, name) if value is None else set_binding(data, name, value)
        data, splices = edit.data, [*splices, *edit.splices]
        values.append(VariableChange(name, edit.old, edit.new))
    record = Record(time="now", created=created, after=digest(data), changes=tuple(values), splices=tuple(splices))
    return data, record


def record(time: str) -> Record:
    splice = Splice("replaced", "N", 2, b"1\xff", b"2", "p", "s", 1)
    return Record(time=time, created=False, after="x", changes=(CHANGE,), splices=(splice,))


def fail_to_write(history: Path) -> None:
    """A change whose file cannot be written, once its record has been kept."""
    with recorded(record("second"), history):
        assert load_record(history).time == "second"
        raise OSError(28, "full")


# Keeping


def test_a_record_is_read_as_it_was_kept(tmp_path):
    """Every field comes back, bytes that are not UTF-8 among them."""
    path = tmp_path / "history.json"
    with recorded(record("first"), path) as warnings:
        assert (load_record(path), warnings) == (record("first"), ())
    assert load_record(path) == record("first")


@pytest.mark.parametrize("stored", [None, b"", b"{", b"[]", b'{"schema": 0}', b'{"schema": 1}', b'{"schema": 2}'])
def test_what_is_no_record_of_this_version_is_none(tmp_path, stored):
    """No file, broken JSON, another version or missing fields: nothing can be undone."""
    path = tmp_path / "history.json"
    if stored is not None:
        path.write_bytes(stored)
    assert load_record(path) is None


def test_a_record_has_its_version(tmp_path):
    """The file says which version it is of, so that another one does not misread it."""
    path = tmp_path / "history.json"
    with recorded(record("now"), path):
        text = path.read_text()
    path.write_text(text.replace('"schema": 1', '"schema": 2'))
    assert text.count('"schema": 1') == 1
    assert load_record(path) is None


@pytest.mark.parametrize("earlier", [True, False])
def test_a_write_that_fails_leaves_the_record_before_it(tmp_path, earlier):
    """If the file could not be written, the change before it is still the last, or there is none."""
    path = tmp_path / "history.json"
    if earlier:
        with recorded(record("first"), path):
            pass
    with pytest.raises(OSError, match="full"):
        fail_to_write(path)
    assert (load_record(path) and load_record(path).time) == ("first" if earlier else None)
    assert path.exists() is earlier


def test_a_record_that_cannot_be_kept_is_a_warning(tmp_path):
    """The change goes on, and says that it cannot be undone; without a place for it nothing is kept."""
    (tmp_path / "file").write_text("")
    with recorded(record("now"), tmp_path / "file" / "history.json") as warnings:
        assert ["cannot be undone" in warning for warning in warnings] == [True]
        assert "(Not a directory)" in warnings[0]
    with recorded(record("now"), None) as warnings:
        assert warnings == ()


def test_a_record_that_cannot_be_replaced_does_not_stay(tmp_path, monkeypatch):
    """The record of the change before would be taken for that of the last one."""
    path = tmp_path / "history.json"
    with recorded(record("first"), path):
        pass
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with recorded(record("second"), path) as warnings:
        assert len(warnings) == 1
    assert load_record(path) is None


# Taking back


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (b"", {"N": "2"}),
        (b"A=1", {"N": "2"}),
        (b"N=1 # c\n", {"N": "2"}),
        (b"N\n", {"N": "2"}),
        (b"N=1\nA=1\nN=2\n", {"N": None}),
        (b"N=1\r\nA=\xff", {"N": "a b", "A": None, "C": "3"}),
    ],
)
def test_a_file_that_nobody_touched_gets_its_very_bytes_back(data, changes):
    """The splices are reverted one after the other, the last first."""
    after, kept = changed(data, changes)
    assert take_back(kept, after, ".env") == data


@pytest.mark.parametrize(
    ("created", "edit", "expected"),
    [(True, b"", None), (False, b"", b""), (True, b"A=1\n", b"A=1\n"), (True, b"# mine\n", b"# mine\n")],
)
def test_a_file_that_the_change_made_goes_if_nothing_else_is_in_it(created, edit, expected):
    """None stands for a file that should not be there any more."""
    after, kept = changed(b"", {"N": "2"}, created=created)
    assert take_back(kept, after + edit, ".env") == expected


def test_a_file_that_is_gone_stays_gone():
    """Undoing a change does not bring a file back."""
    with pytest.raises(AssignmentRefusedError, match="the file is gone"):
        take_back(changed(b"", {"N": "2"})[1], None, ".env")


@pytest.mark.parametrize(
    ("before", "changes", "now", "expected"),
    [
        # A value that was replaced
        (b"N=1\n", {"N": "2"}, b"A=x\nN=2\n", b"A=x\nN=1\n"),
        (b"N=1\n", {"N": "2"}, b"N=2 # c\nA=x\n", b"N=1 # c\nA=x\n"),
        (b"N=1\nN=2\n", {"N": "3"}, b"N=1\nA=x\nN=3\n", b"N=1\nA=x\nN=2\n"),
        (b"N=1\nN=2\n", {"N": "3"}, b"N\nN=3\n", b"N\nN=2\n"),
        # A name that was completed
        (b"N\n", {"N": "2"}, b"A=x\nN=2\n", b"A=x\nN\n"),
        # A line that was appended
        (b"A=1\n", {"N": "2"}, b"A=2\nN=2\n", b"A=2\n"),
        (b"A=1\r\n", {"N": "2"}, b"A=1\r\nN=2\r\n# c\r\n", b"A=1\r\n# c\r\n"),
        (b"A=1", {"N": "2"}, b"A=2\nN=2\n", b"A=2"),
        (b"A=1", {"N": "2"}, b"A=1\nN=2\nB=3\n", b"A=1\nB=3\n"),
        (b"A=1\n", {"N": "2"}, b"A=3\nN=2", b"A=3\n"),
        # A line that was removed
        (b"A=1\nN=1\nB=2\n", {"N": None}, b"A=1\nB=3\n", b"A=1\nN=1\nB=3\n"),
        (b"A=1\nN=1\nB=2\n", {"N": None}, b"A=33\nB=2\n", b"A=33\nN=1\nB=2\n"),
        (b"A=1\nN=1\nB=2\n", {"N": None}, b"A=3\nB=4", b"A=3\nB=4\nN=1\n"),
        (b"A=1\nN=1\n", {"N": None}, b"A=2\nB=2\n", b"A=2\nB=2\nN=1\n"),
        (b"A=1\nN=1", {"N": None}, b"A=1\nB=2\n", b"A=1\nN=1\nB=2\n"),
        (b"N=1\nA=1\n", {"N": None}, b"B=2\nA=1\n", b"B=2\nN=1\nA=1\n"),
        (b"N=1\nA=1\nB=1\n", {"N": None}, b"A=1\n", b"N=1\nA=1\n"),
        # Several
        (b"N=1\nA=1\n", {"N": "2", "A": None, "C": "3"}, b"N=2\nC=3\nD=4\n", b"N=1\nA=1\nD=4\n"),
    ],
)
def test_edits_made_since_stay(before, changes, now, expected):
    """Only the recorded change is taken back, wherever its line stands by now."""
    assert take_back(changed(before, changes)[1], now, ".env") == expected


@pytest.mark.parametrize(
    ("before", "changes", "now", "name"),
    [
        (b"N=1\n", {"N": "2"}, b"N=3\n", "N"),
        (b"N=1\n", {"N": "2"}, b"N=32\n", "N"),
        (b"N=1\n", {"N": "2"}, b"N=2\nN=3\n", "N"),
        (b"N=1\n", {"N": "2"}, b"A=1\n", "N"),
        (b"N=1\n", {"N": "2"}, b"A=2\nN\n", "N"),
        (b"N\n", {"N": "2"}, b"N = 2\n", "N"),
        (b"A=1\n", {"N": "2"}, b"A=1\nexport N=2\n", "N"),
        (b"A=1\n", {"N": "2"}, b"A=1\nN=2 # c\n", "N"),
        (b"A=1\nN=1\n", {"N": None}, b"A=1\n\nN=1\n", "N"),
        (b"A=1\nN=1\n", {"N": None}, b"A=1\nN\n", "N"),
        (b"N=1\nA=1\n", {"N": "2", "A": "2"}, b"N=2\nA=3\n", "A"),
        (b"A=1\nN='1'\n", {"N": None}, b"B='un\n", ""),
    ],
)
def test_a_line_that_somebody_changed_since_is_theirs(before, changes, now, name):
    """Nothing is taken back, and the refusal names file and variable."""
    with pytest.raises(AssignmentRefusedError) as caught:
        take_back(changed(before, changes)[1], now, "x/.env")
    assert caught.value.message.startswith(f"x/.env: cannot undo: {name}")
    assert caught.value.hint


def test_a_variable_that_was_set_again_is_named_with_its_line():
    """What was removed and is there once more is somebody's."""
    with pytest.raises(AssignmentRefusedError, match=r"N .* line 3"):
        take_back(changed(b"A=1\nN=1\n", {"N": None})[1], b"A=1\n\nN=5\n", ".env")
