"""The sources of an answer, put together: each once, with its place in the answer in characters."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from model_manager.core.answer_details import Citation
from model_manager.providers.wires.base import CitationPiece
from model_manager.providers.wires.payload import text as text_of

Blocks = Sequence[tuple[Hashable, Mapping[str, object]]]


def citations_of(pieces: Iterable[CitationPiece], text: str, blocks: Blocks) -> tuple[Citation, ...]:
    """The citations of an answer, in the order in which they came.

    A provider may name the URL of a source in one event and all about it in another: then the fuller one takes the
    place of the bare one, and those with a place in the text that of all others of the same URL.
    """
    places = _extents(blocks)
    came = [_placed(piece, text, places) for piece in pieces]
    fuller = {citation.url: citation for citation in reversed(came) if not citation.is_bare}
    with_place = {citation.url for citation in came if citation.url and citation.start is not None}
    found: dict[Citation, None] = {}
    for citation in came:
        if citation.start is not None or citation.url not in with_place:
            found[fuller.get(citation.url, citation) if citation.is_bare else citation] = None
    return tuple(found)


def _placed(piece: CitationPiece, text: str, places: Mapping[Hashable, tuple[int, int]]) -> Citation:
    citation = _within(piece, text)
    if piece.block is not None:
        start, end = places.get(piece.block, (None, None))
        return replace(citation, start=start, end=end)
    if not piece.in_bytes or citation.start is None or citation.end is None or text.isascii():
        return citation
    content = text.encode(errors="replace")
    start, end = (len(content[:place].decode(errors="ignore")) for place in (citation.start, citation.end))
    return replace(citation, start=start, end=end)


def _within(piece: CitationPiece, text: str) -> Citation:
    """The citation, without a place that is none in the text: one may have been cut short, or miscounted."""
    citation = piece.citation
    start, end = citation.start or 0, citation.end
    most = len(text.encode(errors="replace")) if piece.in_bytes and not text.isascii() else len(text)
    is_place = start <= most if end is None else start <= end <= most
    return citation if is_place else replace(citation, start=None, end=None)


def _extents(blocks: Blocks) -> Mapping[Hashable, tuple[int, int]]:
    """Where the text of each block begins and ends in the whole text."""
    places, at = {}, 0
    for key, fields in blocks:
        if fields.get("type") == "text":
            end = at + len(text_of(fields.get("text")))
            places[key] = at, end
            at = end
    return places
