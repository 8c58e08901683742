"""Whether the process that holds money is still there."""

import os
import subprocess
import sys

import pytest

from model_manager.ledger.budgets.processes import has_died, own_process

PRINT_NAME = (
    "from model_manager.ledger.budgets.processes import own_process; print(own_process(), flush=True); input()"
)


@pytest.fixture
def other():
    """Another process, and its name."""
    process = subprocess.Popen(
        [sys.executable, "-c", PRINT_NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_a_process_that_was_killed_has_died(other):
    """It has from the moment on at which it is killed, also while its parent has not asked for its exit code."""
    process, name = other
    assert not has_died(name)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert has_died(name)
    process.wait()
    assert has_died(name)


def test_this_process_is_alive():
    """A process does not count itself among the dead."""
    assert not has_died(own_process())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process began")
def test_a_number_that_was_given_again(other):
    """A process of the same number that began at another moment is another one."""
    _, name = other
    where, pid, started = name.split(" ")
    assert has_died(f"{where} {pid} {int(started) - 1}")


def test_nothing_is_known_of_other_hosts():
    """What a process of another host or container holds counts until it expires."""
    _, pid, started = own_process().split(" ")
    assert not has_died(f"elsewhere/pid:[1] {pid} {int(started) + 1}")
    assert not has_died("nonsense")
