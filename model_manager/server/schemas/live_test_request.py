"""The type of the request for a live test."""

from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from model_manager.core.limits import MAX_RETRIES
from model_manager.live_test.testing import PROMPT, TestRequest
from model_manager.server.schemas.requests import Name, Prompt, StrictBody, Text, integral

_SUBJECTS = ("model", "models", "task")
#: None of three or two of them. Of a union with one alternative for each, generators of code make three types.
_NOT_ONE: Any = {
    "anyOf": [
        {"not": {"anyOf": [{"required": [name]} for name in _SUBJECTS]}},
        *({"required": [*pair]} for pair in combinations(_SUBJECTS, 2)),
    ]
}


class LiveTest(StrictBody):
    """A live test. Exactly one of `model`, `models` and `task` says which models are called."""

    model_config = ConfigDict(json_schema_extra={"not": _NOT_ONE})

    model: Name = Field(default="", description="A model by id, alias or provider/model_id, or a route.")
    models: Annotated[list[Name], Field(min_length=1, max_length=8)] = Field(
        default=[], description="Several models, called at the same time."
    )
    task: Name = Field(default="", description="A task, called along its route.")
    prompt: Prompt = Field(PROMPT, description="What is asked.")
    system: Text | None = Field(None, description="A system prompt.")
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(integral)] | None = Field(
        None, description="The most tokens of an answer."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, description="How free the choice of words is."
    )
    stream: bool = Field(default=True, description="Whether the provider is asked to stream.")
    timeout: Annotated[float, Field(gt=0, le=600)] | None = Field(
        None, description="Seconds of silence after which a call is given up."
    )
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES), BeforeValidator(integral)] | None = Field(
        None, description="How many attempts may follow the first."
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if len(self.model_fields_set & {*_SUBJECTS}) != 1:
            raise ValueError("exactly one of model, models and task is needed")
        return self

    def test_request(self) -> TestRequest:
        """The request as a live test takes it."""
        return TestRequest(
            models=self.models or ([self.model] if self.model else []),
            task=self.task or None,
            prompt=self.prompt,
            system=self.system,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            stream=self.stream,
            timeout_s=self.timeout,
            retries=self.retries,
        )
