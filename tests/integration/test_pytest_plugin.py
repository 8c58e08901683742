"""The fixture `fake_service` in an application's own tests: found by its entry point, and loading nothing until it is used."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from command_line import environment

ROOT = Path(__file__).parents[2]
TESTS = """
import sys
import app
from model_manager import ProviderError

def test_nothing_is_loaded_for_others():
    assert "httpx" not in sys.modules

def test_the_application_says_hello(fake_service, monkeypatch):
    service = fake_service(["Hello!"])
    monkeypatch.setattr(app, "service", service)
    assert app.greet("Ada") == "Hello!"
    assert service.calls[0].task == "greeting"
    assert "Ada" in service.calls[0].text

def test_the_application_survives_an_outage(fake_service, monkeypatch):
    monkeypatch.setattr(app, "service", fake_service([ProviderError("overloaded", "busy")]))
    assert app.greet("Ada") == "Hello, Ada."

def test_two_services(fake_service):
    first, second = fake_service(["a"]), fake_service(["b"])
    assert second.chat("greeting", "x").text + first.chat("greeting", "x").text == "ba"
"""
APPLICATION = """
from model_manager import ProviderError

service = None

def greet(name):
    try:
        return service.chat("greeting", f"Greet {name}.").text
    except ProviderError:
        return f"Hello, {name}."
"""


@pytest.fixture
def installed(clean_machine: Path) -> Path:
    """A directory in which the distribution is installed as far as its entry points go."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    information = clean_machine / "site" / "model_manager_of_a_test-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: model-manager-of-a-test\nVersion: 1\n")
    lines = [
        f"[{group}]\n{name} = {module}\n" for group, named in declared.items() for name, module in named.items()
    ]
    (information / "entry_points.txt").write_text("".join(lines))
    return information.parent


def test_the_fixture_works_in_an_applications_own_tests(work, installed):
    """Pytest finds the plugin by its entry point; calls are answered, noted and failed as the test says."""
    (work / "app.py").write_text(APPLICATION)
    (work / "test_app.py").write_text(TESTS)
    (work / "models.toml").write_text('[tasks.greeting]\nmodel = "haiku"\n')
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:schemathesis",
            "--rootdir",
            str(work),
            str(work),
        ],
        env={**environment(), "PYTHONPATH": f"{installed}:{ROOT}:{work}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
