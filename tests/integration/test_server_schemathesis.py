"""What the description allows is taken, what it does not is refused: asked by a program that reads nothing else."""

import json
import re
import subprocess
import sys
from pathlib import Path

from command_line import environment
from model_server import model_server, saying
from serving import CATALOGUE, TOKEN, serving

#: Which ETag a task has nobody can know from the description: another one is a failed precondition, not a mistake. How
#: tools, the choice among them and the schema of an answer go together, a description of JSON cannot say.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412"]

[[operations]]
include-path = "/api/ai/models/test"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
"""


def test_schemathesis_finds_nothing(work):
    """Examples, limits, random values and sequences of requests: every answer is as described, and none is a 500."""
    with model_server(saying("Hello.")) as models:
        (work / "schemathesis.toml").write_text(CONFIGURATION)
        (work / "models.toml").write_text(CATALOGUE.format(url=models.url))
        with serving(work) as served:
            command = [
                Path(sys.executable).with_name("schemathesis"), "--config-file", "schemathesis.toml", "run", f"{served.url}/openapi.json",
                "-H", f"Authorization: Bearer {TOKEN}", "--max-examples", "5", "--seed", "1", "--generation-database", "none",
                "--exclude-path", "/api/ai/events",  # it has no end
            ]  # fmt: skip
            done = subprocess.run(
                command, env=environment(), capture_output=True, text=True, timeout=120, check=False
            )
    assert done.returncode == 0, done.stdout[-4000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested
    assert int(tested[1]) == 20
    assert not [line for line in served.log if json.dumps(line).count("unexpected")]
