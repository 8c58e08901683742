"""Words and surroundings that are odd but no reason to give up, or to say nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import environment, run_cli


def test_a_base_url_that_is_none_does_not_hide_the_models():
    """`list` shows everything, with a warning and the provider as not ready: only its calls cannot be made."""
    result = run_cli("list", "--json", env={"MISTRAL_BASE_URL": "localhost", "MISTRAL_API_KEY": "k-123456"})

    row = next(provider for provider in result.json["providers"] if provider["id"] == "mistral")
    assert (result.exit_code, row["base_url"], row["ready"]) == (0, None, False)
    assert "Warning: MISTRAL_BASE_URL in the environment: expected a URL" in result.stderr


@pytest.mark.parametrize("args", [["cost", "haiku", "-"], ["cost", "haiku", "--file", "-"]])
def test_a_dash_stands_for_the_text_on_stdin(args):
    """Ten bytes are about three tokens, and the result says that it is an estimate."""
    workload = run_cli(*args, "--json", stdin="ten bytes!").json["workload"]

    assert (workload["input_tokens"], workload["output_tokens"], workload["estimated"]) == (3, 0, True)


@pytest.mark.parametrize("option", ["--min-context", "--max-price", "--on"])
def test_an_empty_value_is_not_taken_for_none(option):
    """An option whose value is empty, as from an unset shell variable, is refused rather than ignored."""
    result = run_cli("list", option, "")

    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    "args",
    [
        ["list"],
        ["list", "--json"],
        ["info", "haiku"],
        ["--version"],
        ["--help"],
        ["test", "--help"],
    ],
    ids=" ".join,
)
def test_a_full_disk_is_reported(args):
    """Output that cannot be written is an error of the output, not of this program."""
    if not Path("/dev/full").exists():
        pytest.fail("this test needs /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "model_manager", *args],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (done.returncode, done.stderr) == (1, b"Error: the output: No space left on device\n")


def test_a_closed_stdin_is_a_usage_error():
    """A prompt that is to come from a closed stdin is named as such."""
    command = f"{sys.executable} -m model_manager test haiku - <&-"
    done = subprocess.run(["sh", "-c", command], env=environment(), capture_output=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: the prompt should come from stdin, which is closed\n")


def test_a_full_stderr_changes_no_exit_code():
    """The exit code says what happened even if nobody can be told."""
    with os.fdopen(os.open("/dev/full", os.O_WRONLY), "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "model_manager", "info", "nope"], env=environment(), stderr=full, check=False
        )

    assert done.returncode == 2
