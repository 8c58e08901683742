"""Keys that were spoilt on their way, that belong to another provider, or that are none: told by name, never shown."""

import json

import pytest
from command_line import run_cli
from model_server import KEY, model_server, refusing, saying
from projects import workspace_of, write
from service_calls import WAYS, chunks

from model_manager import AIService
from model_manager.core.keys import SHAPES, is_placeholder, key_error
from model_manager.core.redaction import Redactor
from model_manager.errors import CatalogueError, ProviderError, SettingsError

TAIL = "Zq7wX4tR9uVbN2mLp8sKe3"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"\n {KEY}\t\r\n", None),
        (f"{KEY}\n{KEY}", "line break"),
        (f"{KEY}\r{KEY}", "line break"),
        (f'"{KEY}"', "quotes around it"),
        (f"'{KEY}'", "quotes around it"),
        (f"\u201c{KEY}\u201d", "quotes around it"),
        (f'{KEY}"', "contains a quote"),
        (f"{KEY} {KEY}", "white space"),
        (f"{KEY}\u00a0x", "white space"),
        (f"{KEY}é", "HTTP header cannot carry"),
        (f"{KEY}\u200b", "HTTP header cannot carry"),
        (f"{KEY}\x00", "HTTP header cannot carry"),
    ],
)
def test_a_spoilt_key_is_told_by_its_variable(value, words):
    """A key with white space around it works; one that is spoilt otherwise is an `auth` error that shows none of it."""
    workspace = workspace_of(env={"OPENAI_API_KEY": value})
    model = workspace.catalogue.models["gpt-6-luna"]
    if words is None:
        endpoint = workspace.endpoint(model)
        assert endpoint.key
        assert endpoint.key.reveal() == KEY
        return
    with pytest.raises(ProviderError) as caught:
        workspace.endpoint(model)
    assert caught.value.kind == "auth"
    assert caught.value.message.startswith("the key was not sent: OPENAI_API_KEY in the environment ")
    assert words in caught.value.message
    assert KEY[:8] not in repr(caught.value) + caught.value.message


def test_a_key_with_white_space_arrives_without_it(work):
    """A key that was pasted with spaces and a line end is sent bare."""
    with model_server(saying("hi")) as server:
        server.project(work)
        write(work, ".env", f'LOCAL_API_KEY="  {KEY} \\n"\n')
        result = run_cli("test", "m", "hi")
        assert result.exit_code == 0, result.stderr
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_key_with_quotes_is_refused_before_it_is_sent(work):
    """Quotes that came with the key are named, nothing is sent, and the exit code is that of a refusal."""
    with model_server(saying("hi")) as server:
        server.project(work)
        result = run_cli("test", "m", "hi", "--json", env={"LOCAL_API_KEY": f'"{KEY}"'})
        assert server.requests == []
    assert result.exit_code == 4
    error = result.json["results"][0]["error"]
    assert error["kind"] == "auth"
    assert "LOCAL_API_KEY in the environment has quotes around it" in error["message"]
    assert KEY not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OPENAI_API_KEY", f"sk-ant-api03-{TAIL}", "looks like an Anthropic key"),
        ("OPENAI_API_KEY", f"gsk_{TAIL}", "looks like a Groq key"),
        ("OPENAI_API_KEY", f"sk-or-v1-{TAIL}", "looks like an OpenRouter key"),
        ("ANTHROPIC_API_KEY", f"sk-proj-{TAIL}", "looks like an OpenAI key"),
        ("ANTHROPIC_API_KEY", f"sk-{TAIL}", "looks like an OpenAI key"),
        ("GEMINI_API_KEY", f"xai-{TAIL}", "looks like an xAI key"),
        ("MISTRAL_API_KEY", f"AIza{TAIL}", "looks like a Google key"),
        ("XAI_API_KEY", f"csk-{TAIL}", "looks like a Cerebras key"),
        ("OPENAI_API_KEY", "your-api-key-here", "placeholder"),
        ("OPENAI_API_KEY", "<key>", "placeholder"),
        ("OPENAI_API_KEY", "changeme", "placeholder"),
        ("OPENAI_API_KEY", "sk-xxxxxxxxxxxx", "placeholder"),
        ("OPENAI_API_KEY", f"sk-proj-{TAIL}", None),
        ("OPENAI_API_KEY", f"sk-{TAIL}", None),
        ("ANTHROPIC_API_KEY", f"sk-ant-api03-{TAIL}", None),
        ("OPENROUTER_API_KEY", f"sk-or-v1-{TAIL}", None),
        ("DEEPSEEK_API_KEY", f"sk-{TAIL}", None),
        ("MISTRAL_API_KEY", TAIL, None),
        ("OLLAMA_API_KEY", "none", None),
        ("LMSTUDIO_API_KEY", f"sk-ant-{TAIL}", None),
    ],
)
def test_a_key_is_known_by_its_looks(variable, value, words):
    """A key that looks like another provider's, and a placeholder, are doubted; a gateway's key may look like any."""
    workspace = workspace_of(env={variable: value})
    provider = next(found for found in workspace.catalogue.providers.values() if variable in found.api_key_env)
    findings = workspace.key_doubts(provider)
    assert [finding.code for finding in findings] == (["suspicious_key"] if words else [])
    for finding in findings:
        assert finding.severity == "warning"
        assert finding.message.startswith(f"{variable} holds ")
        assert words in finding.message
        assert value not in finding.message


def test_no_shape_hides_behind_another():
    """Of two beginnings that fit one key, the longer one is asked first."""
    for index, shape in enumerate(SHAPES):
        assert not any(shape.prefix.startswith(earlier.prefix) for earlier in SHAPES[:index])


@pytest.mark.parametrize("key", [KEY, f"sk-{TAIL}", f"gsk_{TAIL}", "test", "sk-test", "abc.def"])
def test_a_key_is_no_placeholder(key):
    """What could be a key is not taken for a placeholder."""
    assert not is_placeholder(key)
    assert key_error(key) is None


WRONG = {"OPENAI_API_KEY": f"sk-ant-api03-{TAIL}"}
WARNING = "OPENAI_API_KEY holds what looks like an Anthropic key; is it in the wrong variable?"


def test_list_tells_a_key_in_the_wrong_variable():
    """`list` tells it with the tasks that are concerned, or once on stderr where none is; it goes on all the same."""
    with_task = run_cli("list", "--json", env={**WRONG, "AI_CHAT_MODEL": "gpt-6-luna"})
    chat = next(task for task in with_task.json["tasks"] if task["task"] == "chat")
    assert {"code": "suspicious_key", "severity": "warning", "message": WARNING} in chat["problems"]
    assert WARNING not in with_task.stderr
    provider = next(row for row in with_task.json["providers"] if row["id"] == "openai")
    assert [problem["code"] for problem in provider["problems"]] == ["suspicious_key"]
    alone = run_cli("list", "--on", "2026-11-23", env={"XAI_API_KEY": WRONG["OPENAI_API_KEY"]})
    assert (with_task.exit_code, alone.exit_code) == (0, 0)
    assert alone.stderr.splitlines()[0] == f"Warning: {WARNING.replace('OPENAI', 'XAI')}"
    assert alone.stderr.count("holds what looks like") == 1
    assert TAIL not in with_task.stdout + alone.stdout + alone.stderr


def test_info_tells_a_key_in_the_wrong_variable():
    """`info` has the doubt about a model's key, for people and as JSON."""
    assert WARNING in run_cli("info", "gpt-6-luna", env=WRONG).stdout
    problems = run_cli("info", "gpt-6-luna", "--json", env=WRONG).json["model"]["problems"]
    assert {"code": "suspicious_key", "severity": "warning", "message": WARNING} in problems


def test_a_call_with_a_doubtful_key_is_made():
    """`test` warns of a key in the wrong variable and calls all the same."""
    with model_server(saying("hi")) as server:
        env = {**WRONG, "OPENAI_BASE_URL": server.url}
        result = run_cli("test", "gpt-6-luna", "hi", env=env)
        assert len(server.requests) == 1
    assert (result.exit_code, result.stdout) == (0, "hi\n")
    assert f"Warning: {WARNING}" in result.stderr


def test_info_says_which_of_two_keys_is_used():
    """Where two variables of a provider hold different keys, `info` names the one that counts; alike ones are no news."""
    env = {"GOOGLE_API_KEY": f"AIza{TAIL}a", "GEMINI_API_KEY": f"AIza{TAIL}b"}
    said = "GOOGLE_API_KEY is used; GEMINI_API_KEY in the environment holds another key"
    assert said in run_cli("info", "gemini-3.8-flash", env=env).stdout
    same = dict.fromkeys(env, f"AIza{TAIL}")
    assert "holds another key" not in run_cli("info", "gemini-3.8-flash", env=same).stdout


@pytest.mark.parametrize(
    "written",
    [
        'k"e/y\\1 é+%',
        json.dumps('k"e/y\\1 é+%')[1:-1],
        json.dumps('k"e/y\\1 é+%', ensure_ascii=False)[1:-1].replace("/", "\\/"),
        "k%22e%2Fy%5C1%20%C3%A9%2B%25",
        "k%22e%2fy%5c1%20%c3%a9%2b%25",
        "k%22e/y%5C1+%C3%A9%2B%25",
    ],
)
def test_a_key_is_hidden_however_it_is_written(written):
    """JSON's and URLs' ways to write a key are hidden as the key itself."""
    assert Redactor(['k"e/y\\1 é+%'])(f"<{written}>") == "<***>"


def test_lines_and_quotes_of_a_key_are_hidden():
    """Of a key with quotes or several lines each part is hidden."""
    assert Redactor([f'"{KEY}"', "first-line\nsecond-line"])(f"{KEY} second-line first-line") == "*** *** ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a sk-ant-api03-{TAIL}-x b", "a *** b"),
        (f"key=AIza{TAIL},", "key=***,"),
        (f"gsk_{TAIL} sk-{TAIL}", "*** ***"),
        (f"task-{TAIL}", f"task-{TAIL}"),
        ("sk-short risk-averse", "sk-short risk-averse"),
    ],
)
def test_what_looks_like_a_key_is_hidden(text, shown):
    """A key that nobody gave us as one is known by its beginning and length, where that is asked for."""
    assert Redactor(shapes=True)(text) == shown
    assert Redactor()(text) == Redactor(shapes=True).known(text) == text


def test_pieces_of_a_key_are_hidden():
    """What has eight characters in a row of a key is hidden, and nothing else."""
    redact = Redactor([KEY])
    assert redact.fragments(f"<{KEY[:9]}|{KEY[9:]}|{KEY[:7]}>", 8) == f"<***|***|{KEY[:7]}>"


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"models.toml": f"[providers.x]\nwire = '{KEY}'\n", ".env": f"OPENAI_API_KEY={KEY}\n"}, CatalogueError),
        ({"models.toml": f"[providers.x]\napi_key_env = ['sk-ant-{TAIL}']\n"}, CatalogueError),
        ({"models.toml": f"[providers.openai]\napi_key = 'sk-proj-{TAIL}'\nsk-proj-{TAIL} = 1\n"}, CatalogueError),
        ({"models.toml": f"default_model = 'sk-proj-{TAIL}'\n"}, CatalogueError),
        ({".env": f"MODEL_MANAGER_TIMEOUT={KEY}\nGROQ_API_KEY={KEY}\n"}, SettingsError),
        ({".env": f"MODEL_MANAGER_RETRIES=gsk_{TAIL}\n"}, SettingsError),
    ],
)
def test_a_key_in_the_wrong_place_of_a_file_is_not_in_the_error(files, error):
    """An error about a file shows no key, neither one that is set nor one that only looks like it."""
    with pytest.raises(error) as caught:
        workspace_of(files)
    found = caught.value
    shown = repr(found) + str(found) + str(found.hint) + "".join(map(str, found.problems))
    assert KEY not in shown
    assert TAIL not in shown
    assert "***" in shown


@pytest.mark.parametrize("word", ["not-needed", "anything", "sk-1234"])
@pytest.mark.parametrize("options", [(), ("--no-stream",), ("--json",)], ids=" ".join)
def test_a_key_that_is_a_word_stays_in_answers(work, word, options):
    """A server that needs no key is given some word, which its models may say; an error hides it all the same."""
    with model_server(saying("It is ", f"{word}.")) as server:
        server.project(work)
        write(work, ".env", f"LOCAL_API_KEY={word}\n")
        result = run_cli("test", "m", "hi", *options)
    assert f"It is {word}." in result.stdout
    with model_server(refusing(401, f"no such key: {word}")) as server:
        server.project(work)
        write(work, ".env", f"LOCAL_API_KEY={word}\n")
        result = run_cli("test", "m", "hi", *options)
    assert "no such key: ***" in result.stderr
    assert word not in result.stdout + result.stderr


@pytest.mark.parametrize("way", WAYS)
def test_a_key_in_pieces_is_hidden_from_applications(work, way):
    """Streamed or not, what a library's caller sees is the same text, without a key that came apart in chunks."""
    pieces = ("k", "<", KEY[:5], KEY[5:9], KEY[9:], ">", KEY[:3])
    with model_server(saying(*pieces)) as server:
        server.project(work)
        with (work / "models.toml").open("a") as file:
            file.write('[tasks.chat]\nmodel = "m"\n')
        with AIService() as service:
            shown, reply = chunks(service, way, "chat")
    assert reply.text == "".join(shown) == f"k<***>{KEY[:3]}"
