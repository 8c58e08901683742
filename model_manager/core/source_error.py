"""The error of a source of facts about models: a price table, or a provider's own list."""

from model_manager.errors import ExitCode, ModelManagerError


class SourceError(ModelManagerError):
    """A source that was not reached (`is_unavailable`), or whose document is refused."""

    kind = "source"

    def __init__(self, message: str, *, hint: str | None = None, is_unavailable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.is_unavailable = is_unavailable
        self.exit_code = ExitCode.UNAVAILABLE if is_unavailable else ExitCode.FAILED
