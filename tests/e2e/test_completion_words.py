"""The process that answers a shell: light where it can be, right always, and never a word on stderr."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model_manager._version import __version__

LONG_AGO = time.time() - 3600
#: What takes longer to import than all that the light process does.
HEAVY = {"typer", "rich", "pydantic", "httpx", "json", "re", "typing", "dataclasses", "pathlib", "tomllib"}
#: What a large part of them is imported for: the catalogue is read.
READER = "model_manager.commands.candidates"
PROGRAM = "from model_manager.__main__ import main; main()"


def own(*names: str) -> str:
    return "".join(f'[models."{name}"]\nprovider = "openai"\n' for name in names)


def write(path: Path, text: str, age: float = 0) -> None:
    path.write_text(text)
    os.utime(path, (LONG_AGO + age, LONG_AGO + age))


def put_in_place(path: Path, text: str) -> None:
    write(path.with_name("new"), text, age=2)
    path.with_name("new").replace(path)


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", script, "__words", *arguments],
        capture_output=True,
        check=True,
        env={**os.environ, **environment},
        timeout=60,
    )


def ask(*options: str, wanted: str = "any:", **environment: str) -> dict[str, str]:
    """The words that the process prints, with their meanings."""
    done = run(PROGRAM, wanted, *options, **environment)
    assert done.stderr == b""
    lines = done.stdout.decode("utf-8", "surrogateescape").split("\n")
    assert lines.pop() == ""
    return dict(line.split("\t", 1) for line in lines)


def modules(*options: str) -> set[str]:
    """What the process imports."""
    script = (
        "import sys; before = set(sys.modules)\n"
        "from model_manager.__main__ import main\nmain()\n"
        "sys.stderr.write(' '.join(set(sys.modules) - before))"
    )
    names = run(script, "any:", *options).stderr.decode().split()
    return {name.partition(".")[0] for name in names} | set(names)


def is_read(*options: str) -> bool:
    """Whether the process reads the catalogue's files."""
    return READER in modules(*options)


@pytest.fixture
def stored(clean_machine: Path):
    """The cache files that are kept."""
    return lambda: sorted((clean_machine / "cache" / "model-manager" / "words").glob("*"))


def test_words_have_meanings():
    """Models come with name and price, aliases with what they stand for, tasks with purpose, providers with name."""
    found = ask()
    assert found["claude-haiku-5-5"] == "Claude Haiku 5.5, $0.1/$0.5"
    assert found["haiku"].startswith("claude-haiku-5-5, ")
    assert found["chat"] == "Main user conversations, claude-sonnet-5-5"
    assert ask(wanted="provider:")["groq"] == "Groq"


def test_only_words_of_the_kind_are_given():
    """Models, tasks and providers are asked for by themselves; "any" is a model or a task."""
    models, tasks = ask(wanted="model:"), ask(wanted="task:")
    assert "chat" in tasks
    assert "haiku" in models
    assert models.keys().isdisjoint(tasks)
    assert ask(wanted="any:") == models | tasks
    assert "groq" not in ask(wanted="any:")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("acme/", {"acme/one", "Acme/Two:v1"}),
        ("ACME/t", {"Acme/Two:v1"}),
        ("acme/one", {"acme/one"}),
        ("acme/one:", set()),
        ("cme/", set()),
        ("acme.", set()),
        ("é", set()),
    ],
)
def test_words_begin_as_typed(work, typed, found):
    """Only words that begin with what is typed are given, in letters of either case."""
    write(work / "models.toml", own("acme/one", "Acme/Two:v1", "other/acme/"))
    assert ask(wanted=f"model:{typed}").keys() == found
    assert ask(wanted=f"model:{typed}").keys() == found


@pytest.mark.parametrize("arguments", [[], ["model"], ["nonsense:x"], [":"], ["model:", "-C"]])
def test_a_wrong_question_gets_no_error(arguments):
    """Whatever the process is asked, it ends well and says nothing on stderr."""
    done = run(PROGRAM, *arguments)
    assert done.stderr == b""


def test_retired_models_are_no_words():
    """Nobody is led to a model that has gone."""
    assert "gpt-4-turbo" not in ask()


def test_directories_without_files_of_their_own_share_words(work, stored):
    """Where nothing is configured, one cache file serves all directories."""
    first = ask()
    (work / "below").mkdir()
    assert ask("-C", "below") == first
    write(work / "below" / ".env", "AI_CHAT_MODEL=haiku\n")
    assert not is_read("-C", "below")
    assert len(stored()) == 1


def test_a_directory_with_a_catalogue_has_its_own_words(work, stored):
    """What one directory's catalogue says is not offered in another, and both are kept."""
    (work / "below").mkdir()
    write(work / "models.toml", own("mine"))
    write(work / "below" / "models.toml", own("below"))
    for _ in range(2):
        assert ask().keys() & {"mine", "below"} == {"mine"}
        assert ask("-C", "below").keys() & {"mine", "below"} == {"below"}
    assert len(stored()) == 2


def test_the_light_way_imports_next_to_nothing(work):
    """While nothing has changed, none of the heavy modules is needed, whichever files the words came from."""
    write(work / "models.toml", own("mine"))
    write(work / "other.toml", own("other"))
    write(work / "other.env", "MODEL_MANAGER_MODELS_FILE=other.toml\n")
    for options in [(), ("-C", "."), ("--models-file", "other.toml"), ("--env-file", "other.env")]:
        assert ask(*options)
        light = modules(*options)
        assert light & HEAVY == set()
        assert "model_manager.completion" in light
        assert len(light) < 8


def test_reading_a_catalogue_needs_no_command_line(work):
    """Also after an edit, neither Typer nor pydantic nor rich nor httpx is loaded."""
    write(work / "models.toml", own("mine"))
    read = modules()
    assert READER in read
    assert read & {"typer", "rich", "pydantic", "httpx", "pydantic_settings", "simplejson"} == set()


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
    assert "old" in ask()
    change(work)
    assert {"old", "new"} & ask().keys() == {"new"}


def test_files_that_come_and_go_count(work, user_models):
    """A user's catalogue or a .env that appears, and a project's that disappears, give new words."""
    write(work / "models.toml", own("mine"))
    ask()
    write(user_models, own("theirs"))
    assert {"mine", "theirs"} <= ask().keys()
    (work / "models.toml").unlink()
    assert "mine" not in ask()
    user_models.unlink()
    assert "theirs" not in ask()


def test_other_variables_have_other_words(work, clean_machine):
    """Words that were kept for one home are not taken for another's."""
    other = clean_machine / "elsewhere" / "model-manager"
    other.mkdir(parents=True)
    write(other / "models.toml", own("elsewhere"))
    assert "elsewhere" not in ask()
    assert "elsewhere" in ask(XDG_CONFIG_HOME=str(other.parent))
    write(work / "named.toml", own("named"))
    assert "named" in ask(MODEL_MANAGER_MODELS_FILE="named.toml")
    assert "named" not in ask()


def test_a_catalogue_named_through_another_variable_counts(work):
    """Where .env takes the catalogue's name from a variable, that variable's value of now counts."""
    write(work / "one.toml", own("one"))
    write(work / "two.toml", own("two"))
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=${CHOSEN}.toml\n")
    assert ask(CHOSEN="one").keys() & {"one", "two"} == {"one"}
    assert ask(CHOSEN="two").keys() & {"one", "two"} == {"two"}


def test_an_edit_that_hides_itself_counts(work):
    """A catalogue that was edited in place to the same length, with its old time set again, gives new words."""
    write(work / "models.toml", own("old"))
    assert "old" in ask()
    write(work / "models.toml", own("new"))
    assert ask().keys() & {"old", "new"} == {"new"}


def test_words_last_until_midnight(work, stored):
    """Prices and retirements change by date, so words of yesterday are read anew."""
    write(work / "models.toml", own("mine"))
    ask()
    (path,) = stored()
    today = str(int(time.time()) // 86_400).encode()
    head, _, rest = path.read_bytes().partition(b"\n")
    assert head.split(b" ")[3] in {today, str(int(today) - 1).encode()}
    yesterday = head.replace(head.split(b" ")[3], str(int(today) - 1).encode())
    path.write_bytes(yesterday + b"\n" + rest.replace(b"mine", b"gone"))
    assert ask().keys() & {"mine", "gone"} == {"mine"}


def test_another_version_reads_anew(work, stored):
    """Words that another version of the program kept are not taken."""
    write(work / "models.toml", own("mine"))
    ask()
    (path,) = stored()
    path.write_bytes(path.read_bytes().replace(__version__.encode(), b"9.9.9", 1).replace(b"mine", b"gone"))
    assert ask().keys() & {"mine", "gone"} == {"mine"}


def test_a_file_that_others_can_write_is_not_taken(work, stored):
    """A cache file that somebody else may have written is read no words from."""
    write(work / "models.toml", own("mine"))
    ask()
    (path,) = stored()
    path.write_bytes(path.read_bytes().replace(b"mine", b"evil"))
    assert "evil" in ask()
    path.chmod(0o666)
    assert "evil" not in ask()


def test_a_young_file_gives_words_that_are_not_kept(work, stored):
    """A file that was written a moment ago may change again without its time showing it."""
    soon = time.time() + 60  # still young when a busy machine comes to look at it
    (work / "models.toml").write_text(own("mine"))
    os.utime(work / "models.toml", (soon, soon))
    assert "mine" in ask()
    assert stored() == []


@pytest.mark.parametrize("name", [".env", "models.toml"])
def test_a_pipe_holds_nobody_up(work, stored, name):
    """A named pipe in the place of a file gives the other words at once, whoever should write to it, and none to keep."""
    os.mkfifo(work / name)
    assert "claude-haiku-5-5" in ask()
    assert stored() == []


@pytest.mark.parametrize("text", ["[models.", "models = 3", "\x00", "[models.x]\nnonsense = 1\n"])
def test_a_wrong_catalogue_leaves_the_others(work, text):
    """A file that cannot be read gives no words, and takes none away."""
    write(work / "models.toml", text)
    found = ask()
    assert "claude-haiku-5-5" in found
    assert "x" not in found


def test_a_wrong_setting_leaves_the_rest(work):
    """A setting that names no file, or cannot be meant, gives the catalogue without it."""
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=nowhere.toml\n")
    assert "claude-haiku-5-5" in ask()
    write(work / ".env", "MODEL_MANAGER_MODELS_FILE=x\nMODEL_MANAGER_RETRIES=many\n", age=1)
    assert "claude-haiku-5-5" in ask()


def test_options_choose_the_files(work):
    """-C, --models-file and --env-file count as on the command line; of several .env files the last one wins."""
    (work / "below").mkdir()
    write(work / "below" / "models.toml", own("below"))
    write(work / "other.env", "MODEL_MANAGER_MODELS_FILE=below/models.toml\n")
    write(work / "wrong.env", "MODEL_MANAGER_MODELS_FILE=wrong.toml\n")
    for _ in range(2):
        assert "below" in ask("-C", "below")
        assert "below" in ask("--models-file", "below/models.toml")
        assert "below" in ask("--env-file", "other.env")
        assert "below" in ask("--env-file", "wrong.env", "--env-file", "other.env")
        assert "below" not in ask("--env-file", "other.env", "--env-file", "wrong.env")
        assert "below" in ask("-C", "nowhere", "-C", "below")
        assert "haiku" in ask("-C", "nowhere")


def test_meanings_are_one_harmless_line(work):
    """No escape, tab, line feed or override of direction gets from a file into the words."""
    write(work / "models.toml", '[models.mine]\nprovider = "openai"\nname = "a\\tb\\nc\\u001b[31m\\u202e"\n')
    assert ask()["mine"] == "a b c [31m , ?/?"


@pytest.mark.parametrize("name", ["$(touch canary)", "a b", "-n", "x;y", "*"])
def test_only_names_are_words(work, name):
    """A catalogue with another kind of name is wrong as a whole; the name is never a word."""
    write(work / "models.toml", f"[models.'{name}']\nprovider = 'openai'\n")
    assert name not in ask()


def cut(data: bytes) -> bytes:
    return data[:-5]


def lengthened(data: bytes) -> bytes:
    return data + b"evil\tevil\n"


def with_odd_sizes(data: bytes) -> bytes:
    head, _, rest = data.partition(b"\n")
    return b" ".join([*head.split(b" ")[:-1], b"-1"]) + b"\n" + rest


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"\x00\xff\n" * 50,
        lambda _: b"model-manager words\n" * 9,
        cut,
        lengthened,
        with_odd_sizes,
    ],
    ids=["empty", "binary", "another format", "cut", "lengthened", "odd sizes"],
)
def test_a_spoilt_cache_file_is_none(work, stored, spoil):
    """A cache file that is not whole is written anew."""
    write(work / "models.toml", own("mine"))
    found = ask()
    (path,) = stored()
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    assert ask() == found
    assert path.read_bytes() == whole


def test_where_nothing_can_be_kept_words_come_all_the_same(work, stored):
    """A cache directory that is a file only costs time."""
    write(work / "file", "")
    assert ask(XDG_CACHE_HOME=str(work / "file"))
    assert stored() == []


@pytest.mark.parametrize("name", ["n" * 250, "two\nlines", "tab\tand space", os.fsdecode(b"not UTF-8: \xff")])
def test_every_directory_can_have_its_words_kept(work, name):
    """Directories with long and odd names have words, and the second time they are not read."""
    (work / name).mkdir()
    write(work / name / "models.toml", own("mine"))
    assert "mine" in ask("-C", name)
    assert not is_read("-C", name)
    write(work / name / "models.toml", own("edited"), age=5)
    assert "edited" in ask("-C", name)


def test_only_its_user_can_read_what_is_kept(work, stored):
    """Directory and files of the cache are the user's alone, and nothing unfinished is left."""
    write(work / "models.toml", own("mine"))
    ask()
    (path,) = stored()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_what_is_not_used_for_a_month_is_removed(work, stored):
    """Words of directories that are gone do not stay for ever."""
    write(work / "models.toml", own("mine"))
    ask()
    (old,) = stored()
    os.utime(old, (time.time() - 31 * 86_400,) * 2)
    (work / "below").mkdir()
    write(work / "below" / "models.toml", own("below"))
    ask("-C", "below")
    assert len(stored()) == 1
    assert old not in stored()


def test_ten_thousand_models(work):
    """A large catalogue gives all its words, or those that begin as typed, and is not read again."""
    write(work / "models.toml", own(*(f"acme-{number}" for number in range(10_000))))
    found = ask()
    assert len(found) > 10_000
    assert ask() == found
    assert not is_read()
    assert ask(wanted="model:acme-123").keys() == {"acme-123", *(f"acme-123{digit}" for digit in range(10))}


def test_processes_at_once_give_whole_lists(work):
    """Readers during edits each get the whole of one state, never a mixture."""
    states = [own(*(f"state-{number}-{part}" for part in range(5))) for number in range(6)]
    write(work / "models.toml", states[0])
    script = (
        "from model_manager.completion import main\n"
        "for _ in range(40):\n    main(['model:state'])\n    print('end', flush=True)\n"
    )
    readers = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for number, state in enumerate(states):
        time.sleep(0.15)
        write(work / "new", state, age=number)
        (work / "new").replace(work / "models.toml")
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert err == ""
        answers = out.split("end\n")
        assert answers.pop() == ""
        for answer in answers:
            lines = answer.splitlines()
            assert len(lines) == 5
            assert len({line.split("-")[1] for line in lines}) == 1
    assert "state-5-0" in ask()


def test_a_reader_that_has_gone_is_no_error():
    """Nothing is said when the shell closes the pipe."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m model_manager __words any: | true; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
