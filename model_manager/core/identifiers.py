"""Identifiers of calls: UUIDs of version 7 (RFC 9562), which sort by the time at which they were made."""

#: How many random bits `uuid7` takes.
RANDOM_BITS = 74
_TIME_BITS, _LOW_BITS = 48, 62


def uuid7(milliseconds: int, random_bits: int) -> str:
    """A UUID of version 7.

    Args:
        milliseconds: the time since 1970 in UTC.
        random_bits: a random number of `RANDOM_BITS` bits.

    >>> uuid7(0x017F22E279B0, (0xCC3 << 62) | 0x18C4DC0C0C07398F)
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'
    """
    high, low = divmod(random_bits % (1 << RANDOM_BITS), 1 << _LOW_BITS)
    number = (milliseconds % (1 << _TIME_BITS)) << 80 | 0x7 << 76 | high << 64 | 0b10 << _LOW_BITS | low
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
