"""What was read once is remembered, and never a wrong thing."""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import run_cli

from model_manager.config.catalogue import builder
from model_manager.config.catalogue import cache as catalogue_cache
from model_manager.config.catalogue import load as door
from model_manager.config.catalogue.files import EMBEDDED_LAYER, find_layers
from model_manager.config.catalogue.load import embedded_catalogue, load_catalogue, readable_catalogue
from model_manager.config.directories import user_directory
from model_manager.config.workspace import open_workspace
from model_manager.errors import CatalogueError

OWN = '[models.mine]\nprovider = "openai"\nname = "{}"\n'
LONG_AGO = time.time_ns() - 3_600_000_000_000


@pytest.fixture(autouse=True)
def settled() -> None:
    """The checkout itself may have been written a moment ago; only the test's own files are to count as young."""
    status = EMBEDDED_LAYER.path.stat()
    if status.st_mtime_ns > time.time_ns() - 3_000_000_000:
        time.sleep(3)


def write(path: Path, text: str, mtime_ns: int = LONG_AGO) -> None:
    path.write_text(text)
    os.utime(path, ns=(mtime_ns, mtime_ns))


def load(work: Path):
    return load_catalogue(find_layers(work, os.environ), os.environ)


def kept(machine: Path) -> list[Path]:
    return sorted((machine / "cache" / "model-manager").glob("catalogue-*.pickle"))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that files were parsed."""
    times: list[int] = []
    real = builder.read_catalogue

    def read(files):
        times.append(len(files))
        return real(files)

    monkeypatch.setattr(builder, "read_catalogue", read)
    return times


def test_unchanged_files_are_read_once(work, reads):
    """The second time, what was read is recalled, equal in every part."""
    write(work / "models.toml", OWN.format("One"))
    first, second = load(work), load(work)
    assert reads == [2]
    assert first == second
    assert first is not second


def test_every_value_of_a_catalogue_is_recalled(work, reads):
    """Prices with tiers, changes and peak hours, dates, scenarios and auto rules come back equal."""
    price = "{ input = 1, tiers = [{ above = 10, input = 2 }], changes = [{ from = 2027-01-01, input = 3 }] }"
    text = (
        OWN.format("One")
        + f"""released = 2026-01-01
    price = {price}
    [budgets.b]
    limit = 2.5
    per = "week"
    tasks = ["t"]
    then = "mine"
    [tasks.t]
    profile = {{ requests_per_day = 2.5, cache_share = 0.4 }}
    preferences = {{ fast = "mine" }}
    auto = {{ simple = "mine", thresholds = {{ moderate = 0.2 }}, words = {{ proof = ["lemma"] }} }}
    [scenarios.s]
    title = "S"
    model = "mine"
    """
    )
    write(work / "models.toml", text)
    assert load(work) == load(work)
    assert reads == [2]


def test_a_file_of_which_only_the_budgets_count_is_another(work, reads):
    """The same files are not taken for one another where a project's `.env` names its catalogue."""
    mine = user_directory(os.environ)
    mine.mkdir(parents=True, exist_ok=True)
    budget = '[budgets.b]\nlimit = 1\nper = "day"\n'
    write(mine / "models.toml", OWN.format("One") + budget)
    write(work / "models.toml", "")
    whole = load(work)
    found = find_layers(work, os.environ, Path("models.toml"), layer="project")
    budgets_alone = load_catalogue(found, os.environ)
    assert ("mine" in whole.models, "mine" in budgets_alone.models) == (True, False)
    assert whole.budgets == budgets_alone.budgets != ()
    assert load(work) == whole
    assert reads == [3, 3, 3]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: write(path, OWN.format("Two"), LONG_AGO + 1),
        lambda path: write(path, OWN.format("Two"), LONG_AGO - 1),
        lambda path: write(path, OWN.format("Another"), LONG_AGO),
    ],
    ids=["newer", "older", "of the same time but longer"],
)
def test_a_changed_file_wins(work, reads, change):
    """A file of another time, also an earlier one, or another size is read again."""
    write(work / "models.toml", OWN.format("One"))
    load(work)
    change(work / "models.toml")
    assert load(work).models["mine"].name != "One"
    assert reads == [2, 2]


def test_a_file_put_in_place_of_another_wins(work):
    """A file of the same time and size is another one if its inode is."""
    write(work / "models.toml", OWN.format("One"))
    load(work)
    write(work / "new", OWN.format("Two"))
    (work / "new").replace(work / "models.toml")
    assert load(work).models["mine"].name == "Two"


def test_a_deleted_file_is_forgotten(work):
    """Without the project's file its models are gone."""
    write(work / "models.toml", OWN.format("One"))
    load(work)
    (work / "models.toml").unlink()
    assert "mine" not in load(work).models


@pytest.mark.parametrize("age", [0, -3_600_000_000_000], ids=["now", "in the future"])
def test_a_young_file_is_not_remembered(work, clean_machine, age):
    """A file that was changed a moment ago may change again without its time showing it."""
    write(work / "models.toml", OWN.format("One"), time.time_ns() - age)
    load(work)
    assert kept(clean_machine) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:1000]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x80\x05cposix\nsystem\n(S'touch canary'\ntR."),
        lambda path: path.write_bytes(pickle.dumps(("identity", {"models": {}}))),
        lambda path: path.chmod(0o666),
    ],
    ids=["cut short", "empty", "harmful", "another thing", "writable by others"],
)
def test_an_odd_memory_is_none(work, clean_machine, reads, spoil):
    """Whatever the cache holds instead of a catalogue is ignored, and harms nobody."""
    write(work / "models.toml", OWN.format("One"))
    expected = load(work)
    (remembered,) = kept(clean_machine)
    spoil(remembered)
    assert load(work) == expected
    assert reads == [2, 2]
    assert not (work / "canary").exists()


def test_a_cache_that_cannot_be_written_costs_only_time(work, monkeypatch):
    """Where the cache's directory is a file, everything works as without a cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(work / "file"))
    (work / "file").write_text("")
    write(work / "models.toml", OWN.format("One"))
    assert load(work).models["mine"].name == "One"
    assert load(work).models["mine"].name == "One"


def test_nothing_half_written_is_left(work, clean_machine):
    """Beside what is kept there is no temporary file."""
    write(work / "models.toml", OWN.format("One"))
    load(work)
    assert [path.suffix for path in (clean_machine / "cache" / "model-manager").iterdir()] == [".pickle"]


def test_a_wrong_file_is_refused_each_time(work):
    """A mistake is an error also after a good state was remembered."""
    write(work / "models.toml", OWN.format("One"))
    load(work)
    write(work / "models.toml", "[models.mine", LONG_AGO + 1)
    for _ in range(2):
        with pytest.raises(CatalogueError):
            load(work)


def test_what_can_be_read_is_read(work, user_models):
    """Of several files, a wrong one is left out."""
    write(user_models, '[models.theirs]\nprovider = "openai"\n')
    write(work / "models.toml", "[models.mine")
    found = readable_catalogue(find_layers(work, os.environ), os.environ)
    assert "theirs" in found.models
    write(user_models, "nonsense")
    assert readable_catalogue(find_layers(work, os.environ)) == embedded_catalogue()


@pytest.mark.slow
def test_a_pipe_is_read_each_time(work):
    """What is not a regular file cannot be told to be unchanged."""
    script = "import sys; from model_manager.__main__ import main; sys.argv[1:] = sys.argv[1:]; main()"
    for name in ("first", "second"):
        write(work / "own.toml", f'[models.{name}]\nprovider = "openai"\n')
        command = f"{sys.executable} -c '{script}' list --ids --models-file <(cat own.toml) | grep -x {name}"
        assert subprocess.run(["bash", "-c", command], check=True, capture_output=True).stdout


def test_another_version_reads_again(work, reads, monkeypatch):
    """What another version of this tool understood does not count."""
    write(work / "models.toml", OWN.format("One"))
    load(work)
    monkeypatch.setattr(catalogue_cache, "__version__", "0.0.0")
    load(work)
    assert reads == [2, 2]


@pytest.mark.slow
def test_many_processes_agree(work):
    """Processes that read and remember at once, while the file changes, say only what it said at some time."""
    names = {f"state-{number}" for number in range(8)}
    script = (
        "import os; from pathlib import Path; from model_manager.config.catalogue.load import load_catalogue\n"
        "from model_manager.config.catalogue.files import find_layers\n"
        "for _ in range(60): print(load_catalogue(find_layers(Path(), os.environ), os.environ).models['mine'].name)"
    )
    write(work / "models.toml", OWN.format("state-0"))
    readers = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for number in range(1, 8):
        time.sleep(0.05)
        write(work / "new", OWN.format(f"state-{number}"), LONG_AGO + number)
        (work / "new").replace(work / "models.toml")
    said = {line for reader in readers for line in reader.communicate()[0].split("\n") if line}
    assert all(reader.returncode == 0 for reader in readers)
    assert said <= names
    assert load(work).models["mine"].name == "state-7"


def test_the_door_loads_no_parser_for_what_is_known():
    """A command on unchanged files imports neither the TOML parser nor the checks."""
    run_cli("list", "--json")
    assert door.load_catalogue
    script = (
        "import sys; sys.argv[1:] = ['list', '--json', '--on', '2026-11-23']\n"
        "from model_manager.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'tomllib', 'model_manager.config.catalogue.schema', 'model_manager.config.catalogue.builder'} & set(sys.modules)), file=sys.stderr)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[1].stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "env", "is_kept"),
    [
        (OWN.format("One"), {}, True),
        (OWN.format("sk-ant-0123456789abcdef"), {}, False),
        (OWN.format("the key value-of-a-key"), {"OPENAI_API_KEY": "value-of-a-key"}, False),
        (OWN.format("the key value-of-a-key"), {"HARMLESS": "value-of-a-key"}, True),
        (OWN.format("One") + "parameters = { headers = { X-Portal-Key = 'Bearer value-of-a-key' } }\n", {}, False),
        (OWN.format("One") + "parameters = { headers = { X-Portal = 'value-of-a-key' } }\n", {}, True),
    ],
)
def test_a_catalogue_with_a_key_in_it_is_not_kept(  # noqa: PLR0917 - fixtures and a table's columns
    work, clean_machine, monkeypatch, text, env, is_kept
):
    """A key that stands in a file of the user's is written into no other file, by a command as by TAB."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    write(work / "models.toml", text)
    for read in (lambda: open_workspace(work).catalogue, lambda: load(work)):
        assert "mine" in read().models
        assert [b"value-of-a-key" in path.read_bytes() for path in kept(clean_machine)] == (
            [b"value-of-a-key" in text.encode()] if is_kept else []
        )
        for path in kept(clean_machine):
            path.unlink()


def test_a_key_of_a_dotenv_file_is_not_kept(work, clean_machine):
    """What is a key only by the .env file is known when the directory is read."""
    write(work / "models.toml", OWN.format("the key value-of-a-key"))
    (work / ".env").write_text("OPENAI_API_KEY=value-of-a-key\n")
    assert "mine" in open_workspace(work).catalogue.models
    assert kept(clean_machine) == []
