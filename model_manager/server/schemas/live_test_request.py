"""The types of the requests for live tests and for probes."""

from base64 import b64decode
from collections.abc import Callable
from itertools import combinations
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from model_manager.core.chat.call_options import chat_options
from model_manager.core.chat.file_parts import file_part
from model_manager.core.limits import MAX_RETRIES
from model_manager.core.options import EFFORTS
from model_manager.core.parts import File
from model_manager.errors import UsageError
from model_manager.live_test.testing import PROMPT, TestRequest
from model_manager.server.schemas.requests import Name, Prompt, StrictBody, Text, among, integral

#: What is handed on as it is.
_OPTIONS = (
    *("top_p", "stop", "seed", "tools", "tool_choice", "parallel_tool_calls", "response_format"),
    *("reasoning", "cache", "service_tier", "logprobs", "metadata"),
)
Effort = Annotated[str, AfterValidator(among(EFFORTS)), WithJsonSchema({"enum": [*EFFORTS]})]
#: In characters of base64: it has to fit into a body.
LONGEST_FILE = 3_000_000
#: Calls of each model in one live test: 160 of them hold one of the server's turns, one after the other.
MOST_REPETITIONS = 20
_SUBJECTS = ("model", "models", "task")
#: None of three or two of them. Of a union with one alternative for each, generators of code make three types.
_NOT_ONE: Any = {
    "anyOf": [
        {"not": {"anyOf": [{"required": [name]} for name in _SUBJECTS]}},
        *({"required": [*pair]} for pair in combinations(_SUBJECTS, 2)),
    ]
}


def _checked(read: Callable[[], object]) -> None:
    """Refuse what cannot be read in the words that the library has for it."""
    try:
        read()
    except UsageError as error:
        raise ValueError(f"{error.message} ({error.hint})" if error.hint else error.message) from None


_BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"
_MEDIA_TYPE = r"^(image/[a-z0-9.+-]+|audio/[a-z0-9.+-]+|application/pdf)$"


class TestFile(StrictBody):
    """A file of a test."""

    __test__ = False  # no class of tests, whatever its name

    content: Annotated[str, Field(min_length=4, max_length=LONGEST_FILE, pattern=_BASE64)] = Field(
        description="The content in base64."
    )
    media_type: Annotated[str, Field(max_length=100, pattern=_MEDIA_TYPE)] = Field(
        description="The media type, such as `image/png`, `application/pdf` or `audio/wav`."
    )
    name: Name | None = Field(None, description="The file name that the model sees.")

    @model_validator(mode="after")
    def _is_a_file(self) -> Self:
        _checked(self.part)
        return self

    def part(self) -> File:
        """The file as a part of a message.

        Raises:
            UsageError: no base64, or a file of another kind.
        """
        try:
            content = b64decode(self.content, validate=True)
        except ValueError:
            raise UsageError("the content of a file is not base64") from None
        return file_part(content, self.name or "", self.media_type)


class _Subjects(StrictBody):
    """The models to call, and for how long: exactly one of `model`, `models` and `task` names them."""

    model_config = ConfigDict(json_schema_extra={"not": _NOT_ONE})

    model: Name = Field(default="", description="A model by id, alias or provider/model_id, or a route.")
    models: Annotated[list[Name], Field(min_length=1, max_length=8)] = Field(
        default=[], description="Several models, called at the same time."
    )
    task: Name = Field(default="", description="A task, called along its route.")
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(integral)] | None = Field(
        None, description="Maximum number of output tokens."
    )
    timeout: Annotated[float, Field(gt=0, le=600)] | None = Field(
        None, description="Seconds without data after which a call times out."
    )
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES), BeforeValidator(integral)] | None = Field(
        None, description="Maximum number of retries."
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if len(self.model_fields_set & {*_SUBJECTS}) != 1:
            raise ValueError("exactly one of model, models and task is required")
        return self

    def _names(self) -> list[str]:
        return self.models or ([self.model] if self.model else [])


class ProbeBody(_Subjects):
    """A probe. Exactly one of `model`, `models` and `task` says which models are probed."""

    def test_request(self) -> TestRequest:
        """The request as a probe takes it."""
        return TestRequest(
            models=self._names(),
            task=self.task or None,
            max_tokens=self.max_tokens,
            timeout_s=self.timeout,
            retries=self.retries,
        )


class LiveTest(_Subjects):
    """A live test. Exactly one of `model`, `models` and `task` says which models are called."""

    prompt: Prompt = Field(PROMPT, description="The user's prompt.")
    system: Text | None = Field(None, description="A system prompt.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(None, description="Sampling temperature.")
    top_p: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Nucleus sampling: the probability mass to sample from."
    )
    stop: Annotated[list[Annotated[Text, Field(min_length=1)]], Field(max_length=16)] | None = Field(
        None, description="Stop sequences."
    )
    seed: Annotated[int, Field(ge=-(10**12), le=10**12), BeforeValidator(integral)] | None = Field(
        None, description="Seed for reproducible answers, as far as the provider supports it."
    )
    tools: Annotated[list[dict[str, Any]], Field(max_length=128)] | None = Field(
        None, description="Functions that the model may call, in the format of OpenAI's API."
    )
    tool_choice: Name | None = Field(
        None, description="`auto`, `none`, `required`, or the name of the tool that must be called."
    )
    parallel_tool_calls: bool | None = Field(None, description="Whether one answer may call several tools.")
    response_format: dict[str, Any] | None = Field(None, description="The JSON schema of the answer.")
    reasoning: Effort | Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(integral)] | None = Field(
        None, description="Reasoning effort, or the maximum number of reasoning tokens."
    )
    cache: bool | Annotated[int, Field(ge=0, le=10_000), BeforeValidator(integral)] | None = Field(
        None, description="Mark the prompt for prompt caching: all of it, or this many leading messages."
    )
    service_tier: Name | None = Field(
        None, description="The provider's service tier, such as `flex` or `priority`."
    )
    logprobs: bool | Annotated[int, Field(ge=0, le=20), BeforeValidator(integral)] | None = Field(
        None, description="Return log probabilities, and this many alternatives for each token."
    )
    metadata: Annotated[dict[Name, Text], Field(max_length=64)] | None = Field(
        None, description="Metadata that the provider stores with the call."
    )
    files: Annotated[list[TestFile], Field(max_length=16)] = Field(
        default=[], description="Images, PDFs and audio files, sent before the prompt."
    )
    stream: bool = Field(default=True, description="Whether to stream the answer from the provider.")
    repeat: Annotated[int, Field(ge=1, le=MOST_REPETITIONS), BeforeValidator(integral)] = Field(
        1, description="Calls of each model. More than one are made one after the other, and summed up."
    )

    @model_validator(mode="after")
    def _has_options(self) -> Self:
        _checked(lambda: chat_options(self._options(), stream=self.stream))
        return self

    def _options(self) -> dict[str, Any]:
        return self.model_dump(include={*_OPTIONS}, exclude_none=True)

    def test_request(self) -> TestRequest:
        """The request as a live test takes it."""
        return TestRequest(
            models=self._names(),
            task=self.task or None,
            prompt=self.prompt,
            system=self.system,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            files=tuple(file.part() for file in self.files),
            options=self._options(),
            stream=self.stream,
            repeat=self.repeat,
            timeout_s=self.timeout,
            retries=self.retries,
        )
