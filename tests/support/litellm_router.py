"""LiteLLM's own Router, in processes of their own: what it makes of a configuration, as JSON.

Importing LiteLLM takes seconds and changes much of a process, so that no test does it: one process imports it for all
tests of a worker, and forks for each question, which is `{"draws": {GROUP: N}, "costs": [{"group", "deployment",
"moment", "input", "output", "cache_read", "cache_write", "cache_write_1h"}], "calls": [{"group", "messages"}]}`.

As a program: reads questions from standard input, one a line, and writes the exit code of each answer's process.
"""

import atexit
import importlib
import json
import os
import random
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

_SEED = 20261128
#: It would ask a host on the internet for its prices.
_VARIABLES = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "NO_PROXY": "*"}


def ask_litellm(configuration, requests, env=None):
    """What LiteLLM's Router makes of a configuration, with these variables in its environment."""
    process = _process()
    with tempfile.TemporaryDirectory() as folder:
        answer, errors = Path(folder) / "answer", Path(folder) / "errors"
        question = {
            "configuration": str(Path(configuration).resolve()),
            "requests": requests,
            "env": {**os.environ, **_VARIABLES, **(env or {})},
            "answer": str(answer),
            "errors": str(errors),
        }
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        code = process.stdout.readline().strip()
        assert code == "0", errors.read_text()[-2000:] if errors.exists() else f"LiteLLM's process ended: {code!r}"
        return json.loads(answer.read_text())


@cache
def _process():
    """The process that imports LiteLLM; it ends with this one."""
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **_VARIABLES},
        text=True,
    )
    atexit.register(_end, process)
    return process


def _end(process):
    process.kill()
    process.communicate()


def router_of(litellm, configuration):
    """The Router that the proxy makes of a configuration."""
    for name, value in configuration["litellm_settings"].items():
        setattr(litellm, name, value)
    return litellm.Router(model_list=configuration["model_list"], **configuration["router_settings"])


def draws(router, group, number):
    """How often each model of a group is chosen."""
    chosen = (
        router.get_available_deployment(group, messages=[{"role": "user", "content": "Hello"}])
        for _ in range(number)
    )
    return Counter(one["litellm_params"]["model"] for one in chosen)


def cost(litellm, router, request):
    """What a call of a deployment costs by LiteLLM, in dollars."""
    deployment = router.get_model_list(request["group"])[request.get("deployment", 0)]
    model = deployment["litellm_params"]["model"]
    written = request.get("cache_write", 0)
    longer = request.get("cache_write_1h", 0)
    types = litellm.types.utils
    details = types.PromptTokensDetailsWrapper(
        cached_tokens=request.get("cache_read", 0),
        cache_creation_tokens=written,
        cache_creation_token_details=types.CacheCreationTokenDetails(
            ephemeral_5m_input_tokens=written - longer, ephemeral_1h_input_tokens=longer
        ),
    )
    usage = types.Usage(
        prompt_tokens=request["input"],
        completion_tokens=request["output"],
        total_tokens=request["input"] + request["output"],
        prompt_tokens_details=details,
        cache_creation_input_tokens=written,
        cache_read_input_tokens=request.get("cache_read", 0),
    )
    response = litellm.ModelResponse(model=model.partition("/")[2], usage=usage)
    moment = datetime.fromisoformat(request["moment"])
    with importlib.import_module("litellm._internal_context").pinned_billing_time(moment):
        return litellm.completion_cost(
            completion_response=response,
            model=model,
            custom_llm_provider=model.partition("/")[0],
            custom_pricing=True,
            router_model_id=deployment["model_info"]["id"],
        )


def call(router, request):
    """A real call through the router: who answered, and what it cost."""
    response = router.completion(request["group"], messages=request["messages"])
    return {
        "text": response.choices[0].message.content,
        "model": response.model,
        "cost": response._hidden_params["response_cost"],  # noqa: SLF001 - where LiteLLM documents it
    }


def answer(litellm, question):
    """Answer one question, into its file."""
    random.seed(_SEED)
    router = router_of(litellm, yaml.safe_load(Path(question["configuration"]).read_text(encoding="utf-8")))
    requests = question["requests"]
    answers = {
        "groups": {
            name: [one["litellm_params"]["model"] for one in router.get_model_list(name)]
            for name in router.get_model_names()
        },
        "draws": {group: draws(router, group, number) for group, number in requests.get("draws", {}).items()},
        "costs": [cost(litellm, router, one) for one in requests.get("costs", ())],
        "calls": [call(router, one) for one in requests.get("calls", ())],
    }
    Path(question["answer"]).write_text(json.dumps(answers), encoding="utf-8")


def be_the_process_of(litellm, question):
    """Answer in a process that ends with the answer; it does not return."""
    code = 1
    try:
        errors = os.open(question["errors"], os.O_WRONLY | os.O_CREAT)
        os.dup2(errors, 1)  # LiteLLM prints
        os.dup2(errors, 2)
        os.environ.clear()
        os.environ.update(question["env"])
        answer(litellm, question)
        code = 0
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main():
    """Import LiteLLM, and fork for each question."""
    litellm = importlib.import_module("litellm")
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            be_the_process_of(litellm, json.loads(line))
        _, status = os.waitpid(child, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
