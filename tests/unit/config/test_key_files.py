"""Keys in files that NAME_FILE names, which key is used, and what it overrides."""

import os

import pytest
from command_line import run_cli
from model_server import model_server, refusing
from projects import workspace_of, write

from model_manager.config.provider_keys import find_key
from model_manager.errors import SettingsError

KEY = "kq7-abcdefghijklmnop"


def key_of(files=None, *, env=None):
    workspace = workspace_of(files, env=env)
    return workspace.key(workspace.catalogue.providers["openai"]), workspace


def test_a_key_in_a_file_is_the_users(work):
    """It counts as a key of the process environment: stripped, hidden, before .env, and named with its place."""
    path = write(work, "secret", f"\ufeff {KEY} \r\n")
    key, workspace = key_of(
        {".env": "OPENAI_API_KEY=other-key-of-the-file"}, env={"OPENAI_API_KEY_FILE": str(path)}
    )
    assert key.binding is not None
    assert (key.binding.value, key.binding.file, key.binding.key_file) == (KEY, None, str(path))
    assert key.source == "OPENAI_API_KEY_FILE in the environment, which overrides OPENAI_API_KEY in .env:1"
    assert workspace.redactor()(f"<{KEY}>") == "<***>"


def test_the_variable_itself_comes_first(work):
    """NAME_FILE is not read where NAME is set, and is where that is blank."""
    env = {"OPENAI_API_KEY": "set-itself", "OPENAI_API_KEY_FILE": str(work / "gone")}
    assert key_of(env=env)[0].place == "OPENAI_API_KEY in the environment"
    with pytest.raises(SettingsError):
        key_of(env={**env, "OPENAI_API_KEY": " "})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"one\ntwo\n", "has several lines"),
        (b"x" * (64 * 1024 + 1), "is larger than 64 KiB"),
    ],
)
def test_a_file_that_holds_no_key_is_named(work, content, problem):
    """Variable and file are told, the content is not."""
    path = write(work, "secret", content)
    with pytest.raises(SettingsError) as caught:
        key_of(env={"OPENAI_API_KEY_FILE": str(path)})
    assert caught.value.message == f"OPENAI_API_KEY_FILE in the environment: {path} {problem}"
    assert caught.value.hint


def test_what_is_no_regular_file_is_refused_at_once(work):
    """A FIFO without a writer, a directory, a device and a file that is gone end in an error, and nothing hangs."""
    os.mkfifo(work / "fifo")
    for path, problem in (
        (work / "fifo", "is a FIFO, not a file"),
        (work, "is a directory, not a file"),
        ("/dev/zero", "is a device, not a file"),
        (work / "gone", "cannot be read: No such file or directory"),
    ):
        with pytest.raises(SettingsError, match=problem):
            key_of(env={"OPENAI_API_KEY_FILE": str(path)})


def test_a_project_cannot_name_a_file_of_the_users(work):
    """In a .env file NAME_FILE is ignored, with a warning."""
    write(work, "secret", KEY)
    key, workspace = key_of({".env": "\nOPENAI_API_KEY_FILE=secret\n"})
    assert key.binding is None
    assert workspace.warnings == (
        "OPENAI_API_KEY_FILE in .env:2 is ignored: it can only be set in the process environment",
    )


def test_a_refused_key_is_named_with_its_place_and_what_it_overrides(work):
    """A 401 says which of several keys was sent, so that nobody changes one that is not used."""
    with model_server(refusing(401, "bad key")) as server:
        server.project(work)
        write(work, ".env", "A=1\nLOCAL_API_KEY=key-of-the-file\n")
        write(work, ".env.local", "LOCAL_API_KEY=key-of-the-shell\n")
        hints = [
            next(
                line
                for line in run_cli("test", "m", "hi", env=env).stderr.splitlines()
                if line.startswith("Hint: ")
            )
            for env in ({}, {"LOCAL_API_KEY": "key-of-the-shell"})
        ]
        shown = run_cli("info", "m", env={"LOCAL_API_KEY": "key-of-the-shell"}).stdout
    assert hints == [
        "Hint: check the key: LOCAL_API_KEY in .env.local:1, which overrides LOCAL_API_KEY in .env:2",
        "Hint: check the key: LOCAL_API_KEY in the environment, which overrides LOCAL_API_KEY in .env:2",
    ]
    assert "LOCAL_API_KEY in the environment is used; LOCAL_API_KEY in .env:2 holds another key" in shown


def test_without_a_key_there_is_no_source():
    """A provider whose key is not set, or that needs none, has no place of a key."""
    workspace = workspace_of()
    for provider in workspace.catalogue.providers.values():
        assert find_key(workspace.places, provider).source is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("AI_CHAT_MODE", "AI_CHAT_MODEL"),
        ("AI_CAHT_MODEL", "AI_CHAT_MODEL"),
        ("ai_chat_model", "AI_CHAT_MODEL"),
        ("AI_DEFUALT_MODEL", "AI_DEFAULT_MODEL"),
        ("ANTROPIC_API_KEY", "ANTHROPIC_API_KEY"),
        ("ANTHROPIC_API_KEYS", "ANTHROPIC_API_KEY"),
        ("OPENAI_API_KYE", "OPENAI_API_KEY"),
    ],
)
def test_a_variable_one_slip_away_is_pointed_out_by_list(work, name, meant):
    """Nobody reads it, and its name is nearly one that counts."""
    write(work, ".env", f"A=1\n{name}=x\n")
    assert f"Warning: {name} in .env:2 is not read; did you mean {meant}?" in run_cli("list").stderr.splitlines()


@pytest.mark.parametrize(
    "name", ["GH_TOKEN", "GROK_API_KEY", "AI_CHAT_MODEL", "OPENAI_BASE_URL", "AI_CHT_MODL", "MODEL"]
)
def test_other_programs_variables_are_left_alone(work, name):
    """Short names are one letter from those of others, two slips are none, and a blank value says nothing."""
    write(work, ".env", f"{name}=https://x.example\nOPENAI_API_KEYS= \n")
    assert "is not read" not in run_cli("list").stderr
