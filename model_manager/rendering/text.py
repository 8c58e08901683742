"""Numbers and untrusted text as short plain text. No rich here."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from model_manager.core.phrases import plural

UNKNOWN = "?"
FREE = "free"
_DECIMALS_SHOWN_EXACTLY = 6
_SIGNIFICANT = 4
#: Unicode categories that a terminal interprets or that hide other text: control characters, formats (bidi
#: overrides), lone surrogates, line and paragraph separators.
_ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
#: Formats that ordinary writing needs behind a letter of Persian, of an Indic script, or an emoji.
_JOINERS = "\u200c\u200d"
#: Letters and marks without a shape of their own, which make two words look like one and the same.
_SHAPELESS = "\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0"
#: Tags and further variants: a plane in which whole sentences can be hidden.
_HIDDEN_PLANE = range(0xE0000, 0xE1000)


_PARAMETER = re.compile(r"`(\w+)`")


def rename_parameters(text: str, names: Mapping[str, str]) -> str:
    """A message with the parameters that it names in backticks under the names of one interface."""
    return _PARAMETER.sub(lambda found: names.get(found[1], found[0]), text) if "`" in text else text


def clean(text: str, keep: str = "", before: str = "") -> str:
    """A text without anything that a terminal would act on or not show; such characters become visible escapes.

    Args:
        text: of a file or a model.
        keep: characters that stay.
        before: the character that was shown before this text, if it continues another one.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = []
    for char in text:
        joins = char in _JOINERS and not before.isascii() and before not in _JOINERS
        shown.append(char if char in keep or joins or not _misleads(char) else _escape(char))
        before = char
    return "".join(shown)


def _misleads(char: str) -> bool:
    return unicodedata.category(char) in _ACTING or char in _SHAPELESS or ord(char) in _HIDDEN_PLANE


def _escape(char: str) -> str:
    if ord(char) > 0xFFFF:  # noqa: PLR2004 - four hex digits
        return f"\\U{ord(char):08x}"
    return f"\\x{ord(char):02x}" if ord(char) <= 0xFF else f"\\u{ord(char):04x}"  # noqa: PLR2004 - two hex digits


def money(amount: Decimal | None) -> str:
    """US dollars: exact to six decimals, below that to four significant digits."""
    if amount is None:
        return UNKNOWN
    sign, amount = "-" if amount < 0 else "", abs(amount)
    exact = format(amount.normalize(), "f")
    decimals = len(exact.partition(".")[2])
    if decimals > _DECIMALS_SHOWN_EXACTLY:
        places = max(_DECIMALS_SHOWN_EXACTLY, _SIGNIFICANT - amount.adjusted() - 1)
        exact = f"{amount:.{places}f}".rstrip("0")
    whole, _, fraction = exact.partition(".")
    return f"{sign}${int(whole):,}.{fraction.ljust(2, '0')}"


def rate(amount: Decimal | None) -> str:
    """US dollars per million tokens, as they are; `?` if unknown, "free" if nothing."""
    if amount is None:
        return UNKNOWN
    if amount == 0:
        return FREE
    whole, _, fraction = format(amount.normalize(), "f").partition(".")
    return f"{int(whole):,}.{fraction.ljust(2, '0')}"


def tokens(count: int | None) -> str:
    """A number of tokens, short: 1M, 1.05M, 131k, 500."""
    if count is None:
        return UNKNOWN
    for unit, name in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if count >= unit:
            return (
                f"{Decimal(count) / unit:.2f}".rstrip("0").rstrip(".") + name
                if unit > 10**3
                else f"{count / unit:.0f}k"
            )
    return str(count)


def duration(milliseconds: float | None) -> str:
    """Milliseconds under a second, else seconds."""
    if milliseconds is None:
        return UNKNOWN
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"  # noqa: PLR2004 - a second


def cut_note(drawn: int, count: int) -> str:
    """The note under a table that was cut; empty if it is whole."""
    if drawn == count:
        return ""
    return f"Showing {drawn:,} of {plural(count, 'model')}: filter to narrow them, or pipe to see all"
