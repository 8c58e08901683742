"""Ctrl-C and odd answers: what had arrived is kept, with everything the provider had said about it."""

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import pytest
from command_line import environment
from exchange_player import Response, endpoint_of, play
from socket_queues import wait_until_read

from model_manager.providers.wires.payload import amount, count, decode

PRICE = "[models.m.price]\ninput = 3\noutput = 15\n"
KEY = "sk-canary-0123456789"


class Speaker:
    """A server that answers each connection with the next script and then holds the line."""

    def __init__(self, *scripts: bytes) -> None:
        self._scripts = scripts
        self._held: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests = 0
        self.has_spoken = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        for peer in self._held:
            peer.close()

    def _serve(self) -> None:
        for script in self._scripts:
            peer, _ = self._socket.accept()
            self._held.append(peer)
            received = b""
            while not received.rstrip().endswith(b"}") and (piece := peer.recv(65536)):
                received += piece
            self.requests += 1
            peer.sendall(script)
            self.has_spoken.set()


def stream(*events: str) -> bytes:
    body = "".join(f"{event}\n\n" for event in events).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_7\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%s\r\n" % (len(body), body)


def interrupted(work: Path, wire: str, server: Speaker, *args: str, ready: str = "") -> dict:
    """The JSON of a `test` that is interrupted once its server has spoken; it ends at once, with exit code 130."""
    base = server.url + ("/v1" if wire == "openai" else "")
    (work / "models.toml").write_text(
        f'[providers.p]\nwire = "{wire}"\nbase_url = "{base}"\napi_key_env = ["P_API_KEY"]\n'
        f'[models.m]\nprovider = "p"\n{PRICE}'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "model_manager", "test", "m", "hi", "--json", *args],
        env=environment({"P_API_KEY": KEY}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    if ready:
        assert any(ready in line for line in process.stderr)
    else:
        assert server.has_spoken.wait(60)
        wait_until_read(server.port)
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)  # the server still holds the line
    assert process.returncode == 130
    return json.loads(stdout)["results"][0]


def test_ctrl_c_in_the_live_test_of_assign_ends_with_its_exit_code(work: Path):
    """`assign --test` that is interrupted writes nothing and is no failed test: exit code 130."""
    with Speaker(b"") as server:
        (work / "models.toml").write_text(
            f'[providers.p]\nwire = "openai"\nbase_url = "{server.url}"\napi_key_env = ["P_API_KEY"]\n'
            f'[models.m]\nprovider = "p"\n{PRICE}[tasks.t]\npurpose = "A task"\n'
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "model_manager", "--trust", "assign", "t", "m", "--test"],
            env=environment({"P_API_KEY": KEY}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.has_spoken.wait(60)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr.splitlines()[-1]) == (130, "Interrupted")
    assert not (work / ".env").exists()


def test_ctrl_c_keeps_every_letter_and_what_the_provider_had_said(work: Path):
    """Text that could have been the start of a key is kept, and so are usage, served model and request id."""
    server = Speaker(
        stream(
            'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"other",'
            '"usage":{"input_tokens":9000,"output_tokens":1}}}',
            'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
            '"delta":{"type":"text_delta","text":"Yes"}}',
        )
    )

    with server:
        result = interrupted(work, "anthropic", server)

    assert (result["ok"], result["error"]["kind"], result["attempts"]) == (False, "cancelled", 1)
    assert (result["text"], result["served_model"], result["match"]) == ("Yes", "other", "different")
    assert result["request_id"] == "req_7"
    assert result["usage"]["input_tokens"] == 9000
    assert result["usage"]["estimated"] is True
    assert result["cost_usd"] == pytest.approx(0.027015)


def test_ctrl_c_in_a_wait_counts_what_was_sent_and_names_the_failure(work: Path):
    """Two requests were sent when the second wait was interrupted, and the failure before it is told."""
    failure = b"HTTP/1.1 500 Oops\r\ncontent-length: 2\r\nconnection: close\r\nretry-after: 0\r\n\r\n{}"
    server = Speaker(failure, failure.replace(b"retry-after: 0", b"retry-after: 30"))

    with server:
        result = interrupted(work, "openai", server, ready="waiting 30")

    assert (server.requests, result["attempts"], result["error"]["kind"]) == (2, 2, "cancelled")
    assert "HTTP 500" in result["error"]["message"]


TOOL = '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\\"a"}}]}}]}'
END = '{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}'


def events(*datas: str) -> Response:
    body = "".join(f"data: {data}\n\n" for data in datas).encode()
    return Response(headers={"content-type": "text/event-stream"}, pieces=[body])


def test_a_tool_call_that_was_cut_off_is_no_answer():
    """At the limit of tokens without visible text there is nothing complete, whatever of a tool call had come."""
    assert play(endpoint_of("openai"), events(TOOL, END, "[DONE]")).kind == "truncated"


def test_counts_in_details_do_not_fall_back_to_zero_either():
    """A server that sends zeros at the end leaves the cached tokens as they were."""
    first = '{"choices":[{"index":0,"delta":{"content":"Hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":8}}}'
    last = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":0}}}'

    usage = play(endpoint_of("openai"), events(first, last, "[DONE]")).reply.usage

    assert (usage.input_tokens, usage.cache_read_tokens) == (10, 8)


@pytest.mark.parametrize("word", ["1e3000000", "1e9999999", "1e5000", "1e19", "1e-3000000"])
def test_numbers_that_nobody_can_mean_are_none(word: str):
    """A few letters cannot cost minutes of arithmetic."""
    assert (count(decode(word)), amount(decode(word))) in [(None, None), (None, decode("1e19"))]


def test_a_wait_that_cannot_be_read_is_none():
    """A date beyond all calendars in Retry-After is ignored; the refusal is what it is."""
    response = Response(
        status=429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 +99999999999999"}, pieces=[b"{}"]
    )

    assert play(endpoint_of("openai"), response, retries=0).kind == "rate_limit"
