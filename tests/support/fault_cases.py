"""Cases for the raw server: met all at once by one process of the command line, and checked one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_line import Result, run_cli
from raw_server import RawServer, Script
from wire_bodies import WIRES

KEY = "kq7-raw-wWx4TzR9uVbN2mLp8s"


@dataclass(frozen=True)
class Case:
    """What a server does on a wire, and what is to come of it: a kind (None: an answer), the attempts, the text."""

    name: str
    wire: str
    script: Script
    kind: str | None = None
    attempts: int = 1
    text: str | None = None
    words: str = ""

    @property
    def model(self) -> str:
        return f"{self.wire}.{self.name}"


@dataclass(frozen=True)
class Run:
    """One process that met all cases, and the server that it asked."""

    result: Result
    server: RawServer
    answers: dict[str, Any]


def catalogue(url: str, models: Sequence[tuple[str, str]]) -> str:
    """A provider for each wire, and these models, each with its wire."""
    lines = ["extends = false"]
    for wire in WIRES:
        base = f"{url}/v1" if wire.startswith("openai") else url
        lines += [
            f"[providers.{wire}]",
            f'wire = "{wire}"',
            f'base_url = "{base}"',
            'api_key_env = ["RAW_API_KEY"]',
        ]
    for model, wire in models:
        lines += [f'[models."{model}"]', f'provider = "{wire}"', f'model_id = "{model}"', "max_output = 500"]
        lines += ["price = { input = 1, output = 10 }"]
    return "\n".join(lines) + "\n"


def meet(server: RawServer, directory: Path, cases: Sequence[Case], *options: str) -> Run:
    """Meet every case in one process; scripts that the server has already stay."""
    for case in cases:
        server.scripts.setdefault(case.model, [case.script])
    directory.joinpath("models.toml").write_text(
        catalogue(server.url, [(case.model, case.wire) for case in cases])
    )
    directory.joinpath(".env").write_text(f"RAW_API_KEY={KEY}\n")
    words = [word for case in cases for word in ("-m", case.model)]
    result = run_cli("test", "Hello", "--json", *words, *options, "--trust", "-C", directory)
    assert result.stdout, result.stderr
    return Run(result, server, {answer["model"]: answer for answer in result.json["results"]})


def check(run: Run, case: Case) -> None:
    """An answer if and only if a whole one was sent; else its kind, its attempts and what had arrived."""
    answer = run.answers[case.model]
    failure = answer["error"] or {"kind": None, "message": ""}
    assert (failure["kind"], answer["text"]) == (case.kind, case.text), failure["message"]
    assert answer["ok"] is (case.kind is None)
    assert answer["attempts"] == case.attempts == run.server.count(case.model)
    assert case.words in failure["message"]
    if case.kind is None:
        assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (3, 4)
    elif case.text:
        assert answer["usage"]["estimated"] is True


def by_model(case: Case) -> str:
    return case.model
