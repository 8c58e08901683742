"""Builds the document of `test --probe`, and the TOML to paste; and the view that shows the document."""

from typing import TYPE_CHECKING

import tomli_w

from model_manager.core.redaction import ModelText
from model_manager.live_test.probing import ModelProbe, ProbeFinding, ProbeReport
from model_manager.rendering.documents.test import call_error
from model_manager.rendering.views import FinalView

if TYPE_CHECKING:
    from model_manager.rendering.documents.types.calls import CapabilityObject, ProbeDocument, ProbeObject


def probe_document(report: ProbeReport) -> "ProbeDocument":
    """The document: whatever the exit code, all findings."""
    return {
        "schema": 1,
        "probes": [_probe(probe) for probe in report.probes],
        "worst_case_usd": report.worst_case_usd,
        "cost_usd": report.cost_usd,
    }


def toml_of(probe: ModelProbe) -> str | None:
    """Lines for models.toml where the probe differs from the catalogue, or None if they agree."""
    entry, model = probe.catalogue_entry, probe.target.model
    return tomli_w.dumps({"models": {model.id: entry}}) if model and entry else None


def _probe(probe: ModelProbe) -> "ProbeObject":
    model = probe.target.model
    return {
        "model": model.id if model else probe.target.name,
        "provider": model.provider if model else None,
        "model_id": model.model_id if model else None,
        "capabilities": [_finding(finding) for finding in probe.findings],
        "cost_usd": probe.cost_usd,
        "key_env": probe.key_variable,
        "warnings": list(probe.warnings),
        "toml": toml_of(probe),
    }


def _finding(finding: ProbeFinding) -> "CapabilityObject":
    return {
        "capability": finding.capability,
        "catalogue": finding.catalogue,
        "found": finding.found,
        "relation": finding.relation,
        "evidence": ModelText(finding.evidence) if finding.evidence else None,
        "error": call_error(finding.error) if finding.error else None,
    }


class JsonProbeView(FinalView):
    """Shows what was found as JSON."""

    def report(self, report: ProbeReport) -> None:
        """The object, and what could not be found out for whoever reads along."""
        self._output.document(probe_document(report))
        for probe in report.probes:
            errors = [finding.error for finding in probe.findings if finding.error]
            for kind, message in dict.fromkeys((error.kind, error.message) for error in errors):
                self._output.say(f"Error: {probe.target.name}: {kind}: {message}")
