"""Identifiers of calls: UUIDs of version 7 that other programs accept, in the order of time."""

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

import pytest

from model_manager.core.calls import RANDOM_BITS, uuid7

MOST = 2**RANDOM_BITS - 1


@pytest.mark.parametrize("random_bits", [0, 1, MOST, MOST // 3])
def test_it_is_a_uuid_of_version_7(random_bits):
    """Version and variant stand where RFC 9562 has them, whatever the random bits are."""
    found = UUID(uuid7(1_700_000_000_000, random_bits))
    assert (found.version, found.variant) == (7, RFC_4122)
    assert str(found) == uuid7(1_700_000_000_000, random_bits)


def test_the_example_of_the_standard():
    """The standard's own example comes out of its own parts."""
    moment = int(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC).timestamp() * 1000)
    assert uuid7(moment, (0xCC3 << 62) | 0x18C4DC0C0C07398F) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_it_sorts_by_time_and_differs_by_random_bits():
    """A later one sorts later as text; every random bit counts."""
    assert uuid7(1, MOST) < uuid7(2, 0) < uuid7(2**47, 0)
    assert len({uuid7(5, 1 << bit) for bit in range(RANDOM_BITS)} | {uuid7(5, 0)}) == RANDOM_BITS + 1
