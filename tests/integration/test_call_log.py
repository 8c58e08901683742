"""Calls in the log: attempts, waits, fallbacks and outcomes at INFO; no keys, prompts or answers; silence by default."""

import logging
import subprocess
import sys
from contextlib import suppress

import pytest
from command_line import environment
from model_server import KEY, by_model, in_turn, model_server, refusing, saying
from service_calls import WAYS, ask, project

from model_manager import AIService, ProviderError

PROMPT, ANSWER = "a private question", "a private answer"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "model_manager"]


@pytest.mark.parametrize("way", WAYS)
def test_each_attempt_wait_fallback_and_outcome_has_a_line(work, way, caplog):
    """A call that is tried twice at its first option and answered by the second one leaves six lines."""
    scripts = by_model({"a": refusing(503, Retry_After="0"), "b": saying(ANSWER)})
    caplog.set_level(logging.INFO, "model_manager")
    with model_server(scripts) as server:
        project(work, server.url, ["a", "b"], {"t": "a,b"})
        with AIService(retries=1) as service:
            ask(service, way, "t", PROMPT)
    first, wait, second, fallback, third, outcome = lines(caplog)
    assert first.startswith("at-a a: HTTP 503 after ")
    assert (wait.startswith("at-a a: waiting 0."), wait.endswith(" s before another attempt")) == (True, True)
    assert second.startswith("at-a a: HTTP 503 after ")
    assert fallback == "a failed (overloaded); trying another option"
    assert third.startswith("at-b b: HTTP 200 after ")
    assert outcome.startswith("t: b answered after ")
    assert outcome.endswith(" ms, 3 requests, 10 tokens in, 5 out")
    assert {record.levelname for record in caplog.records if record.name == "model_manager"} == {"INFO"}


@pytest.mark.parametrize("way", WAYS)
def test_a_failure_has_a_line(work, way, caplog):
    """A call that fails says so, with its kind and how many requests were sent."""
    caplog.set_level(logging.INFO, "model_manager")
    with model_server(refusing(400, "bad")) as server:
        project(work, server.url, ["a"], {"t": "a"})
        with AIService() as service, pytest.raises(ProviderError):
            ask(service, way, "t", PROMPT)
    assert lines(caplog)[-1].startswith("t: failed (bad_request) after ")
    assert lines(caplog)[-1].endswith(" ms, 1 request")


def test_a_connection_that_fails_has_a_line(work, caplog):
    """An attempt without a response is told by the kind of its fault."""
    caplog.set_level(logging.INFO, "model_manager")
    project(work, "http://127.0.0.1:9", ["a"], {"t": "a"})
    with AIService(retries=0) as service, pytest.raises(ProviderError):
        service.chat("t", PROMPT)
    assert lines(caplog)[0].startswith("at-a a: connection after ")


@pytest.mark.parametrize("way", WAYS)
def test_no_line_has_a_key_a_prompt_or_an_answer(work, way, caplog):
    """Whatever a provider repeats of the key and the prompt, in headers, errors and answers, stays out of the log."""
    repeated = f"{KEY} {PROMPT}"
    script = in_turn(
        refusing(429, repeated, KEY, Retry_After="0", X_Request_Id=KEY),
        refusing(400, repeated, KEY),
        saying(ANSWER, KEY),
    )
    caplog.set_level(logging.DEBUG, "model_manager")
    with model_server(script) as server:
        server.project(work, "m")
        with (work / "models.toml").open("a") as file:
            file.write('[tasks.t]\nmodel = "m"\n')
        with AIService() as service:
            with pytest.raises(ProviderError):
                ask(service, way, "t", PROMPT, system_prompt=PROMPT, user_id=KEY)
            ask(service, way, "t", PROMPT)
            for route in (KEY, f"{KEY},m"):
                with suppress(ProviderError):
                    ask(service, way, "t", PROMPT, route=route)
    text = "\n".join(lines(caplog))
    assert "HTTP 429" in text
    assert "answered" in text
    for secret in (KEY, PROMPT, ANSWER):
        assert secret not in text


@pytest.mark.parametrize(
    ("logging_lines", "expected"), [("", False), ("logging.basicConfig(level=logging.INFO)", True)]
)
def test_nothing_is_printed_unless_logging_is_configured(work, logging_lines, expected):
    """An application without logging sees neither these lines nor warnings on stderr; one with it sees them."""
    with model_server(saying(ANSWER)) as server:
        project(work, server.url, ["a"], {"t": "a"})
        program = (
            f"import logging\n{logging_lines}\nfrom model_manager import AIService\n"
            "with AIService() as service: service.chat('t', 'x')\n"
            "logging.getLogger('model_manager').warning('a warning')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env=environment(),
        )
    assert done.stdout == ""
    assert (done.stderr == "") is not expected
    assert ("INFO:model_manager:t: a answered after" in done.stderr) is expected
    assert ("a warning" in done.stderr) is expected
