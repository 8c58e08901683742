"""`export litellm`: LiteLLM's own Router loads what is written, shares, falls back and counts costs as we do."""

import json
from dataclasses import astuple
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import yaml
from command_line import run_cli
from litellm_router import ask_litellm
from model_server import KEY, by_model, model_server, refusing, saying
from projects import write

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.pricing import Usage, cost

#: In and outside DeepSeek's peak hours, on a working day and at a weekend; no announced change lies between.
MOMENTS = ("2026-11-30T02:00:00+00:00", "2026-11-30T04:00:00+00:00", "2026-11-29T02:00:00+00:00")
TOO_LONG = {
    "error": {"message": "This model's maximum context length is 10 tokens.", "code": "context_length_exceeded"}
}


def exported(*args, **options):
    """The configuration that the command prints, as YAML has it."""
    return yaml.safe_load(run_cli("export", "litellm", *args, **options).stdout)


def groups_of(configuration):
    """The models of each group, by its name."""
    found = {}
    for entry in configuration["model_list"]:
        found.setdefault(entry["model_name"], []).append(entry["litellm_params"]["model"])
    return found


def workloads(model):
    """Requests around each bound of a model's price, with and without a cache."""
    counts = [
        1000,
        *(bound + more for tier in model.price.tiers for bound in (tier.above,) for more in (-1, 0, 1)),
    ]
    for count in counts:
        yield {"input": count, "output": 321}
        yield {"input": count, "output": 321, "cache_read": 400, "cache_write": 300, "cache_write_1h": 100}


def our_cost(model, request):
    """What we say that a request costs."""
    usage = Usage(
        input_tokens=request["input"],
        output_tokens=request["output"],
        cache_read_tokens=request.get("cache_read"),
        cache_write_tokens=request.get("cache_write"),
        cache_write_1h_tokens=request.get("cache_write_1h"),
    )
    return cost(model.price, usage, datetime.fromisoformat(request["moment"]))


def form_of_price(model):
    """What of a model decides how its price is written."""
    price = model.price
    stated = tuple(rate is None for rate in astuple(price.rates))
    return model.provider, stated, len(price.tiers), price.peak is None


def test_the_router_counts_costs_as_we_do(work):
    """For a model of each provider and form of price: with and without cache, at and around tiers, at peak hours or not."""
    forms = {}
    for model in embedded_catalogue().models.values():
        if model.price and model.price.on(datetime.now(UTC)).request is None and not model.price.changes:
            forms.setdefault(form_of_price(model), model)
    priced = list(forms.values())
    tasks = (f"[tasks.task{index}]\nmodel = '{model.id}'\n" for index, model in enumerate(priced))
    write(work, "models.toml", "".join(tasks))
    assert run_cli("export", "litellm", "-o", "litellm.yaml").exit_code == 0
    requests = [
        (model, {"group": f"task{index}", "moment": moment, **workload})
        for index, model in enumerate(priced)
        for moment in (MOMENTS if model.price.peak else MOMENTS[:1])
        for workload in workloads(model)
    ]

    costs = ask_litellm("litellm.yaml", {"costs": [request for _, request in requests]})["costs"]

    assert len(requests) > 2 * len(priced) > 80
    different = {
        model.id: (float(ours), theirs)
        for (model, request), theirs in zip(requests, costs, strict=True)
        if (ours := our_cost(model, request)) is not None and theirs != pytest.approx(float(ours), rel=1e-9)
    }
    assert different == {}


SPLITS = """
[tasks.ab]
model = "90:claude-haiku-5-5+10:gemini-3.8-flash"
[tasks.equal]
model = "claude-haiku-5-5+gemini-3.8-flash+groq/gpt-oss-20b"
[tasks.off]
model = "100:claude-haiku-5-5+0:gemini-3.8-flash"
[tasks.three]
model = "50:claude-haiku-5-5+30:gemini-3.8-flash+20:groq/gpt-oss-20b"
[tasks.one-of-two-names]
model = "40:claude-haiku-5-5+30:haiku+30:gemini-3.8-flash"
"""
WEIGHTS = {
    "ab": (90, 10),
    "equal": (100 / 3, 100 / 3, 100 / 3),
    "off": (100,),
    "three": (50, 30, 20),
    "one-of-two-names": (70, 30),
}
MODELS = ("anthropic/claude-haiku-5-5", "gemini/gemini-3.8-flash", "groq/openai/gpt-oss-20b")


def test_the_router_draws_by_the_shares(work):
    """Of 300 seeded draws each share gets its part, within five standard deviations; a share of 0 gets none."""
    write(work, "models.toml", SPLITS)
    run_cli("export", "litellm", "-o", "litellm.yaml")
    keys = dict.fromkeys(("ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY"), KEY)

    draws = ask_litellm("litellm.yaml", {"draws": dict.fromkeys(WEIGHTS, 300)}, keys)["draws"]

    for group, weights in WEIGHTS.items():
        assert set(draws[group]) == set(MODELS[: len(weights)])
        for model, weight in zip(MODELS, weights, strict=False):
            part = weight / 100
            assert abs(draws[group][model] - 300 * part) <= 5 * (300 * part * (1 - part)) ** 0.5


def test_the_router_falls_back_along_the_route(work):
    """A failing option leads to the next, a prompt that is too long to the one with the longer context, at our cost."""
    scripts = {
        "down": refusing(500),
        "short": lambda _, answer: answer.json(TOO_LONG, 400),
        "second": saying("second", usage=(1000, 100)),
        "long": saying("long", usage=(2000, 200)),
    }
    with model_server(by_model(scripts)) as server:
        sizes = {"down": 10, "short": 10, "second": 10, "long": 1000}
        tasks = '[tasks.a]\nmodel = "down,second"\n[tasks.b]\nmodel = "short,second,long"\n'
        catalogue = server.catalogue(*scripts)
        for name, size in sizes.items():
            catalogue = catalogue.replace(f"[models.{name}]\n", f"[models.{name}]\ncontext_window = {size}\n")
        write(work, "models.toml", catalogue + tasks)
        configuration = exported()
        configuration["router_settings"]["num_retries"] = 0
        write(work, "litellm.yaml", yaml.safe_dump(configuration))
        messages = [{"role": "user", "content": "Hello"}]
        calls = [{"group": group, "messages": messages} for group in ("a", "b")]

        answers = ask_litellm("litellm.yaml", {"calls": calls}, {"LOCAL_API_KEY": KEY})["calls"]

        assert [answer["text"] for answer in answers] == ["second", "long"]
        assert [answer["cost"] for answer in answers] == pytest.approx([0.002, 0.004])
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}
    assert configuration["router_settings"]["context_window_fallbacks"] == [{"b": ["b-option-3"]}]


#: How each wire is asked, and a reply in its form of 1,000 tokens for the prompt and 100 of output.
PATHS = {
    "openai": "/chat/completions",
    "openai-responses": "/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/m:generateContent",
    "ollama": "/api/chat",
}
RESPONSE = {
    "id": "r",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "model": "m",
    "metadata": {},
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "temperature": None,
    "top_p": None,
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "output": [
        {
            "type": "message",
            "id": "m",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
        }
    ],
    "usage": {
        "input_tokens": 1000,
        "output_tokens": 100,
        "total_tokens": 1100,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}
REPLIES = {
    "openai": {
        "id": "r",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "service_tier": "on_demand",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    },
    "openai-responses": RESPONSE,
    "anthropic": {
        "id": "r",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "Hello"}],
        "usage": {"input_tokens": 1000, "output_tokens": 100},
    },
    "gemini": {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hello"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 100, "totalTokenCount": 1100},
    },
    "ollama": {
        "model": "m",
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 1000,
        "eval_count": 100,
        "message": {"role": "assistant", "content": "Hello"},
    },
}
#: Claude on Bedrock is called only by AWS' own API, for which there is no server here.
NOT_CALLED = {"bedrock-anthropic"}


def test_the_router_calls_every_provider_where_we_do(work):
    """Each provider of the catalogue is asked by LiteLLM at the URL of its variable, with its key, and at our cost."""

    def answer(request, to):
        wire = next(wire for wire, path in PATHS.items() if request.path.endswith(path))
        to.json(REPLIES[wire])

    providers = {name: one for name, one in embedded_catalogue().providers.items() if name not in NOT_CALLED}
    price = "input = 1\noutput = 10\n"
    models = "".join(
        f'[models."of-{name}"]\nprovider = "{name}"\nmodel_id = "m"\n[models."of-{name}".price]\n{price}'
        f'[tasks.{name}]\nmodel = "of-{name}"\n'
        for name in providers
    )
    write(work, "models.toml", models)
    with model_server(answer) as server:
        root = server.url.removesuffix("/v1")
        urls = {
            one.base_url_env: root
            if one.base_url_append or one.wire not in {"openai", "openai-responses"}
            else server.url
            for one in providers.values()
        }
        assert run_cli("export", "litellm", "-o", "litellm.yaml", env=urls).exit_code == 0
        keys = {one.api_key_env[0]: f"key-{name}" for name, one in reversed(providers.items())}
        calls = [{"group": name, "messages": [{"role": "user", "content": "Hi"}]} for name in providers]
        answers = ask_litellm("litellm.yaml", {"calls": calls}, keys)["calls"]

    assert [(one["text"], pytest.approx(one["cost"])) for one in answers] == [("Hello", 0.002)] * len(providers)
    assert len(server.requests) == len(providers)
    for request, one in zip(server.requests, providers.values(), strict=True):
        path = (one.base_url_append or "/v1") if one.wire in {"openai", "openai-responses"} else ""
        assert request.path == path + PATHS[one.wire]
        sent = " ".join(request.headers.get(name, "") for name in ("authorization", "x-api-key", "x-goog-api-key"))
        assert one.key != "required" or keys[one.api_key_env[0]] in sent


ROUTES = """
[tasks.chat]
purpose = "Talk"
model = "auto,claude-haiku-5-5"
requires = ["chat", "vision"]
min_context = 100_000
max_price = 5
[tasks.chat.preferences]
fast = "groq/gpt-oss-20b,claude-haiku-5-5"
[tasks.chat.auto]
simple = "groq/gpt-oss-20b"
complex = "claude-sonnet-5-5"
[tasks.chat.options]
max_tokens = 500
temperature = 0.5
stop = ["END"]
reasoning = "low"
metadata = { team = "a" }
[tasks.chat-fast]
model = "gpt-6.1-sol"
[budgets.all]
limit = 5
per = "day"
"""


def test_preferences_auto_and_later_options_are_groups(work):
    """Each has a name of its own, none of which is another task's, and what is lost is said."""
    write(work, "models.toml", ROUTES)
    result = run_cli("export", "litellm")
    configuration = yaml.safe_load(result.stdout)

    assert groups_of(configuration) == {
        "chat": ["anthropic/claude-sonnet-5-5"],
        "chat-option-2": ["anthropic/claude-haiku-5-5"],
        "chat-fast-2": ["groq/openai/gpt-oss-20b"],
        "chat-fast-2-option-2": ["anthropic/claude-haiku-5-5"],
        "chat-simple": ["groq/openai/gpt-oss-20b"],
        "chat-complex": ["anthropic/claude-sonnet-5-5"],
        "chat-fast": ["openai/gpt-6.1-sol"],
    }
    assert configuration["router_settings"]["fallbacks"] == [
        {"chat": ["chat-option-2"]},
        {"chat-fast-2": ["chat-fast-2-option-2"]},
    ]
    for lost in ("auto: all go to claude-sonnet-5-5", "preferences by user", "vision", "100000", "$5", "the budget all",
                 "the option metadata"):  # fmt: skip
        assert f"Not exported: {lost}" in result.stderr or lost in result.stderr
        assert lost in result.stdout


def test_defaults_of_options_are_parameters_where_the_model_takes_them(work):
    """Options go along in LiteLLM's names, and what a model does not take is dropped there as here."""
    write(work, "models.toml", ROUTES)
    entries = {entry["model_name"]: entry["litellm_params"] for entry in exported()["model_list"]}

    assert entries["chat-simple"] == {
        "model": "groq/openai/gpt-oss-20b",
        "api_key": "os.environ/GROQ_API_KEY",
        "max_tokens": 500,
        "temperature": 0.5,
        "stop": ["END"],
        "reasoning_effort": "low",
    }
    assert "temperature" not in entries["chat"]
    assert entries["chat"]["additional_drop_params"] == ["temperature"]


def test_decimals_have_all_their_digits(work):
    """A price is written exactly, as YAML reads a number, and free is 0."""
    models = "[models.m]\nprovider = 'groq'\n[models.m.price]\ninput = 0.123456789012345678\noutput = 0\n"
    write(work, "models.toml", f"{models}[tasks.t]\nmodel = 'm'\n")
    text = run_cli("export", "litellm").stdout

    assert "input_cost_per_token: 0.000000123456789012345678\n" in text
    assert yaml.safe_load(text)["model_list"][0]["model_info"]["output_cost_per_token"] == 0.0
    assert Decimal("0.123456789012345678") / 10**6 == Decimal("0.000000123456789012345678")


HOSTILE = 'a\nmodel_list: []\r\u2028x: y # "quoted" \u202e \x1b[31m {{jinja}} ${HOME}'


def test_hostile_texts_stay_texts(work):
    """Line ends, quotes and escapes of a purpose or an option end neither a comment nor a text of the file."""
    quoted = json.dumps(HOSTILE)  # TOML reads it alike
    options = (
        f'[tasks.on.options]\nstop = [{quoted}, "yes", "1e3", "- x"]\nextra_body = {{ {quoted} = {quoted} }}\n'
    )
    write(work, "models.toml", f'[tasks.on]\npurpose = {quoted}\nmodel = "haiku"\n{options}')
    result = run_cli("export", "litellm")
    assert result.exit_code == 0, result.stderr
    text = result.stdout
    (entry,) = yaml.safe_load(text)["model_list"]

    assert entry["model_name"] == "on"
    assert entry["litellm_params"]["stop"] == [HOSTILE, "yes", "1e3", "- x"]
    assert entry["litellm_params"]["extra_body"] == {HOSTILE: HOSTILE}
    assert not set(text) & set("\r\x1b\u2028\u202e")


def test_options_name_no_variables(work):
    """A text that LiteLLM would read from the proxy's environment is left out: a project could have a key sent with it."""
    options = '[tasks.t.options]\nstop = ["END", "os.environ/OPENAI_API_KEY"]\nmax_tokens = 5\n'
    headers = (
        'extra_headers = { X-Team = "os.environ/OPENAI_API_KEY" }\nextra_body = { a = { b = "os.environ/B" } }\n'
    )
    write(work, "models.toml", f"[tasks.t]\nmodel = 'haiku'\n{options}{headers}")
    result = run_cli("export", "litellm")
    (entry,) = yaml.safe_load(result.stdout)["model_list"]

    assert {"stop", "extra_headers", "extra_body"}.isdisjoint(entry["litellm_params"])
    assert entry["litellm_params"]["max_tokens"] == 5
    assert result.stderr.count("LiteLLM would read os.environ/NAME") == 3


def test_keys_are_names_of_variables(work):
    """No value of a key is written, whether it stands in .env, the environment or a header."""
    write(work, ".env", f"GROQ_API_KEY={KEY}\nANTHROPIC_API_KEY=sk-ant-api03-abcdefghijklmnop\n")
    headers = f'[models.haiku-b]\nlike = "claude-haiku-5-5"\nprovider = "anthropic"\nparameters = {{ headers = {{ X-Api-Token = "{KEY}", X-Team = "a" }} }}\n'
    write(work, "models.toml", f"{headers}[tasks.t]\nmodel = 'groq/gpt-oss-20b,haiku-b'\n")
    result = run_cli("export", "litellm", env={"ANTHROPIC_API_KEY": "sk-ant-api03-qrstuvwxyz012345"})

    assert KEY not in result.stdout + result.stderr
    assert "sk-ant" not in result.stdout + result.stderr
    params = yaml.safe_load(result.stdout)["model_list"][1]["litellm_params"]
    assert (params["api_key"], params["extra_headers"]) == ("os.environ/ANTHROPIC_API_KEY", {"X-Team": "a"})
    assert "the header X-Api-Token" in result.stderr


def test_a_project_does_not_have_a_proxy_send_keys_to_its_own_host(work):
    """What a call would refuse as untrusted is not exported either, without or with the key here."""
    write(
        work,
        "models.toml",
        "[providers.openai]\nbase_url = 'https://evil.example/v1'\n[tasks.t]\nmodel = 'gpt-6.1-sol'\n",
    )
    for environment in ({}, {"OPENAI_API_KEY": KEY}):
        result = run_cli("export", "litellm", env={"MODEL_MANAGER_TRUST": None, **environment})
        assert (result.exit_code, result.stdout) == (1, "")
        assert "is not sent to https://evil.example/v1" in result.stderr
    assert exported("--trust", env={"MODEL_MANAGER_TRUST": None})["model_list"][0]["litellm_params"][
        "api_base"
    ] == ("https://evil.example/v1")


def test_a_dash_is_standard_output(work):
    """`-o -` prints, as in other programs, and makes no file of that name."""
    assert run_cli("export", "shell", "-o", "-").stdout == run_cli("export", "shell").stdout
    assert not (work / "-").exists()


def test_a_file_is_replaced_only_on_request(work):
    """A new file is written; the same is up to date; another is kept until --force."""
    first = run_cli("export", "litellm", "-o", "litellm.yaml")
    again = run_cli("export", "litellm", "-o", "litellm.yaml")
    write(work, "litellm.yaml", "mine\n")
    refused = run_cli("export", "litellm", "-o", "litellm.yaml")
    kept = (work / "litellm.yaml").read_text()
    forced = run_cli("export", "litellm", "-o", "litellm.yaml", "--force", "--json")

    assert [one.exit_code for one in (first, again, refused, forced)] == [0, 0, 1, 0]
    assert ("wrote litellm.yaml" in first.stderr, "is up to date" in again.stderr) == (True, True)
    assert (kept, "--force" in refused.stderr) == ("mine\n", True)
    assert (work / "litellm.yaml").read_text() == forced.json["text"]
    assert (forced.json["file"], forced.json["written"]) == ("litellm.yaml", True)
    assert run_cli("export", "litellm", "-o", "none/litellm.yaml").exit_code == 1
    assert run_cli("export", "litellm", "-o", ".").exit_code == 1


def test_a_project_without_any_usable_route_is_one_error(work):
    """Where no task has a model from the catalogue there is nothing to serve, and a broken one is named beside others."""
    write(work, "models.toml", "[tasks.t]\nmodel = 'haiku'\n")
    nothing = run_cli("export", "litellm", "--json", env={"AI_T_MODEL": "nonsuch"})
    assert (nothing.exit_code, "nothing to export" in nothing.json["error"]["message"]) == (1, True)

    write(work, "models.toml", "".join(f"[tasks.{name}]\nmodel = 'haiku'\n" for name in "tuv"))
    write(work, ".env", "AI_U_MODEL=90:haiku\nAI_V_MODEL=nonsuch,haiku\n")
    rest = run_cli("export", "litellm", "--json").json
    lost = {(one["subject"], one["message"].partition(":")[0]) for one in rest["lost"]}
    assert {("u", "the whole task"), ("v", "nonsuch, which is not in the catalogue")} <= lost
    assert set(groups_of(yaml.safe_load(rest["text"]))) == {"t", "v"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lite"], "did you mean litellm?"),
        (["shell", "--dialect", "pwsh"], "posix, fish, powershell, dotenv"),
        (["litellm", "--dialect", "fish"], "--dialect is only for shell"),
        (["shell", "--force"], "--force needs --output"),
    ],
)
def test_wrong_words_are_wrong_usage(words, said):
    """An unknown format or dialect, or options that do not go together, exit with 2 and say what there is."""
    result = run_cli("export", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
