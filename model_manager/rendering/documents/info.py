"""Builds the document of `info`."""

from typing import TYPE_CHECKING

from model_manager.commands.info import ModelInfo, TaskInfo
from model_manager.core.models import Profile
from model_manager.core.routing.auto import AutoRules
from model_manager.rendering.documents.figures import error_count_objects, figures_object
from model_manager.rendering.documents.history import assignment_change_object
from model_manager.rendering.documents.json import rounded
from model_manager.rendering.documents.list import finding_object, model_object, task_object
from model_manager.rendering.documents.measured import measured_object

if TYPE_CHECKING:
    from model_manager.commands.history import History
    from model_manager.commands.model_performance import Lately
    from model_manager.rendering.documents.types.models import LatelyObject, ModelInfoDocument, ModelInfoObject
    from model_manager.rendering.documents.types.tasks import (
        AutoObject,
        ProfileObject,
        TaskHistoryObject,
        TaskInfoDocument,
        TaskInfoObject,
    )


def info_document(
    report: ModelInfo | TaskInfo, history: "History | None" = None
) -> "ModelInfoDocument | TaskInfoDocument":
    """The document of `info`, a task's with its history if that is given."""
    if isinstance(report, TaskInfo):
        task = task_info_object(report)
        if history is None:
            return {"schema": 1, "task": task}
        changes = [assignment_change_object(change) for change in history.changes]
        with_history: TaskHistoryObject = {**task, "history": changes}
        return {"schema": 1, "task": with_history}
    return {"schema": 1, "model": _model_info_object(report)}


def _model_info_object(report: ModelInfo) -> "ModelInfoObject":
    model = report.row.model
    return {
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
        "base_url": report.destination.base_url if report.destination else None,
        "base_url_source": report.destination.named_by if report.destination else None,
        "problems": [finding_object(finding) for finding in report.problems],
        "lately": _lately(report.lately) if report.lately else None,
        "moves": [{"task": move.task, "route": move.route} for move in report.moves],
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


def _lately(lately: "Lately") -> "LatelyObject":
    return {
        **figures_object(lately.figures),
        "since": lately.since.isoformat(),
        "days": lately.days,
        "errors": error_count_objects(lately.errors),
        "earlier_days": lately.earlier_days,
        "earlier": figures_object(lately.earlier) if lately.earlier else None,
    }


def task_info_object(report: TaskInfo) -> "TaskInfoObject":
    """A task as `info` has it."""
    task = report.assignment.task
    return {
        **task_object(report.assignment),
        "requires": task.requires,
        "min_context": task.min_context,
        "max_price": task.max_price,
        "profile": _profile(task.profile) if task.profile else None,
        "monthly_usd": report.monthly_usd,
        "moved": report.moved,
        "measured": measured_object(report.measured),
        "preferences": task.preferences,
        "auto": _auto(task.auto) if task.auto else None,
    }


def _profile(profile: Profile) -> "ProfileObject":
    return {
        "requests_per_day": profile.requests_per_day,
        "input_tokens": profile.input_tokens,
        "output_tokens": profile.output_tokens,
        "cache_share": profile.cache_share,
    }


def _auto(rules: AutoRules) -> "AutoObject":
    return {"models": rules.models, "thresholds": rules.thresholds, "weights": rules.weights}
