"""Sources as servers that follow OpenAI name them: annotations, references, and lists beside the message. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.core.answer_details import Citation
from model_manager.providers.wires.base import CitationPiece
from model_manager.providers.wires.payload import count, first, mapping, sequence, text

#: Types of a part of Mistral's content that names a source.
_REFERENCES = frozenset({"reference", "tool_reference"})


def citation_pieces(said: Mapping[str, Any]) -> Iterator[CitationPiece]:
    """The sources that a message names: OpenAI's and OpenRouter's annotations, Mistral's references."""
    yield from annotation_pieces(said.get("annotations"))
    content = said.get("content")
    if isinstance(content, list):
        for part in map(mapping, content):
            if part.get("type") in _REFERENCES:
                yield from _references(part)
            yield from annotation_pieces(part.get("annotations"))


def annotation_pieces(annotations: Any) -> Iterator[CitationPiece]:
    """The sources in a list of annotations, whose fields may stand in a table of their own."""
    for annotation in map(mapping, sequence(annotations)):
        kind = text(annotation.get("type"))
        if not kind.endswith("_citation"):
            continue
        table = mapping(annotation.get(kind)) or annotation
        name = text(table.get("title")) or text(table.get("filename")) or text(table.get("file_id"))
        citation = Citation(
            url=text(table.get("url")) or None,
            title=name or None,
            quote=text(table.get("content")) or text(table.get("quote")) or None,
            start=first(count(table.get("start_index")), count(annotation.get("start_index"))),
            end=first(count(table.get("end_index")), count(annotation.get("end_index"))),
        )
        yield CitationPiece(citation)


def source_pieces(body: Mapping[str, Any]) -> Iterator[CitationPiece]:
    """The sources that stand beside the message: Perplexity's search results, and URLs as xAI has them, too."""
    for result in map(mapping, sequence(body.get("search_results"))):
        citation = Citation(
            url=text(result.get("url")) or None,
            title=text(result.get("title")) or None,
            quote=text(result.get("snippet")) or None,
        )
        yield CitationPiece(citation)
    for source in sequence(body.get("citations")):
        url = text(source) or text(mapping(source).get("url"))
        if url:
            yield CitationPiece(Citation(url=url, title=text(mapping(source).get("title")) or None))


def _references(part: Mapping[str, Any]) -> Iterator[CitationPiece]:
    """Mistral's: what a tool has found, or the numbers of sources that the prompt itself has."""
    title, url = text(part.get("title")) or None, text(part.get("url")) or None
    if title or url:
        yield CitationPiece(Citation(url=url, title=title, quote=text(part.get("description")) or None))
    for number in sequence(part.get("reference_ids")):
        yield CitationPiece(Citation(title=str(number)))
