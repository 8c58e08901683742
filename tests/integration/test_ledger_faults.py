"""The ledger on a full disk, and with writers that are stopped and killed: real processes, and real file systems."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from command_line import environment, run_cli
from ledger_calls import read_all
from ledger_processes import LONG_S, check_whole, finish, start

from model_manager.errors import LedgerError
from model_manager.ledger.storage import upkeep

#: Runs a program in a mount namespace of its own, whose mounts end with it.
IN_NAMESPACE = ("unshare", "--mount", "--map-root-user")
MOUNT = ("mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs")
#: A disk that the process can fill and free: a small file system, or a limit to the size of files.
DISK = """
import errno, logging, resource, shutil, subprocess
from model_manager.ledger.storage import writer, writers
logging.basicConfig(format="%(message)s")
writer.MOST_WAITING = 50
path.parent.mkdir(parents=True)
mount = sys.argv[3:]
if mount:
    subprocess.run([*mount, path.parent], check=True)
filler = path.parent / "filler"
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
def fill():
    if not mount:
        return limit(1)
    with open(filler, "ab", buffering=0) as file:
        try:
            while True:
                file.write(b"." * 512)
        except OSError as error:
            assert error.errno == errno.ENOSPC
def free():
    filler.unlink() if mount else limit(resource.RLIM_INFINITY)
"""
BEFORE = """
record(recorder, 20, "before")
assert recorder.flush(60)
"""
#: Calls go on while nothing can be written; afterwards they are recorded again.
FILLED = """
fill()
for _ in range(10):
    record(recorder, 30, "full")
    recorder.flush(60)
print(recorder.unrecorded)
free()
record(recorder, 10, "freed")
while not recorder.flush(60):
    pass
record(recorder, 10, "after")
assert recorder.flush(60)
assert recorder.unrecorded == 0
writers.end_all(60)
shutil.copy(path, sys.argv[2])
"""


def can_mount(directory):
    """Whether this machine lets a process mount a file system for itself."""
    try:
        done = subprocess.run([*IN_NAMESPACE, *MOUNT, directory], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def test_a_ledger_on_a_disk_that_cannot_be_written_is_read(tmp_path):
    """Reading needs no right to write; where modes do not bind us and nothing can be mounted, they are all there is."""
    directory = tmp_path / "closed"
    finish(start(f"recorder = Recorder(path)\n{BEFORE}", directory / "ledger.db"))
    directory.chmod(0o500)
    command = [sys.executable, "-m", "model_manager", "usage", "--json"]
    if can_mount(tmp_path):
        read_only = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ! touch "$0/x" && exec "$@"'
        command = [*IN_NAMESPACE, "sh", "-c", read_only, str(directory), *command]
    ledger = {"MODEL_MANAGER_LEDGER": str(directory / "ledger.db")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment() | ledger, check=True)
    assert json.loads(done.stdout)["totals"]["calls"] == 20


@pytest.mark.parametrize("before", [BEFORE, ""], ids=["in use", "from the first call"])
@pytest.mark.parametrize("way", ["file system", "limit"])
def test_a_full_disk_loses_what_does_not_fit_and_says_so(clean_machine, tmp_path, way, before):
    """Calls go on, what was lost is counted and said, the file is whole, and recording goes on once there is room."""
    mounts = way == "file system" and can_mount(tmp_path)
    copy = clean_machine / "copy.db"
    process = start(
        f"{DISK}\nrecorder = Recorder(path)\n{before}\n{FILLED}",
        *(clean_machine / "disk" / "ledger.db", copy, *(MOUNT if mounts else ())),
        through=IN_NAMESPACE if mounts else (),
    )
    out, err = finish(process)
    lost = int(out)
    assert "calls are not recorded in" in err
    (rows,) = read_all(copy, "SELECT count(*) FROM calls")[0]
    (gaps,) = read_all(copy, "SELECT sum(calls) FROM gaps")[0]
    assert lost >= 200
    assert gaps >= lost
    assert rows + gaps == (20 if before else 0) + 300 + 20
    assert read_all(copy, "SELECT count(*) FROM calls WHERE task = 'after'") == [(10,)]
    check_whole(copy, rows)
    shown = run_cli("usage", "--json", "--since", "2026-11-01", env={"MODEL_MANAGER_LEDGER": str(copy)})
    assert shown.json["unrecorded_calls"] == gaps


#: Stops itself in the midst of a transaction: rows are inserted, nothing is committed, the lock is held.
STOPPED = """
import signal
from model_manager.ledger.storage import file
insert_scores, path_of_flag = file.insert_scores, Path(sys.argv[2])
def stop(*arguments):
    if path_of_flag.exists():
        path_of_flag.unlink()
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # at once, and with it all other threads
    insert_scores(*arguments)
file.insert_scores = stop
recorder = Recorder(path)
record(recorder, 10, "first")
assert recorder.flush(60)
path_of_flag.touch()
record(recorder, 10, "stopped")
recorder.flush(60)
"""
#: Records and goes on; writes what there is when it is told to.
OTHER = """
from model_manager.ledger.storage import writer
writer.MOST_WAITING = int(sys.argv[2])
recorder = Recorder(path)
record(recorder, 200, "other")
print("recorded", flush=True)
sys.stdin.readline()
while not recorder.flush(60):
    pass
"""


@pytest.fixture
def started() -> "Iterator[Callable[..., subprocess.Popen[str]]]":
    """Starts programs, none of which outlives the test."""
    with ExitStack() as stack:

        def start_one(*arguments, **options):
            process = stack.enter_context(start(*arguments, **options))
            stack.callback(process.kill)
            return process

        yield start_one


def wait_until_stopped(process):
    """Return once a process is stopped."""
    found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert found.si_code == os.CLD_STOPPED, process.communicate()[1]


@pytest.mark.parametrize("end", [signal.SIGCONT, signal.SIGKILL])
def test_a_writer_that_is_stopped_delays_nobody(clean_machine, started, end):
    """Others' calls go on while it holds the lock; they are written, or counted, when it goes on or is killed."""
    ledger = clean_machine / "state" / "model-manager" / "ledger" / "ledger.db"
    stopped = started(STOPPED, ledger, clean_machine / "flag")
    wait_until_stopped(stopped)
    others = [started(OTHER, ledger, waiting) for waiting in (10_000, 10_000, 50)]
    for other in others:
        assert other.stdout.readline() == "recorded\n"
    assert run_cli("usage", "--json", "--since", "2026-11-01").json["totals"]["calls"] == 10
    # Who ends meanwhile does not wait for ever, and says what is lost.
    assert "5 calls were not recorded" in finish(started("record(Recorder(path), 5, 'ended')", ledger))[1]
    stopped.send_signal(end)
    stopped.communicate(timeout=LONG_S)
    for other in others:
        finish(other)
    found = dict(read_all(ledger, "SELECT task, count(*) FROM calls GROUP BY task"))
    (gaps,) = read_all(ledger, "SELECT coalesce(sum(calls), 0) FROM gaps")[0]
    assert gaps >= 100
    assert found.pop("other") + gaps == 600
    assert found == ({"first": 10, "stopped": 10} if end == signal.SIGCONT else {"first": 10})
    check_whole(ledger, read_all(ledger, "SELECT count(*) FROM calls")[0][0])


def test_a_command_does_not_wait_for_ever_for_a_stopped_writer(monkeypatch, clean_machine, started):
    """--prune and --reprice give up with an error where a process that is stopped holds the lock."""
    monkeypatch.setattr(upkeep, "_LONGEST_WAIT_S", 0.1)
    ledger = clean_machine / "ledger" / "ledger.db"
    stopped = started(STOPPED, ledger, clean_machine / "flag")
    wait_until_stopped(stopped)
    for change in (upkeep.prune_ledger, partial(upkeep.reprice_ledger, price_of=lambda *_: None)):
        with pytest.raises(LedgerError, match=r"ledger\.db has been locked by another process for 0\.1 s"):
            change(ledger)
    stopped.send_signal(signal.SIGCONT)
    finish(stopped)
    assert upkeep.prune_ledger(ledger) == 0
    check_whole(ledger, 20)


#: Records numbered calls, says which are written, and ends when it is told to.
NUMBERED = """
import signal
going = []
signal.signal(signal.SIGUSR1, lambda *_: going.clear())
going.append(True)
recorder, name, number = Recorder(path), sys.argv[2], 0
while going:
    for _ in range(20):
        context = a_context(call=f"{name}-{number:06}", task=name)
        recorder.succeeded(context, a_reply(context))
        number += 1
    time.sleep(0.002)
    if number % 100 == 0:
        assert recorder.flush(60)
        print(number, flush=True)
assert recorder.flush(60)
print(number, flush=True)
"""


@pytest.mark.slow
def test_killing_and_stopping_processes_at_random_loses_nothing_that_was_written(tmp_path, started):
    """Of 32 processes, the living leave every row, the killed all that was flushed and no hole before the last."""
    ledger, dice = tmp_path / "ledger" / "ledger.db", random.Random(13)
    processes = {f"p{number}": started(NUMBERED, ledger, f"p{number}") for number in range(32)}
    for process in processes.values():
        assert process.stdout.readline()
    killed, stopped = set(), []
    for _ in range(200):
        name = dice.choice(sorted(processes.keys() - killed))
        if len(killed) < 16 and dice.random() < 0.1:  # a stopped one too, perhaps with the lock
            processes[name].kill()
            killed.add(name)
        else:
            processes[name].send_signal(signal.SIGSTOP)
            stopped.append(name)
        assert read_all(ledger, "SELECT count(*) FROM calls")[0][0]
        if len(stopped) > dice.randrange(4):
            processes[stopped.pop(0)].send_signal(signal.SIGCONT)
    for name, process in processes.items():
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGUSR1 if name not in killed else signal.SIGKILL)
    written = {name: process.communicate(timeout=LONG_S) for name, process in processes.items()}
    assert {process.returncode for name, process in processes.items() if name not in killed} == {0}, written
    assert 0 < len(killed) < 32
    rows = {name: (calls, last) for name, calls, last in read_all(
        ledger, "SELECT task, count(*), max(call) FROM calls GROUP BY task")}  # fmt: skip
    for name, (out, _) in written.items():
        calls, last = rows[name]
        assert last == f"{name}-{calls - 1:06}"
        said = int(out.split()[-1]) if out else 100
        assert calls >= said if name in killed else calls == said
    check_whole(ledger, sum(calls for calls, _ in rows.values()))
