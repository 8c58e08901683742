"""The process that answers a shell: light where it can be, right always, and never a word on stderr."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model_manager import completion

COMMAND = "/somewhere/model-manager"
LONG_AGO = time.time() - 3600
HEAVY = {"typer", "rich", "pydantic", "httpx", "json", "re", "typing", "dataclasses", "pathlib", "tomllib"}


def own(*names: str) -> str:
    return "".join(f'[models."{name}"]\nprovider = "openai"\n' for name in names)


def write(path: Path, text: str, age: float = 0) -> None:
    path.write_text(text)
    os.utime(path, (LONG_AGO + age, LONG_AGO + age))


def put_in_place(path: Path, text: str) -> None:
    write(path.with_name("new"), text, age=2)
    path.with_name("new").replace(path)


def ask(*options: str, command: str = COMMAND, **environment: str) -> list[str]:
    """The lines that the process prints."""
    done = subprocess.run(
        [sys.executable, "-c", "from model_manager.__main__ import main; main()", "__words", command, *options],
        capture_output=True,
        check=True,
        env={**os.environ, "PWD": str(Path.cwd()), **environment},
        timeout=60,
    )
    assert done.stderr == b""
    lines = done.stdout.decode("utf-8", "surrogateescape").split("\n")
    assert lines[0] == "model-manager words 1"
    assert lines[-2:] == ["end", ""]
    assert sum(counts(lines)) == len(words(lines))
    return lines


def first_of(lines: list[str]) -> int:
    return 9 + int(lines[7])


def counts(lines: list[str]) -> list[int]:
    return [int(count) for count in lines[first_of(lines) - 1].split()]


def words(lines: list[str]) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in lines[first_of(lines) : -2])


def modules(*options: str) -> set[str]:
    """What the process imports."""
    script = (
        "import sys; before = set(sys.modules)\n"
        "from model_manager.__main__ import main\nmain()\n"
        "sys.stderr.write(' '.join(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "__words", COMMAND, *options],
        capture_output=True,
        check=True,
        env={**os.environ, "PWD": str(Path.cwd())},
        timeout=60,
    )
    names = done.stderr.decode().split()
    return {name.partition(".")[0] for name in names} | set(names)


@pytest.fixture
def stored(clean_machine: Path):
    """The word files that are kept."""
    return lambda: sorted(path.name for path in (clean_machine / "cache" / "model-manager" / "words").glob("*"))


def test_words_have_meanings():
    """Models come with name and price, aliases with what they stand for, tasks with purpose, providers with name."""
    found = words(ask())
    assert found["claude-haiku-5-5"] == "Claude Haiku 5.5, $0.1/$0.5"
    assert found["haiku"].startswith("claude-haiku-5-5, ")
    assert found["chat"] == "Main user conversations, claude-sonnet-5-5"
    assert found["groq"] == "Groq"


def test_retired_models_are_no_words():
    """Nobody is led to a model that has gone."""
    assert "gpt-4-turbo" not in words(ask())


def test_directories_without_files_of_their_own_share_words(work, stored):
    """Where nothing is configured, one word file serves all directories."""
    first = ask()
    (work / "below").mkdir()
    os.chdir(work / "below")
    assert ask() == first
    assert stored() == ["common"]


def test_a_directory_with_a_catalogue_has_its_own_words(work, stored):
    """The file belongs to the directory, the variables and the command."""
    write(work / "models.toml", own("mine"))
    lines = ask()
    assert "mine" in words(lines)
    assert lines[1:6] == [str(work), "", os.environ["XDG_CONFIG_HOME"], os.environ["HOME"], COMMAND]
    assert stored() == [str(work).replace("/", "%")]


def test_the_light_way_imports_next_to_nothing(work):
    """Fresh words, and first words of a directory that has only a .env, need none of the heavy modules."""
    ask()
    assert modules() & HEAVY == set()
    write(work / ".env", "AI_CHAT_MODEL=haiku\n")
    first = modules()
    assert first & HEAVY == set()
    assert "model_manager.completion" in first
    assert len(first) < 8
    write(work / "models.toml", own("mine"))
    ask()
    assert modules() & HEAVY == set()


def test_reading_a_catalogue_needs_no_command_line(work):
    """Also after an edit, neither Typer nor pydantic nor rich nor httpx is loaded."""
    write(work / "models.toml", own("mine"))
    assert modules() & {"typer", "rich", "pydantic", "httpx", "pydantic_settings", "simplejson"} == set()


@pytest.mark.parametrize(
    "change",
    [
        lambda work: write(work / "models.toml", own("new"), age=1),
        lambda work: write(work / "models.toml", own("new"), age=-1),
        lambda work: write(work / "models.toml", own("new"), age=0.000001),
        lambda work: put_in_place(work / "models.toml", own("new")),
    ],
    ids=["newer", "older", "a microsecond", "replaced"],
)
def test_a_changed_catalogue_is_read(work, change):
    """Whatever its new time is, a changed file gives new words."""
    write(work / "models.toml", own("old"))
    assert "old" in words(ask())
    change(work)
    assert {"old", "new"} & words(ask()).keys() == {"new"}


def test_files_that_come_and_go_count(work, user_models):
    """A user's catalogue or a .env that appears, and a project's that disappears, give new words."""
    write(work / "models.toml", own("mine"))
    ask()
    write(user_models, own("theirs"))
    assert {"mine", "theirs"} <= words(ask()).keys()
    (work / "models.toml").unlink()
    assert "mine" not in words(ask())
    user_models.unlink()
    assert "theirs" not in words(ask())


def test_other_variables_and_commands_have_other_words(work, clean_machine):
    """Words that were kept for one home or command are not taken for another's."""
    other = clean_machine / "elsewhere" / "model-manager"
    other.mkdir(parents=True)
    write(other / "models.toml", own("elsewhere"))
    assert "elsewhere" not in words(ask())
    assert "elsewhere" in words(ask(XDG_CONFIG_HOME=str(other.parent)))
    assert ask(command="/other/model-manager")[5] == "/other/model-manager"
    write(work / "named.toml", own("named"))
    assert "named" in words(ask(MODEL_MANAGER_MODELS_FILE="named.toml"))
    assert "named" not in words(ask())


def test_words_last_until_midnight(work, clean_machine):
    """Prices and retirements change by date, so words of yesterday are read anew."""
    write(work / "models.toml", own("mine"))
    lines = ask()
    assert 0 < int(lines[6]) - time.time() <= 86_400
    assert int(lines[6]) % 86_400 == 0
    (path,) = (clean_machine / "cache" / "model-manager" / "words").glob("%*")
    path.write_text("\n".join([*lines[:6], str(int(time.time()) - 1), *lines[7:]]).replace("mine", "stale"))
    assert "mine" in words(ask())


def test_a_young_file_gives_words_that_are_not_kept(work, stored):
    """A file that was written a moment ago may change again without its time showing it."""
    soon = time.time() + 60  # still young when a busy machine comes to look at it
    (work / "models.toml").write_text(own("mine"))
    os.utime(work / "models.toml", (soon, soon))
    assert "mine" in words(ask())
    assert stored() == []


@pytest.mark.parametrize("text", ["[models.", "models = 3", "\x00", "[models.x]\nnonsense = 1\n"])
def test_a_wrong_catalogue_leaves_the_others(work, text):
    """A file that cannot be read gives no words, and takes none away."""
    write(work / "models.toml", text)
    found = words(ask())
    assert "claude-haiku-5-5" in found
    assert "x" not in found


def test_a_wrong_setting_leaves_the_rest(work):
    """A setting that names no file, or cannot be meant, gives the catalogue without it."""
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=nowhere.toml\n")
    assert "claude-haiku-5-5" in words(ask())
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=x\nMODEL_MANAGER_RETRIES=many\n", age=1)
    assert "claude-haiku-5-5" in words(ask())


def test_options_choose_the_files(work):
    """-C, --models-file and --env-file count as on the command line, and nothing is kept for them."""
    (work / "below").mkdir()
    write(work / "below" / "models.toml", own("below"))
    assert "below" in words(ask("-C", "below"))
    assert "below" in words(ask("--models-file", "below/models.toml"))
    write(work / "other.env", "MODEL_MANAGER_MODELS_FILE=below/models.toml\n")
    assert "below" in words(ask("--env-file", "other.env"))
    assert words(ask("-C", "nowhere"))


def test_meanings_are_one_harmless_line(work):
    """No escape, tab, line feed or override of direction gets from a file into the words."""
    write(work / "models.toml", '[models.mine]\nprovider = "openai"\nname = "a\\tb\\nc\\u001b[31m\\u202e"\n')
    assert words(ask())["mine"] == "a b c [31m , ?/?"


@pytest.mark.parametrize("name", ["$(touch canary)", "a b", "-n", "x;y", "*"])
def test_only_names_are_words(work, name):
    """A catalogue with another kind of name is wrong as a whole; the name is never a word."""
    write(work / "models.toml", f"[models.'{name}']\nprovider = 'openai'\n")
    assert name not in words(ask())


@pytest.mark.parametrize(
    "content", ["", "model-manager words 1\n", "x\n" * 50, "model-manager words 1\n" * 9 + "end\n"]
)
def test_a_spoilt_word_file_is_none(work, clean_machine, content):
    """A word file that is not whole is written anew."""
    write(work / "models.toml", own("mine"))
    lines = ask()
    (path,) = (clean_machine / "cache" / "model-manager" / "words").glob("%*")
    path.write_text(content)
    assert ask() == lines
    assert path.read_text() == "\n".join(lines)


def test_where_nothing_can_be_kept_words_come_all_the_same(work, monkeypatch):
    """A cache that is a file, a directory with a very long path and one with a line feed only cost time."""
    write(work / "file", "")
    assert words(ask(XDG_CACHE_HOME=str(work / "file")))
    for name in ("n" * 250, "two\nlines"):
        (work / name).mkdir()
        monkeypatch.chdir(work / name)
        write(work / name / "models.toml", own("mine"))
        assert "mine" in words(ask())


def test_the_stamps_have_the_sources_times(work, clean_machine):
    """For each source there is an empty file with its very time, and only the user can read any of it."""
    write(work / "models.toml", own("mine"))
    lines = ask()
    root = clean_machine / "cache" / "model-manager"
    stamped = [line.split(" ", 1) for line in lines[8 : first_of(lines) - 1] if line[0] != "-"]
    assert str(work / "models.toml") in [path for _, path in stamped]
    for stamp, path in stamped:
        assert (root / "stamps" / stamp).stat().st_mtime_ns == Path(path).stat().st_mtime_ns
        assert (root / "stamps" / stamp).stat().st_size == 0
    assert root.stat().st_mode & 0o077 == 0
    assert list(root.rglob("~*")) == []


def test_what_is_not_used_for_a_month_is_removed(work, clean_machine, monkeypatch):
    """Words of directories that are gone do not stay for ever."""
    write(work / "models.toml", own("mine"))
    ask()
    monkeypatch.setattr(completion.time, "time", lambda: 10**10)
    completion._tidy(str(clean_machine / "cache" / "model-manager"))
    assert [path for path in (clean_machine / "cache" / "model-manager").glob("*/*") if path.is_file()] == []


def test_ten_thousand_models(work):
    """A large catalogue gives all its words."""
    write(work / "models.toml", own(*(f"acme-{number}" for number in range(10_000))))
    lines = ask()
    assert counts(lines)[0] > 10_000
    assert ask() == lines


def test_processes_at_once_give_whole_lists(work):
    """Readers during edits each get the whole of one state, never a mixture."""
    states = [own(*(f"state-{number}-{part}" for part in range(5))) for number in range(6)]
    write(work / "models.toml", states[0])
    script = (
        "import os, sys\n"
        "from model_manager.completion import main\n"
        "for _ in range(40): main(['/x/model-manager'])\n"
    )
    environment = {**os.environ, "PWD": str(work)}
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(2)
    ]
    for number, state in enumerate(states):
        time.sleep(0.15)
        write(work / "new", state, age=number)
        (work / "new").replace(work / "models.toml")
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert err == ""
        for text in out.split("model-manager words 1\n")[1:]:
            assert text.endswith("end\n")
            assert len({line.split("-")[1] for line in text.split("\n") if line.startswith("state-")}) == 1
    assert "state-5-0" in words(ask())


def test_a_reader_that_has_gone_is_no_error():
    """Nothing is said when the shell closes the pipe."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m model_manager __words x | true; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
