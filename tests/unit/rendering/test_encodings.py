"""What tables show on a stream whose encoding lacks their characters."""

import sys
from io import BytesIO, TextIOWrapper

from model_manager.rendering import Output


def test_bars_and_marks_are_ascii_where_the_encoding_lacks_them(monkeypatch):
    """Signs of our tables become one ASCII character each, others their escapes; Latin-1 keeps its own."""
    shown = {}
    for encoding in ("ascii", "latin-1", "utf-8"):
        target = BytesIO()
        monkeypatch.setattr(sys, "stdout", TextIOWrapper(target, encoding=encoding, write_through=True))
        Output().line("██▊ 2× ★ ✗ → 漢")
        shown[encoding] = target.getvalue().decode(encoding)
    assert shown == {
        "ascii": "### 2x * x > \\u6f22\n",
        "latin-1": "### 2× * x > \\u6f22\n",
        "utf-8": "██▊ 2× ★ ✗ → 漢\n",
    }
