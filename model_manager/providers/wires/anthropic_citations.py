"""Sources as Anthropic names them: in the blocks of text that rest on them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model_manager.core.answer_details import Citation
from model_manager.providers.wires.base import CitationPiece
from model_manager.providers.wires.payload import mapping, sequence, text

_EMPTY = Citation()


def citation_pieces(blocks: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[CitationPiece]:
    """The sources of blocks, each with the block's number: pages of the web, documents, search results."""
    for index, block in blocks:
        for source in map(mapping, sequence(block.get("citations"))):
            title = text(source.get("title")) or text(source.get("document_title"))
            citation = Citation(
                url=text(source.get("url")) or text(source.get("source")) or None,
                title=title or None,
                quote=text(source.get("cited_text")) or None,
            )
            if citation != _EMPTY:
                yield CitationPiece(citation, block=index)
