"""The picker of `assign` on a terminal: what is picked is written after a question, and the terminal stays as it was."""

import signal
import sys
import termios

import pexpect
import pytest
from command_line import environment
from projects import write

PROJECT = "[tasks.chat]\nmodel = 'claude-sonnet-5-5'\n[tasks.digest]\nmodel = 'claude-sonnet-5-5'\n"


@pytest.fixture
def terminal(work):
    """`model-manager assign` on a terminal of 80x24."""
    write(work, "models.toml", PROJECT)
    children = []

    def start(*words: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable, ["-m", "model_manager", "assign", *words], cwd=work, encoding="utf-8", timeout=60,
            dimensions=(24, 80), env=environment({"TERM": "xterm", "NO_COLOR": "1"}),
        )  # fmt: skip
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def is_as_before(child: pexpect.spawn) -> bool:
    """Whether the terminal takes lines and shows what is typed."""
    local = termios.tcgetattr(child.child_fd)[3]
    return bool(local & termios.ICANON and local & termios.ECHO and local & termios.ISIG)


def test_task_and_model_are_picked_and_written_after_a_question(terminal, work):
    """Down chooses the second task, typing finds the model, and Enter accepts the diff."""
    child = terminal()
    child.expect("Which task gets another model")
    child.expect("Ctrl-C cancels")
    child.send("\x1b[B\r")
    child.expect("Which model for digest")
    child.expect("Ctrl-C cancels")
    child.send("haiku-5\r")
    child.expect_exact("+AI_DIGEST_MODEL=claude-haiku-5-5")
    child.expect(r"Write this to .env\? \[Y/n\]")
    assert is_as_before(child)
    child.sendline("")
    child.expect("wrote .env")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert (work / ".env").read_text() == "AI_DIGEST_MODEL=claude-haiku-5-5\n"


def test_the_rest_of_a_paste_does_not_answer_the_question(terminal, work):
    """Line ends behind the one that chooses, also more than are read at once, do not write the file."""
    child = terminal("chat")
    child.expect("Ctrl-C cancels")
    child.send("haiku-5" + "\r" * 9000)
    child.expect(r"\[Y/n\]")
    child.sendline("n")
    child.expect("Nothing was written")
    assert not (work / ".env").exists()


@pytest.mark.parametrize("ending", ["\x03", "\x1b", "no", "terminated"])
def test_what_is_not_confirmed_is_not_written(terminal, work, ending):
    """Ctrl-C, Esc, a no and SIGTERM write nothing, and give the terminal back with its cursor."""
    child = terminal("chat")
    child.expect("Ctrl-C cancels")
    if ending == "terminated":
        child.kill(signal.SIGTERM)
    elif ending == "no":
        child.send("haiku-5\r")
        child.expect(r"\[Y/n\]")
        child.sendline("n")
        child.expect("Nothing was written")
    else:
        child.send(ending)
    child.expect(pexpect.EOF)
    codes = {"no": 0, "terminated": 143}
    # The terminal outlives the process on this end.
    assert is_as_before(child)
    child.wait()
    assert child.exitstatus == codes.get(ending, 130)
    assert not (work / ".env").exists()
    if ending in {"\x03", "\x1b"}:
        assert "\x1b[?25h" in child.before
