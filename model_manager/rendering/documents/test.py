"""Builds the JSON documents of `test`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model_manager.core.answer_details import Citation, TokenLogprob
from model_manager.core.messages import Reply
from model_manager.core.pricing import Usage
from model_manager.core.redaction import ModelText
from model_manager.errors import ProviderError
from model_manager.live_test.testing import Repetition, Spread, TestReport, TestResult

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.calls import (
        AlternativeObject,
        AnswerDetailsObject,
        CitationObject,
        CurlDocument,
        RepetitionObject,
        SpreadObject,
        TestDocument,
        TestResultObject,
        UsageObject,
    )
    from model_manager.rendering.documents.types.problems import CallErrorObject


def test_document(report: TestReport) -> "TestDocument":
    """The document: whatever the exit code, all results."""
    document: TestDocument = {
        "schema": 1,
        "results": [result_object(result) for result in report.results],
        "passed": report.passed,
        "failed": len(report.results) - report.passed,
        "cost_usd": report.cost_usd,
    }
    if report.repetitions:
        document["repetitions"] = [_repetition(item) for item in report.repetitions]
    return document


def curl_document(commands: Sequence[str]) -> "CurlDocument":
    """The document of `--curl`."""
    return {"schema": 1, "curl": commands}


def result_object(result: TestResult) -> "TestResultObject":
    """One call."""
    model, reply, target = result.model, result.reply, result.target
    return {
        "model": model.id if model else target.name,
        "provider": model.provider if model else None,
        "model_id": model.model_id if model else None,
        "task": target.task,
        "route": target.followed,
        "reason": reply.reason if reply else None,
        "failures": [{"model": name, **call_error(error)} for name, error in result.failures],
        "served_model": reply.served_model if reply else None,
        "match": reply.match if reply else None,
        "ok": result.is_ok,
        "finish_reason": reply.finish_reason if reply else None,
        "text": ModelText(reply.text) if reply and reply.text else None,
        **_details(reply),
        "tool_calls": [
            {"id": call.id, "name": ModelText(call.name), "arguments": ModelText(call.arguments)}
            for call in (reply.tool_calls if reply else ())
        ],
        "usage": _usage(reply.usage if reply else Usage()),
        "cost_usd": reply.cost_usd if reply else None,
        "cost_source": reply.cost_source if reply else None,
        "latency_ms": _rounded(reply.latency_ms if reply else None),
        "ttft_ms": _rounded(reply.ttft_ms if reply else None),
        "tokens_per_second": _rounded(reply.tokens_per_second if reply else None),
        "attempts": result.error.attempts if result.error else reply.attempts if reply else 0,
        "request_id": _request_id(result),
        "key_env": result.key_variable,
        "warnings": list(result.all_warnings),
        "error": call_error(result.error) if result.error else None,
    }


def _details(reply: Reply | None) -> "AnswerDetailsObject":
    """The parts of the answer besides its text, and by whom it was served."""
    return {
        "reasoning": ModelText(reply.reasoning) if reply and reply.reasoning else None,
        "refusal": ModelText(reply.refusal) if reply and reply.refusal else None,
        "refusal_reason": reply.refusal_reason if reply else None,
        "citations": [_citation(citation) for citation in (reply.citations if reply else ())],
        "logprobs": [
            {**_alternative(token), "alternatives": [_alternative(other) for other in token.alternatives]}
            for token in (reply.logprobs if reply else ())
        ],
        "upstream_provider": reply.upstream_provider if reply else None,
        "service_tier": reply.service_tier if reply else None,
        "headers": dict(reply.headers) if reply else {},
    }


def _alternative(token: TokenLogprob) -> "AlternativeObject":
    return {"token": ModelText(token.token), "logprob": token.logprob}


def _citation(citation: Citation) -> "CitationObject":
    return {
        "url": citation.url,
        "title": citation.title,
        "quote": ModelText(citation.quote) if citation.quote else None,
        "start": citation.start,
        "end": citation.end,
    }


def _request_id(result: TestResult) -> str | None:
    own = result.reply.request_id if result.reply else None
    return own or (result.error.request_id if result.error else None)


def _usage(usage: Usage) -> "UsageObject":
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "estimated": usage.estimated,
    }


def call_error(error: ProviderError) -> "CallErrorObject":
    """Why a call brought no answer."""
    return {
        "kind": error.kind,
        "status": error.status,
        "message": error.message,
        "hint": error.hint,
        "retry_after_s": error.retry_after_s,
    }


def _repetition(item: Repetition) -> "RepetitionObject":
    return {
        "model": item.name,
        "runs": item.runs,
        "passed": item.passed,
        "latency_ms": _spread(item.latency_ms),
        "ttft_ms": _spread(item.ttft_ms),
    }


def _spread(spread: Spread | None) -> "SpreadObject | None":
    if spread is None:
        return None
    return {"min": _rounded(spread.minimum), "median": _rounded(spread.median), "p95": _rounded(spread.p95)}


def _rounded(number: float | None) -> float | None:
    """A tenth is finer than any clock over a network."""
    return None if number is None else round(number, 1)
