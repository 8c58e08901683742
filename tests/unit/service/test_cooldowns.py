"""Cool-downs: how long, for whom, and that processes share them through files that cannot be half-written."""

import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest
from exchange_player import context_of, endpoint_of

from model_manager.core.messages import Reply
from model_manager.errors import ERROR_KINDS, ProviderError
from model_manager.service.cooldowns import CooldownStore

ENDPOINT = endpoint_of("openai")
URL = ENDPOINT.base_url
REPLY = Reply(model="asked", provider="acme", model_id="asked-1")
OTHER = endpoint_of("openai", id="other", model_id="other-1")


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return round(self.now, 6)  # what a moment of the calendar can hold


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cooldowns(tmp_path: Path, clock: Clock) -> CooldownStore:
    return CooldownStore(tmp_path / "state" / "cooldowns", clock)


def left(cooldowns: CooldownStore, endpoint=ENDPOINT) -> tuple[float, float]:
    model, provider = cooldowns.remaining(endpoint.base_url, endpoint.model)
    return round(model, 3), round(provider, 3)


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("rate_limit", 429, (5, 0)),
        ("overloaded", 503, (0, 5)),
        ("overloaded", 529, (0, 5)),
        ("overloaded", 498, (5, 0)),
        ("overloaded", None, (5, 0)),
        ("server", 500, (0, 5)),
        ("server", 424, (5, 0)),
        ("server", None, (5, 0)),
        ("timeout", None, (0, 5)),
        ("timeout", 504, (0, 5)),
        ("connection", None, (0, 5)),
        ("not_found", 404, (300, 0)),
    ],
)
def test_what_cools_down(cooldowns, clock, kind, status, expected):
    """A fault of the host cools the provider; a limit of rates, a fault of one model or its end cool that model."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError(kind, "x", status=status))
    assert left(cooldowns) == expected
    assert left(cooldowns, OTHER) == (0, expected[1])


@pytest.mark.parametrize(
    "kind", sorted(ERROR_KINDS - {"rate_limit", "overloaded", "server", "timeout", "connection", "not_found"})
)
def test_what_does_not(cooldowns, clock, kind):
    """What the caller did wrong keeps nobody else from the model."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError(kind, "x"))
    assert left(cooldowns) == (0, 0)


@pytest.mark.parametrize(("asked", "expected"), [(1.0, 5), (42.0, 42), (3600.0, 300)])
def test_a_rate_limit_obeys_its_provider(cooldowns, clock, asked, expected):
    """Retry-After is obeyed, within reason."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("rate_limit", "x", retry_after_s=asked))
    assert left(cooldowns) == (expected, 0)


def test_repeated_failures_cool_longer_and_a_success_ends_it(cooldowns, clock):
    """Five seconds, then twice as long each time, a minute at most; an answer makes all of it forgotten."""
    times = []
    for _ in range(6):
        clock.now += 1000
        cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
        times.append(left(cooldowns)[0])
    assert times == [5, 10, 20, 40, 60, 60]
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    assert left(cooldowns) == (0, 0)
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    assert left(cooldowns)[0] == 5


def test_time_heals(cooldowns, clock):
    """When it is over, it is over."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    clock.now += 4.9
    assert left(cooldowns)[0] > 0
    clock.now += 0.2
    assert left(cooldowns) == (0, 0)


def test_processes_share_it(cooldowns, tmp_path, clock):
    """Another process sees it, and its end; a project's provider of the same id elsewhere is not meant."""
    other = CooldownStore(tmp_path / "state" / "cooldowns", clock)
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.flush()
    other.refresh()
    assert left(other) == (5, 0)
    assert other.remaining("https://elsewhere.example", ENDPOINT.model) == (0, 0)
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    cooldowns.flush()
    other.refresh()
    assert left(other) == (0, 0)


def test_a_wrong_clock_stops_nobody_for_good(cooldowns, tmp_path, clock):
    """A time far in the future is not believed."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.flush()
    for path in (tmp_path / "state" / "cooldowns").iterdir():
        os.utime(path, (clock.now + 10**6,) * 2)
    other = CooldownStore(tmp_path / "state" / "cooldowns", clock)
    other.refresh()
    assert left(other) == (0, 0)


def test_a_state_directory_that_cannot_be_written_costs_only_the_sharing(tmp_path, clock):
    """Without the directory a process keeps it to itself."""
    (tmp_path / "file").write_text("")
    cooldowns = CooldownStore(tmp_path / "file" / "cooldowns", clock)
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    assert left(cooldowns) == (5, 0)
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    assert left(cooldowns) == (0, 0)


def test_calls_at_once_are_one_failure(cooldowns, clock):
    """Twenty calls that fail together cool as long as one does; a call that began later counts again."""
    began = clock.now
    for _ in range(20):
        clock.now += 0.01
        cooldowns.failed(context_of(ENDPOINT, began), ProviderError("server", "x"))
    assert left(cooldowns)[0] == 5
    clock.now += 1
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    assert left(cooldowns)[0] == 10


def test_an_answer_to_an_earlier_call_lifts_nothing(cooldowns, clock):
    """What was asked before the rate limit says nothing about it; what was asked after does."""
    began = clock.now
    clock.now += 1
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("rate_limit", "x", retry_after_s=40))
    cooldowns.succeeded(context_of(ENDPOINT, began), REPLY)
    assert left(cooldowns)[0] == 40
    clock.now += 1
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    assert left(cooldowns)[0] == 0


def test_a_short_cool_down_does_not_end_a_longer_one_of_another_process(tmp_path, clock):
    """What a provider asked one process to wait, all wait, whatever else fails meanwhile."""
    one, other, third = (CooldownStore(tmp_path, clock) for _ in range(3))
    one.failed(context_of(ENDPOINT, clock()), ProviderError("rate_limit", "wait", status=429, retry_after_s=200.0))
    one.flush()
    other.failed(context_of(ENDPOINT, clock()), ProviderError("server", "oh", status=500))
    other.flush()
    for store in (other, third):
        store.refresh()
    assert left(other) == left(third) == (200.0, 5.0)


def test_a_time_limit_of_the_caller_cools_nobody(cooldowns, clock):
    """What ended because its caller would not wait says nothing of the provider."""
    error = ProviderError("timeout", "x")
    error.is_own_time_limit = True
    cooldowns.failed(context_of(ENDPOINT, clock()), error)
    assert left(cooldowns) == (0, 0)


def test_what_a_model_lacks_for_one_request_cools_nobody(cooldowns, clock):
    """A model without tools, in the words of its provider, is not left alone by requests without tools."""
    error = ProviderError("not_found", "No endpoints found that support tool use.", status=404)
    error.is_lack = True
    cooldowns.failed(context_of(ENDPOINT, clock()), error)
    assert left(cooldowns) == (0, 0)


def test_looking_and_noting_touch_no_disk(cooldowns, clock):
    """On the way of a call memory is read and written; the disk is left to a thread and to `refresh`."""
    mine = threading.get_ident()

    def audit(event: str, _: tuple) -> None:
        if event.startswith(("os.", "open")) and watching and threading.get_ident() == mine:
            touched.append(event)

    watching, touched = [True], list[str]()
    sys.addaudithook(audit)
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    assert left(cooldowns) == (5, 0)
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    watching.clear()
    cooldowns.flush()
    assert touched == []


def test_what_others_noted_is_read_again_after_a_moment(cooldowns, clock):
    """A store that has just been read need not be again; a quarter of a second later it is stale."""
    assert cooldowns.is_stale
    clock.now = float(int(clock.now))
    cooldowns.refresh()
    assert not cooldowns.is_stale
    clock.now += 0.24
    assert not cooldowns.is_stale
    clock.now += 0.01
    assert cooldowns.is_stale
    cooldowns.refresh()
    clock.now -= 0.01
    assert cooldowns.is_stale, "a clock that was set back"
    assert not CooldownStore(None, clock).is_stale


def test_the_last_state_is_written_last(tmp_path, clock):
    """However often a cool-down begins and ends in a row, the files are as memory is once they are written."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads change places at many more points
    try:
        for number in range(40):
            directory = tmp_path / str(number)
            cooldowns = CooldownStore(directory, clock)
            for _ in range(50):
                cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
                cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
            cooldowns.flush()
            assert not list(directory.glob("*"))
    finally:
        sys.setswitchinterval(interval)
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.flush()
    assert len(list(directory.iterdir())) == 1


def test_a_failure_that_is_forgotten_is_forgotten_where_nothing_cools(cooldowns, tmp_path, clock):
    """An answer lifts what is remembered here, also where the cool-down itself is over, and leaves no file."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    clock.now += 6
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    cooldowns.flush()
    assert not list((tmp_path / "state" / "cooldowns").glob("*"))
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    assert left(cooldowns) == (5, 0)


def test_a_model_that_was_gone_is_back_with_its_first_answer(cooldowns, clock):
    """An answer ends the long cool-down of a model that was not found, too."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("not_found", "x"))
    clock.now += 1
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    assert left(cooldowns) == (0, 0)


def test_an_answer_where_nothing_cools_writes_nothing(cooldowns, tmp_path, clock):
    """Calls that succeed, which is most of them, leave the state directory alone."""
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    cooldowns.flush()
    assert not (tmp_path / "state").exists()


def test_files_are_private_and_say_nothing(cooldowns, tmp_path, clock):
    """A file can be read by its user alone, and neither its name nor its content tells a model or a URL."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.flush()
    files = list((tmp_path / "state" / "cooldowns").iterdir())
    assert [(path.stat().st_mode & 0o777, path.stat().st_size) for path in files] == [(0o600, 0)]
    # The length is what other versions of this tool, which share the directory, look for.
    assert all(re.fullmatch("[0-9a-f]{32}", path.name) for path in files)


def test_a_store_without_a_directory_keeps_it_to_itself(tmp_path, clock, monkeypatch):
    """Without a state directory a cool-down holds in this process, and no file is written anywhere."""
    monkeypatch.chdir(tmp_path)
    cooldowns = CooldownStore(None, clock)
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.flush()
    assert left(cooldowns) == (5, 0)
    assert not list(tmp_path.iterdir())


def test_a_call_that_began_with_the_failure_is_judged_as_a_later_one(cooldowns, clock):
    """A call that began in the very moment of a failure had not begun before it: it counts, and it lifts."""
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    assert left(cooldowns)[0] == 10
    cooldowns.succeeded(context_of(ENDPOINT, clock()), REPLY)
    assert left(cooldowns) == (0, 0)


@pytest.mark.parametrize(("ahead", "expected"), [(299.0, 299.0), (300.0, 300.0), (301.0, 0)])
def test_the_longest_wait_that_another_process_is_believed(cooldowns, tmp_path, clock, ahead, expected):
    """Five minutes of another process are obeyed to the second, and one second more is a wrong clock."""
    clock.now = float(int(clock.now))
    cooldowns.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    cooldowns.flush()
    for path in (tmp_path / "state" / "cooldowns").iterdir():
        os.utime(path, (clock.now + ahead,) * 2)
    other = CooldownStore(tmp_path / "state" / "cooldowns", clock)
    other.refresh()
    assert left(other) == (expected, 0)
    # A failure here leaves what is believed, and replaces what is not.
    fresh = CooldownStore(tmp_path / "state" / "cooldowns", clock)
    fresh.failed(context_of(ENDPOINT, clock()), ProviderError("server", "x"))
    fresh.flush()
    other.refresh()
    assert left(other) == (expected or 5, 0)
