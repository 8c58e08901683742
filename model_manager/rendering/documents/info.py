"""The document of `info`."""

from collections.abc import Iterable

from model_manager.commands.info import ModelInfo, TaskInfo
from model_manager.rendering.documents.json import Document, rounded
from model_manager.rendering.documents.list import finding_object, model_object, task_object


def info_document(report: ModelInfo | TaskInfo) -> Document:
    """The document of `info`."""
    if isinstance(report, TaskInfo):
        return {"task": task_info_object(report)}
    model = report.row.model
    return {
        "model": {
            **model_object(report.row),
            "source": model.source,
            "checked": model.checked,
            "certainty": model.certainty,
            "best_for": model.best_for,
            "notes": model.notes,
            "max_input": model.max_input,
            "released": model.released,
            "knowledge_cutoff": model.knowledge_cutoff,
            "key_env": report.key.shown if report.provider.key != "none" else None,
            "base_url": report.destination.base_url,
            "base_url_source": report.destination.named_by,
            "problems": [finding_object(finding) for finding in report.problems],
            "cheaper": [
                {
                    "model": cheaper.model.id,
                    "provider": cheaper.model.provider,
                    "cost_usd": cheaper.cost_usd,
                    "relative": rounded(cheaper.relative),
                }
                for cheaper in report.cheaper
            ],
        }
    }


def task_info_object(report: TaskInfo) -> Document:
    """A task as `info` has it."""
    task = report.assignment.task
    profile = task.profile
    return {
        **task_object(report.assignment),
        "requires": task.requires,
        "min_context": task.min_context,
        "max_price": task.max_price,
        "profile": {name: getattr(profile, name) for name in _PROFILE_KEYS} if profile else None,
        "monthly_usd": report.monthly_usd,
        "preferences": task.preferences,
        "auto": {
            "models": task.auto.models,
            "thresholds": task.auto.thresholds,
            "weights": task.auto.weights,
        }
        if task.auto
        else None,
    }


_PROFILE_KEYS: Iterable[str] = ("requests_per_day", "input_tokens", "output_tokens", "cache_share")
