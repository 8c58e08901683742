"""Cases that a careful outsider found: each was wrong once."""

import socket
import threading
from pathlib import Path

import pytest
from command_line import run_cli
from projects import workspace_of

from model_manager.errors import CatalogueError

KEY = "sk-the-users-own-key-0123"


def endpoint_of(files, env, model, **options):
    """Where a call would go."""
    workspace = workspace_of(files, env=env, **options)
    found = workspace.catalogue.find(model)
    assert found is not None
    return workspace.endpoint(found)


@pytest.mark.parametrize("host", ["127.0.0.2", "127.1.1.1", "[0:0:0:0:0:0:0:1]"])
def test_no_proxy_sees_what_goes_to_this_machine(work: Path, host: str):
    """However loopback is written, the call does not go through the proxy of the environment."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        seen: list[bytes] = []

        def serve() -> None:
            proxy.settimeout(20)
            try:
                connection, _ = proxy.accept()
            except OSError:
                return
            with connection:
                seen.append(connection.recv(65536))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        (work / ".env").write_text(f"OPENAI_BASE_URL=http://{host}:9/v1\n")
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        run_cli(
            "test", "gpt-6-luna", "hi", "--retries", "0",
            env={"OPENAI_API_KEY": KEY, "HTTP_PROXY": url, "http_proxy": url, "ALL_PROXY": url},
        )  # fmt: skip
    assert seen == []


@pytest.mark.parametrize("word", ["ollama", "openai", "gpt-oss"])
def test_a_dummy_key_that_is_a_word_of_the_catalogue_garbles_nothing(word):
    """Local servers are given their own name for a key; ids that hold it are printed as they are."""
    result = run_cli("list", "--ids", "--provider", "ollama", env={"OPENAI_API_KEY": word})

    assert "ollama/gpt-oss:20b" in result.lines


def test_one_providers_key_does_not_go_to_another_because_a_project_says_so():
    """A project's file that gives one provider the key of another is invalid, trusted or not."""
    files = {"models.toml": '[providers.openrouter]\napi_key_env = ["OPENAI_API_KEY"]\n'}
    env = {"OPENAI_API_KEY": KEY}

    with pytest.raises(CatalogueError) as caught:
        endpoint_of(files, env, "openrouter/grok-4.7", trust=True)

    assert str(caught.value.problems[0]).startswith("models.toml:2: providers.openrouter.api_key_env: ")


def test_a_projects_own_key_may_have_another_name():
    """The key that stands in the project itself goes where the project's file says."""
    files = {
        "models.toml": '[providers.openrouter]\napi_key_env = ["OUR_KEY"]\n',
        ".env": "OUR_KEY=ours-1234567\n",
    }

    assert endpoint_of(files, {}, "openrouter/grok-4.7").key is not None


def test_a_host_that_the_user_named_is_the_providers_own():
    """A project that repeats the user's own base URL needs no flag."""
    gateway = '[providers.openai]\nbase_url = "https://gateway.example/v1"\n'

    endpoint = endpoint_of({"models.toml": gateway}, {"OPENAI_API_KEY": KEY}, "gpt-6-luna", user=gateway)

    assert endpoint.base_url == "https://gateway.example/v1"


@pytest.mark.parametrize(
    "text",
    [
        '[tasks.x]\nenv = "CI_DB_PASSWORD"\n',
        '[tasks.x]\nenv = "ANTHROPIC_API_KEY"\n',
        '[providers.groq.base_url_env]\nname = "GITHUB_TOKEN"\n',
    ],
)
def test_a_variable_with_a_secret_is_no_place_for_a_route_or_a_url(text):
    """Its value would be printed, and `assign` would overwrite it."""
    with pytest.raises(CatalogueError) as caught:
        workspace_of({"models.toml": text})

    assert "looks like the name of a key or a password" in caught.value.problems[0].message


def test_secrets_of_the_environment_that_a_project_refers_to_are_not_printed():
    """What `${NAME}` brings into a URL from a variable with a secret's name is hidden in all output."""
    Path(".env").write_text("GROQ_BASE_URL=https://x.example/${CI_DB_PASSWORD}\n")
    env = {"CI_DB_PASSWORD": "hunter2-hunter2"}

    for args in (["list", "--json"], ["info", "groq/gpt-oss-20b"], ["info", "groq/gpt-oss-20b", "--json"]):
        result = run_cli(*args, env=env)
        assert "hunter2" not in result.stdout + result.stderr


def test_every_wrong_item_of_a_list_is_told():
    """All that is wrong with a list is said in one round."""
    with pytest.raises(CatalogueError) as caught:
        workspace_of({"models.toml": '[models.haiku2]\nprovider = "anthropic"\ncapabilities = ["foo", "bar"]\n'})

    message = caught.value.problems[0].message
    assert "'foo'" in message
    assert "'bar'" in message


def test_what_unset_takes_away_is_missing_in_the_file_that_says_unset():
    """The blame is on the line of the user's file, not on the embedded catalogue."""
    with pytest.raises(CatalogueError) as caught:
        workspace_of({"models.toml": '[models.claude-haiku-5-5]\nunset = ["provider"]\n'})

    assert [(problem.file, problem.key) for problem in caught.value.problems] == [
        ("models.toml", "models.claude-haiku-5-5.provider")
    ]


def test_a_table_called_like_an_alias_is_told_the_id():
    """To change a model one has to use its id; the message says which that is."""
    with pytest.raises(CatalogueError) as caught:
        workspace_of({"models.toml": '[models.claude-3-haiku]\nunset = ["retires"]\n'})

    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (1, "claude-3-haiku is an alias of claude-3-haiku-20240307")
    assert problem.hint == "to change that model, write [models.claude-3-haiku-20240307]"


def test_reasons_not_to_assign_name_the_task_and_no_file():
    """Several refusals are told apart by their task."""
    problems = run_cli("assign", "chat=gpt-4-turbo", "mood_search=nope", "--json").json["error"]["problems"]

    assert [(problem["file"], problem["key"]) for problem in problems] == [(None, "chat"), (None, "mood_search")]


def test_a_link_to_a_file_that_is_not_there_yet_is_written_through(work: Path):
    """.env.local that leads nowhere is the stronger file all the same, so it is the one that is made."""
    (work / ".env.local").symlink_to("ours.env")

    run_cli("assign", "chat", "haiku")

    assert (work / "ours.env").read_text() == "AI_CHAT_MODEL=claude-haiku-5-5\n"
    assert not (work / ".env").exists()


def test_curl_to_a_host_of_the_projects_comes_with_a_warning(work: Path):
    """What `test` would refuse to send is not handed out for pasting without a word."""
    (work / ".env").write_text("OPENAI_BASE_URL=https://evil.example/v1\n")

    result = run_cli("test", "gpt-6-luna", "hi", "--curl", env={"OPENAI_API_KEY": KEY, "MODEL_MANAGER_TRUST": "0"})

    assert (result.exit_code, "Warning: test would not make this call" in result.stderr) == (0, True)


def test_a_name_without_a_value_is_taken_away_and_put_back(work: Path):
    """A variable that stood without "=" had no value, and nothing is said of one."""
    (work / ".env").write_text("AI_CHAT_MODEL\n")

    removed, undone = run_cli("assign", "chat", "--unset"), run_cli("assign", "--undo")

    assert "None" not in removed.stdout + undone.stdout
    assert "undone in .env" in undone.stdout
    assert (work / ".env").read_text() == "AI_CHAT_MODEL\n"


def test_assigned_without_tasks_says_so(work: Path):
    """A catalogue without tasks has nothing that is assigned."""
    (work / "models.toml").write_text("extends = false\n")

    assert run_cli("test", "--assigned").stderr.startswith("Error: --assigned: the catalogue has no tasks\nHint: ")
