"""Sources and log probabilities of Google's answers. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from model_manager.core.answer_details import Citation, TokenLogprob
from model_manager.providers.wires.base import CitationPiece
from model_manager.providers.wires.openai_logprobs import number
from model_manager.providers.wires.payload import count, mapping, sequence, text

_KINDS = ("web", "retrievedContext", "maps")


def citation_pieces(candidate: Mapping[str, Any]) -> Iterator[CitationPiece]:
    """The sources of a candidate: by the parts of the text that rest on them, else by themselves.

    Google counts the places in bytes, and leaves a start of 0 out.
    """
    metadata = mapping(candidate.get("groundingMetadata"))
    sources = [_source(mapping(chunk)) for chunk in sequence(metadata.get("groundingChunks"))]
    used = set[int]()
    for support in map(mapping, sequence(metadata.get("groundingSupports"))):
        segment = mapping(support.get("segment"))
        end = count(segment.get("endIndex"))
        start = None if end is None else count(segment.get("startIndex")) or 0
        for index in map(count, sequence(support.get("groundingChunkIndices"))):
            if index is not None and index < len(sources):
                used.add(index)
                url, title, quote = sources[index]
                yield CitationPiece(
                    Citation(url=url, title=title, quote=quote, start=start, end=end), in_bytes=True
                )
    for index, (url, title, quote) in enumerate(sources):
        if index not in used and (url or title or quote):
            yield CitationPiece(Citation(url=url, title=title, quote=quote))
    yield from _recited(mapping(candidate.get("citationMetadata")))


def _source(chunk: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """URL, title and passage of a source."""
    table = next((mapping(chunk[kind]) for kind in _KINDS if chunk.get(kind)), {})
    return text(table.get("uri")) or None, text(table.get("title")) or None, text(table.get("text")) or None


def _recited(metadata: Mapping[str, Any]) -> Iterator[CitationPiece]:
    """Sources that the answer repeats word by word."""
    for source in map(mapping, sequence(metadata.get("citations")) or sequence(metadata.get("citationSources"))):
        end = count(source.get("endIndex"))
        citation = Citation(
            url=text(source.get("uri")) or None,
            title=text(source.get("title")) or None,
            start=None if end is None else count(source.get("startIndex")) or 0,
            end=end,
        )
        yield CitationPiece(citation, in_bytes=True)


def logprobs_of(result: Any) -> Iterator[TokenLogprob]:
    """The log probabilities of the tokens that were chosen, each with the likeliest of its place."""
    table = mapping(result)
    places = [sequence(mapping(place).get("candidates")) for place in sequence(table.get("topCandidates"))]
    for position, chosen in enumerate(sequence(table.get("chosenCandidates"))):
        for token in _tokens([chosen]):
            alternatives = tuple(_tokens(places[position])) if position < len(places) else ()
            yield TokenLogprob(token.token, token.logprob, alternatives)


def _tokens(candidates: Any) -> Iterator[TokenLogprob]:
    for candidate in map(mapping, candidates):
        figure = number(candidate.get("logProbability", 0))  # zeros are left out
        if figure is not None:
            yield TokenLogprob(text(candidate.get("token")), figure)
