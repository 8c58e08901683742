"""What another program's form has no place for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is not exported, and why or instead of what.

    Attributes:
        subject: the task or model that it is about; None: all of them.
    """

    subject: str | None
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}" if self.subject else self.message
