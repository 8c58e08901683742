"""README's configurations of Prometheus and of a collector: they parse, fit together, and name what there is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ledger_calls import a_context, a_reply, write_records
from prometheus_client.parser import text_string_to_metric_families
from readme import APPLICATION, README

from model_manager.config.reload import WorkspaceSource
from model_manager.ledger.records import record_of_reply
from model_manager.server.api.metrics import MetricsText
from model_manager.server.workspace_cache import WorkspaceCache

_YAML = re.compile(r"```yaml\n# ([\w.-]+)\n(.*?)```", re.DOTALL)
_METRIC = re.compile(r"\bmodel_manager_\w+")
_LABELS = re.compile(r"(?:by|on|group_left) \(([\w, ]*)\)|\$labels\.(\w+)")
#: What Prometheus itself adds.
_ADDED = {"le", "instance", "job"}
RULE_TESTS = Path(__file__).with_name("alert_rules.yml")
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")


def promtool(*words, stdin=None):
    """The exit code of Prometheus' own tool, and all that it said."""
    done = subprocess.run(["promtool", *words], input=stdin, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def blocks():
    """The files that README shows, by their names."""
    return {name: yaml.safe_load(text) for name, text in _YAML.findall(README.read_text())}


@pytest.fixture
def scrape(work, tmp_path):
    """The metrics of a ledger with a call of a task whose name has to be escaped, and of a budget."""
    (work / "models.toml").write_text("[budgets.all]\nlimit = 5\nper = 'day'\n")
    context = a_context(task='a "b"\\\n{c="d"} 5')
    write_records(tmp_path / "l.db", [record_of_reply(context, a_reply(context))])
    return MetricsText(WorkspaceCache(WorkspaceSource(directory=work)), tmp_path / "l.db").read()


@pytest.fixture
def families(scrape):
    """The labels of the metrics, by the names of their samples."""
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(scrape)
        for sample in family.samples
    }


@pytest.fixture
def files(tmp_path):
    """A directory with the files that README shows, in which the scraper finds its token."""
    token = tmp_path / "token"
    token.write_text("for-the-scraper-51c2")
    for name, text in _YAML.findall(README.read_text()):
        (tmp_path / name).write_text(text.replace("/etc/prometheus/model-manager.token", str(token)))
    return tmp_path


def test_the_alerts_use_metrics_and_labels_that_exist(blocks, families):
    """Every name in an expression or an annotation is one that a scrape has."""
    rules = [rule for group in blocks["model-manager.rules.yml"]["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 3
    for rule in rules:
        used = set(_METRIC.findall(rule["expr"]))
        assert used
        assert used <= set(families)
        known = set().union(*(families[name] for name in used)) | _ADDED
        text = rule["expr"] + rule["annotations"]["summary"]
        labels = {name.strip() for found in _LABELS.findall(text) for name in ",".join(found).split(",")} - {""}
        assert labels <= known


def test_every_metric_is_in_readme(families):
    """The table of metrics leaves none out, and has none that is not there."""
    table = README.read_text().partition("## Monitoring")[2].partition("```yaml")[0]
    told = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in _METRIC.findall(line.split("|")[1])
    }
    assert told == {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in families}


def test_the_scrape_configuration_loads_the_rules(blocks):
    """The rules' file is the one that README shows, and the target is the server's default address."""
    config = blocks["prometheus.yml"]
    assert set(config["rule_files"]) <= set(blocks)
    (job,) = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:8765"]}]
    assert Path(job["authorization"]["credentials_file"]).is_absolute()


@needs_promtool
def test_prometheus_takes_its_configuration_and_the_rules(files):
    """Prometheus' own check reads both files and finds every rule."""
    code, said = promtool("check", "config", str(files / "prometheus.yml"))
    rules = (files / "model-manager.rules.yml").read_text().count("alert:")
    assert (code, f"{rules} rules found" in said) == (0, True), said


@needs_promtool
def test_the_alerts_fire_when_they_should_and_say_what_is_wrong(files):
    """Prometheus' own rule engine has each alert for the series that ask for it, and for no others."""
    shutil.copy(RULE_TESTS, files)
    code, said = promtool("test", "rules", str(files / RULE_TESTS.name))
    assert code == 0, said


def test_every_alert_has_a_case_in_which_it_fires(blocks):
    """No rule is without a test that expects it."""
    rules = {rule["alert"] for group in blocks["model-manager.rules.yml"]["groups"] for rule in group["rules"]}
    cases = [case for test in yaml.safe_load(RULE_TESTS.read_text())["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == rules


@needs_promtool
def test_prometheus_finds_nothing_wrong_with_the_metrics(scrape):
    """Its own linter parses a scrape and has no advice about names, types and units."""
    assert promtool("check", "metrics", stdin=scrape) == (0, "")


def test_the_collector_s_pipelines_use_what_it_defines(blocks):
    """Every receiver, processor and exporter of a pipeline is there, and none is left over."""
    config = blocks["collector.yaml"]
    pipelines = config["service"]["pipelines"]
    assert set(pipelines) == {"metrics", "traces"}
    for part in ("receivers", "processors", "exporters"):
        assert {name for pipeline in pipelines.values() for name in pipeline[part]} == set(config[part])


def test_the_application_uses_public_names():
    """What README imports for OpenTelemetry is there, and makes an observer."""
    (source,) = [text for name, text in APPLICATION.findall(README.read_text()) if name == "telemetry.py"]
    compile(source, "telemetry.py", "exec")
    imports = "\n".join(line for line in source.splitlines() if line.startswith("from "))
    found: dict[str, object] = {}
    exec(imports, found)
    assert callable(found["OpenTelemetryObserver"])
