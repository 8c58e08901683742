"""The generated layer on disk: what is there after an update that was killed, and what undo makes of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from model_manager.config.catalogue.update.layer import FetchedLayer
from model_manager.config.catalogue.update.store import put_back, read_fetched, write_fetched
from model_manager.config.directories import fetched_file
from model_manager.errors import UsageError


def layer(day: int) -> FetchedLayer:
    """A layer that differs by its day."""
    return FetchedLayer(datetime(2026, 12, day, tzinfo=UTC))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A state directory with the layer of the second day, before which there was that of the first."""
    where = {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    for day in (1, 2):
        write_fetched(where, layer(day), keep_old=True)
    return where


def days_back(environ: dict[str, str]) -> list[int | None]:
    """The days of the layers that undo puts back, until it refuses."""
    days: list[int | None] = []
    while True:
        try:
            put_back(environ)
        except UsageError:
            return days
        at = read_fetched(environ).at
        days.append(at.day if at else None)


def test_undo_goes_one_step_back(environ):
    """The layer before the last change comes back, once."""
    assert days_back(environ) == [1]


def test_an_update_killed_before_it_replaced_the_layer_changes_no_undo(environ):
    """The layer is as it was, and what was there before it can be put back still."""
    path = fetched_file(environ)
    path.with_name("facts.replaced.toml").write_bytes(path.read_bytes())
    assert days_back(environ) == [1]


def test_an_update_killed_after_it_replaced_the_layer_can_be_undone(environ):
    """The layer that was replaced comes back, although nobody made it the previous one."""
    path = fetched_file(environ)
    path.with_name("facts.replaced.toml").write_bytes(path.read_bytes())
    path.write_text("[fetched]\nat = 2026-12-03T00:00:00Z\n")
    assert days_back(environ) == [2]


def test_a_day_alone_is_no_step(environ):
    """What an update found to be the same replaces the layer's day, and undo goes back behind both."""
    write_fetched(environ, layer(4), keep_old=False)
    assert days_back(environ) == [1]
    assert {path.name for path in fetched_file(environ).parent.iterdir()} == {"facts.toml"}
