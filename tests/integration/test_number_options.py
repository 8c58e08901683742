"""Options that take a number: what is out of range or no number gets one line that says what is expected."""

import json

import pytest
from command_line import run_cli


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("usage", "--calls", "0"), "--calls: '0' is not a whole number from 1 to 100000"),
        (("usage", "--calls", "100001"), "--calls: '100001' is not a whole number from 1 to 100000"),
        (("usage", "--calls", ""), "--calls: '' is not a whole number from 1 to 100000"),
        (("test", "m", "--repeat", "1.5"), "--repeat: '1.5' is not a whole number from 1 to 1000"),
        (("test", "m", "--retries", "-1"), "--retries: '-1' is not a whole number from 0 to 10"),
        (("test", "m", "--concurrency", "x"), "--concurrency: 'x' is not a whole number from 1 to 64"),
        (("test", "m", "--timeout", "nan"), "--timeout: 'nan' is not a number from 0.1 to 3600"),
        (("test", "m", "--temperature", "hot"), "--temperature: 'hot' is not a number from 0 to 2"),
        (("serve", "--port", "65536"), "--port: '65536' is not a whole number from 0 to 65535"),
        (("serve", "--limit", "0"), "--limit: '0' is not a whole number of at least 1"),
    ],
)
def test_a_number_that_cannot_be_is_one_clear_line(arguments, message):
    """The option, what was written and what is expected, with exit code 2; as an object where JSON is asked for."""
    result = run_cli(*arguments)
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (2, "", f"Error: {message}")
    result = run_cli("--json", *arguments)
    assert (result.exit_code, json.loads(result.stdout)["error"]["message"]) == (2, message)
