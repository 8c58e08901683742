"""LiteLLM's own Router, in a process of its own: what it makes of a configuration, as JSON on standard output.

As a program, `litellm_router.py CONFIGURATION` reads from standard input `{"draws": {GROUP: N}, "costs": [{"group",
"deployment", "moment", "input", "output", "cache_read", "cache_write", "cache_write_1h"}], "calls": [{"group",
"messages"}]}`. Importing LiteLLM changes much of a process, so that no test does it.
"""

import importlib
import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import datetime

import yaml

_SEED = 20261128
#: LiteLLM takes seconds to be imported, and more on a busy machine.
_LONGEST_S = 300


def ask_litellm(configuration, requests, env=None):
    """What LiteLLM's Router makes of a configuration, with these variables in its environment."""
    # It would ask a host on the internet for its prices.
    variables = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "NO_PROXY": "*"}
    done = subprocess.run(
        [sys.executable, __file__, str(configuration)],
        input=json.dumps(requests),
        env={**os.environ, **variables, **(env or {})},
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


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


def main():
    """Answer the requests."""
    litellm = importlib.import_module("litellm")
    random.seed(_SEED)
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - a small program
        router = router_of(litellm, yaml.safe_load(file))
    requests = json.load(sys.stdin)
    answers = {
        "groups": {
            name: [one["litellm_params"]["model"] for one in router.get_model_list(name)]
            for name in router.get_model_names()
        },
        "draws": {group: draws(router, group, number) for group, number in requests.get("draws", {}).items()},
        "costs": [cost(litellm, router, one) for one in requests.get("costs", ())],
        "calls": [call(router, one) for one in requests.get("calls", ())],
    }
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
