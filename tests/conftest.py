"""What every test starts from: no keys, no configuration, an empty directory, and no way to the internet."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import hypothesis
import pytest

# No test asserts a time: a busy machine is no mistake.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# Where Python is told to write no bytecode (images of containers often do), each of the suite's thousand processes would
# compile the package again.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

# A shell without job control has what it puts into the background ignore Ctrl-C, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What the helpers assert is explained as what the tests assert.
pytest.register_assert_rewrite("fault_cases", "service_calls", "serving")

_PREFIXES = ("AI_", "MODEL_MANAGER_", "OTEL_", "OPENAI_", "ANTHROPIC_", "OLLAMA_", "GOOGLE_", "GEMINI_",
             "AWS_", "AZURE_", "CLOUDFLARE_", "VERCEL_")  # fmt: skip
_SUFFIXES = ("_API_KEY", "_API_TOKEN", "_AUTH_TOKEN", "_BASE_URL", "_API_BASE", "_PROXY")
_NAMES = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES", "HF_TOKEN"}
_MACHINES = count()
#: How many tests run at once for each core: half of a test's time is waiting for processes, servers and time-outs.
_WORKERS_A_CORE = 2
_TESTS = Path(__file__).parent
_HOMES = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder."""
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0] if item.path.is_relative_to(_TESTS) else ""
        if folder in {"integration", "e2e"}:
            item.add_marker(folder)


def pytest_xdist_auto_num_workers() -> int:
    """The workers of `--numprocesses auto`."""
    return _WORKERS_A_CORE * (os.cpu_count() or 1)


def _is_personal(name: str) -> bool:
    folded = name.upper()
    return folded in _NAMES or folded.startswith(_PREFIXES) or folded.endswith(_SUFFIXES)


def _contents(machine: Path) -> list[tuple[int, list[str]]]:
    """The mode and the entries of a machine's directories."""
    directories = [machine, *(machine / name for name in (*_HOMES.values(), "work"))]
    return [
        (directory.stat().st_mode, sorted(entry.name for entry in directory.iterdir()))
        for directory in directories
    ]


def _is_untouched(machine: Path, contents: list[tuple[int, list[str]]]) -> bool:
    try:
        return _contents(machine) == contents
    except OSError:  # one of them is gone
        return False


@pytest.fixture(scope="session")
def new_machine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes the directories of a machine, or gives those of the test before where it has left them untouched.

    Most unit tests do: six directories for each of thousands of tests take longer to make, and to remove, than the tests.
    """
    last: list[tuple[Path, list[tuple[int, list[str]]]]] = []

    def made() -> Path:
        if last and _is_untouched(*last[0]):
            return last[0][0]
        # Numbering by pytest looks at all others.
        machine = tmp_path_factory.getbasetemp() / f"machine{next(_MACHINES)}"
        for name in (".", *_HOMES.values(), "work"):
            (machine / name).mkdir()
        last[:] = [(machine, _contents(machine))]
        return machine

    return made


@pytest.fixture(scope="session", autouse=True)
def shared_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The machine of fixtures that several tests share: what they start neither reads nor writes the user's own files."""
    machine = tmp_path_factory.mktemp("shared_machine")
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(_is_personal, list(os.environ)):
            patch.delenv(name)
        for variable, directory in _HOMES.items():
            (machine / directory).mkdir()
            patch.setenv(variable, str(machine / directory))
        yield machine


@pytest.fixture(autouse=True)
def clean_machine(monkeypatch: pytest.MonkeyPatch, new_machine: Callable[[], Path]) -> Path:
    """A machine of somebody who has configured nothing; the directory that holds its home and working directory."""
    machine = new_machine()
    for name in filter(_is_personal, list(os.environ)):
        monkeypatch.delenv(name)
    for variable, directory in _HOMES.items():
        monkeypatch.setenv(variable, str(machine / directory))
    # Most tests are about projects of one's own, which say where their keys go; those about trust take this away.
    monkeypatch.setenv("MODEL_MANAGER_TRUST", "1")
    monkeypatch.chdir(machine / "work")
    return machine


@pytest.fixture(autouse=True)
def no_ledger_is_left(clean_machine: Path) -> Iterator[None]:  # noqa: ARG001 - it ends before that
    """What a test recorded is written before its directory counts for nobody."""
    yield
    if writers := sys.modules.get("model_manager.ledger.storage.writers"):
        writers.forget_all()


@pytest.fixture
def work(clean_machine: Path) -> Path:
    """The empty working directory: the project."""
    return clean_machine / "work"


@pytest.fixture
def user_models(clean_machine: Path) -> Path:
    """Where the user's own models.toml goes; the file is not there yet."""
    path = clean_machine / "config" / "model-manager" / "models.toml"
    path.parent.mkdir()
    return path


def _stays_here(address: object) -> bool:
    if not isinstance(address, tuple):  # a Unix socket's path
        return True
    host = str(address[0])
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to any other machine fails the test that tries it."""
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: object) -> None:
        assert _stays_here(address), f"a test connects to {address}"
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: object) -> int:
        assert _stays_here(address), f"a test connects to {address}"
        return real_connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)
