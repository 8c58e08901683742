"""What others see of the calls: Prometheus' text format, and OpenTelemetry, which is an extra.

>>> from model_manager import AIService
>>> from model_manager.telemetry import OpenTelemetryObserver
>>> with AIService(observers=[OpenTelemetryObserver()]) as service:
...     reply = service.chat("chat", "Say hello.")
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from model_manager.core.calls import CallObserver
from model_manager.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from model_manager.telemetry.observer import OpenTelemetryObserver

__all__ = ["OpenTelemetryObserver"]

#: The values of MODEL_MANAGER_OTEL: off, on, and on with the names before the conventions' v0.1.0.
OFF, ON, LEGACY = "0", "1", "legacy"
_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
_process = {"is_set_up": False}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_loaded("observer"), name)


def observers_for(setting: str | None) -> tuple[CallObserver, ...]:
    """The observer that MODEL_MANAGER_OTEL asks for, or none.

    Raises:
        UsageError: the extra is not installed.
    """
    if setting == OFF or (setting is None and not _process["is_set_up"]):
        return ()
    observer: CallObserver = _loaded("observer").shared_observer(legacy_names=setting == LEGACY)
    return (observer,)


def set_up_process(setting: str | None, environ: Mapping[str, str], say: Callable[[str], object]) -> None:
    """Set OpenTelemetry's SDK up for a program of ours, as the standard OTEL_* variables have it.

    Nothing happens unless MODEL_MANAGER_OTEL or the address of a collector is set.

    Args:
        setting: the value of MODEL_MANAGER_OTEL.
        environ: the process environment.
        say: is told what goes wrong when something is exported.

    Raises:
        UsageError: MODEL_MANAGER_OTEL asks for it, and the extra is not installed.
    """
    is_wanted = setting in {ON, LEGACY}
    if setting == OFF or _is_true(environ.get("OTEL_SDK_DISABLED")):
        return
    if not is_wanted and not any(environ.get(name, "").strip() for name in _ENDPOINTS):
        return
    try:
        _loaded("sdk").set_up(environ, say)
    except UsageError:
        if is_wanted:
            raise
    else:
        _process["is_set_up"] = True


def _is_true(text: str | None) -> bool:
    return (text or "").strip().lower() == "true"


def _loaded(module: str) -> Any:
    """A module that needs OpenTelemetry.

    Raises:
        UsageError: the extra is not installed.
    """
    try:
        return import_module(f"{__name__}.{module}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "opentelemetry":
            raise
        hint = "pip install 'llm-model-manager[otel]', or in a checkout: pip install '.[otel]'"
        raise UsageError(
            f"OpenTelemetry needs the extra [otel] ({error.name} is not installed)", hint=hint
        ) from None
