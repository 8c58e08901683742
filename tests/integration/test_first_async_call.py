"""The first asynchronous call of a process: what takes long happens beside its event loop."""

import json
import subprocess
import sys

import pytest
from command_line import environment
from model_server import model_server, saying

#: Prints which modules and files the event loop's own thread loads and opens during the first call.
PROGRAM = """
import asyncio, json, sys, threading
from model_manager import AIService
seen = []
def note(event, about):
    if event in ("import", "open") and threading.current_thread() is threading.main_thread() and watching:
        seen.append(f"{event} {about[0]}")
sys.addaudithook(note)
watching = False
service = AIService()
async def main():
    global watching
    with open("models.toml", "a") as file:  # there is something to be read again
        file.write("# changed\\n")
    watching = True
    if sys.argv[1] == "achat":
        text = (await service.achat("t", "hi")).text
    else:
        text = "".join([chunk.text async for chunk in service.astream("t", "hi")])
    watching = False
    await service.aclose()
    return text
text = asyncio.run(main())
print(json.dumps([text, seen]))
"""

#: What asyncio itself loads to begin the first thread.
OF_ASYNCIO = ("concurrent.futures.thread", "concurrent/futures/", "queue")


@pytest.mark.parametrize("way", ["achat", "astream"])
def test_the_event_loop_imports_and_reads_nothing(work, way):
    """Whole and streamed alike, modules, catalogue, .env and certificates are loaded by another thread."""
    with model_server(saying("fine")) as server:
        server.project(work)
        with (work / "models.toml").open("a") as file:
            file.write('[tasks.t]\nmodel = "m"\n')
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, way],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    text, seen = json.loads(done.stdout)
    assert text == "fine"
    assert [one for one in seen if not any(name in one for name in OF_ASYNCIO)] == []
