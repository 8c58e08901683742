"""README's applications, run as it shows them: a script, tools, a FastAPI endpoint over HTTP, a notebook; and typed."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import httpx
import nbformat
import pytest
from command_line import environment
from model_server import Answer, Request, model_server
from nbclient import NotebookClient
from readme import APPLICATION, README
from serving import TOKEN, serving

LONGEST_S = 60


def block(name: str, number: int = 0) -> str:
    return [text for found, text in APPLICATION.findall(README.read_text()) if found == name][number]


class Anthropic:
    """Speaks Anthropic's wire; what it was asked, and whether a client went away."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.status = 200
        self.endless = False
        self.left = threading.Event()
        self.url = ""

    def __call__(self, request: Request, answer: Answer) -> None:
        self.asked.append(request.body)
        if request.path.endswith("/count_tokens"):
            answer.json({"input_tokens": 15})
        elif self.status != 200:
            answer.json({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, self.status)
        elif request.body["stream"]:
            self._stream(answer)
        else:
            results = [
                m for m in request.body["messages"] if isinstance(m["content"], list) and m["role"] == "user"
            ]
            asks = bool(request.body.get("tools")) and not results
            content = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}
            said = results[0]["content"][0]["content"] if results else "Hello!"
            if "format" in request.body.get("output_config", {}):
                said = '{"city": "Oslo", "days": 2}'
            answer.json(
                {
                    "type": "message",
                    "model": request.model,
                    "stop_reason": "tool_use" if asks else "end_turn",
                    "content": [content if asks else {"type": "text", "text": said}],
                    "usage": {"input_tokens": 10, "output_tokens": 5},
                }
            )

    def _stream(self, answer: Answer) -> None:
        answer.event({"type": "message_start", "message": {"usage": {"input_tokens": 10}}})
        try:
            for number in range(2000 if self.endless else 2):
                delta = {"type": "text_delta", "text": ("Hel", "lo!")[number % 2]}
                answer.event({"type": "content_block_delta", "index": 0, "delta": delta})
                if self.endless:
                    time.sleep(0.01)
        except ConnectionError:
            self.left.set()
            return
        answer.event(
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}
        )
        answer.event({"type": "message_stop"})


@pytest.fixture
def anthropic() -> Iterator[Anthropic]:
    script = Anthropic()
    with model_server(script) as server:
        script.url = server.url.removesuffix("/v1")
        yield script


def variables(anthropic: Anthropic) -> dict[str, str]:
    return {
        **environment(),
        "ANTHROPIC_BASE_URL": anthropic.url,
        "ANTHROPIC_API_KEY": "kq7-0123456789abcdef",
    }


def run(name: str, work: Path, anthropic: Anthropic, text: str | None = None) -> list[str]:
    """The lines that an application prints: README's, or one made of it."""
    return run_python(name, work, text, **variables(anthropic))


def run_python(name: str, work: Path, text: str | None = None, **variables: str) -> list[str]:
    """The lines that a script prints in a clean environment with these variables."""
    (work / name).write_text(text or block(name))
    done = subprocess.run(
        [sys.executable, name],
        cwd=work,
        env=environment() | variables,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_script_runs(work, anthropic):
    """It prints the answer, its cost and its reason, then a stream."""
    shown = run("script.py", work, anthropic)
    assert shown == ["Hello!", "claude-sonnet-5-5 5 0.000070 the route's only model", "Hello!"]


def test_the_script_tells_failures(work, anthropic):
    """When everything fails, the error that README prints has all of it."""
    anthropic.status = 529
    text = block("script.py")
    failing = text[: text.index("    reply =")] + text[text.index("    try:") :]
    (shown,) = run("failing.py", work, anthropic, failing)
    assert shown.startswith("missing_key every option of the route claude-haiku-5-5,groq/gpt-oss-20b failed:")
    assert "busy" in shown


def test_the_first_call_runs(work, anthropic):
    """The smallest application prints the answer of the task's model."""
    assert run("first.py", work, anthropic) == ["Hello!"]


def test_an_sdk_of_its_own_gets_the_task_s_model(work):
    """An application that keeps its SDK calls the model that the variable of its task names, and no other."""
    with model_server(lambda request, answer: answer.say(request, f"Hello from {request.model}.")) as server:
        (work / ".env").write_text("AI_CHAT_MODEL=gpt-6-luna\n")
        shown = run_python("own_sdk.py", work, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="kq7-0123456789abcdef")
    assert shown == ["Hello from gpt-6-luna."]


def test_the_stored_conversation_goes_on(work, anthropic):
    """The second run asks with what was said in the first one."""
    for turns in (1, 3):
        assert run("history.py", work, anthropic) == []
        assert [turn["role"] for turn in anthropic.asked[-1]["messages"]] == ["user", "assistant", "user"][:turns]


def test_what_is_known_before_a_call(work, anthropic):
    """The check names the model and finds nothing wrong; the provider counts the tokens; no call is made."""
    assert run("before.py", work, anthropic) == [
        "True claude-sonnet-5-5 8",
        "claude-sonnet-5-5 ready",
        "15 claude-sonnet-5-5 False",
    ]
    assert ["max_tokens" in body for body in anthropic.asked] == [False]


def test_the_client_of_ones_own_runs(work, anthropic):
    """A call is made by the application's client."""
    assert run("client.py", work, anthropic) == ["Hello!"]


def test_the_tests_of_an_application_run(work):
    """Its tests pass with the fixture, without a network."""
    (work / "test_greeting.py").write_text(block("test_greeting.py"))
    plugins = ["-p", "no:schemathesis", "-p", "no:cacheprovider"]
    if not any(found.value == "model_manager.pytest_plugin" for found in entry_points(group="pytest11")):
        plugins += ["-p", "model_manager.pytest_plugin"]  # a checkout that is not installed
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "--rootdir", str(work)],
        cwd=work,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_tools_run(work, anthropic):
    """The tool is called, and the answer comes from its result."""
    assert run("tools.py", work, anthropic) == ["4 degrees and rain in Oslo"]
    assert len(anthropic.asked) == 2


def test_what_comes_back_is_shown(work, anthropic):
    """An answer becomes an object, a function becomes a tool, and a stream ends with its reply."""
    shown = run("contents.py", work, anthropic)
    assert shown[0] == "city='Oslo' days=2"
    assert shown[1].startswith("Hello![] {'input_tokens': 10, 'output_tokens': 5,")
    assert (
        anthropic.asked[1]["tools"][0]["input_schema"]["properties"]["city"]["description"] == "A city of Europe"
    )


def test_the_observer_runs(work, anthropic):
    """Each call is told once, with its task, model, user and outcome."""
    assert run("observer.py", work, anthropic) == [
        "chat claude-sonnet-5-5 42 succeeded 5 0.000070",
        "chat claude-sonnet-5-5 42 cancelled Hel",
    ]


@pytest.fixture
def endpoint(work: Path, anthropic: Anthropic) -> Iterator[str]:
    """README's application, served by uvicorn."""
    (work / "app.py").write_text(block("app.py"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=work, env=variables(anthropic), stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{url}/openapi.json", timeout=LONGEST_S)
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        errors = process.communicate(timeout=LONGEST_S)[1]
    assert "Traceback" not in errors, errors


def test_the_endpoint_streams(endpoint, anthropic):
    """The answer arrives in pieces; what fails before the first word is a status, a client that leaves ends its call."""
    with httpx.stream(
        "GET", f"{endpoint}/ask", params={"question": "Hello", "user": "1"}, timeout=LONGEST_S
    ) as response:
        assert response.status_code == 200
        assert "".join(response.iter_text()) == "Hello!"
    assert anthropic.asked[-1]["messages"] == [{"role": "user", "content": "Hello"}]

    anthropic.endless = True
    with httpx.stream("GET", f"{endpoint}/ask", params={"question": "Hello"}, timeout=LONGEST_S) as response:
        assert next(response.iter_text())
    assert anthropic.left.wait(LONGEST_S)

    anthropic.endless, anthropic.status = False, 529
    response = httpx.get(f"{endpoint}/ask", params={"question": "Hello"}, timeout=LONGEST_S)
    assert (response.status_code, "busy" in response.json()["detail"]) == (503, True)


def test_the_notebook_runs(work, anthropic, monkeypatch):
    """Blocking and awaited calls both work in a cell of a real kernel."""
    for name, value in variables(anthropic).items():
        monkeypatch.setenv(name, value)
    cells = [nbformat.v4.new_code_cell(block("notebook", number)) for number in range(2)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=LONGEST_S, resources={"metadata": {"path": str(work)}}).execute()
    shown = [output["text"] for cell in notebook.cells for output in cell["outputs"]]
    assert shown == ["Hello!\n", "Hello! 0.000070\n"]


def test_the_client_of_the_api_gives_a_task_a_cheaper_model(work):
    """README's client of the API shows the change, and writes it because it costs less."""
    with serving(work) as served:
        env = {"MANAGER": served.url, "MODEL_MANAGER_SERVER_TOKEN": TOKEN}
        done = subprocess.run(
            [sys.executable, "-c", block("cheaper.py")],
            env=environment(env), capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == ["+AI_CHAT_MODEL=claude-haiku-5-5", " -639.18"]
    assert Path(".env").read_text() == "AI_CHAT_MODEL=claude-haiku-5-5\n"


def test_every_path_of_the_api_is_in_readme(work):
    """README's table names every operation of the description, and no other."""
    with serving(work) as served:
        described = served.get("/openapi.json").json()["paths"]
    table = README.read_text().partition("## API and admin page")[2].partition("```python")[0]
    named: set[tuple[str, str]] = set()
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        path = re.search(r"/[\w/{}]+", row)[0]
        named |= {(method, path) for method in re.findall("GET|POST|PUT|DELETE", row)}
    operations = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert named == {(method, path.replace("{model}", "{id}")) for method, path in operations}
