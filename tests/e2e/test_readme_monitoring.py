"""README's configurations of Prometheus and of a collector: they parse, fit together, and name what there is."""

import re
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


@pytest.fixture
def blocks():
    """The files that README shows, by their names."""
    return {name: yaml.safe_load(text) for name, text in _YAML.findall(README.read_text())}


@pytest.fixture
def families(work, tmp_path):
    """The metrics of a ledger with a call, and of a budget, by the names of their samples."""
    (work / "models.toml").write_text("[budgets.all]\nlimit = 5\nper = 'day'\n")
    context = a_context()
    write_records(tmp_path / "l.db", [record_of_reply(context, a_reply(context))])
    text = MetricsText(WorkspaceCache(WorkspaceSource(directory=work)), tmp_path / "l.db").read()
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


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
