"""An answer that may be any JSON object, on each wire."""

import pytest
from exchange_player import endpoint_of

from model_manager.core.messages import ChatMessage
from model_manager.core.options import AnswerFormat, ChatOptions
from model_manager.errors import ProviderError
from model_manager.providers import wire_of

ANY = ChatOptions(stream=False, answer_format=AnswerFormat())


@pytest.mark.parametrize(
    ("wire", "fields"),
    [
        ("openai", {"response_format": {"type": "json_object"}}),
        ("openai-responses", {"text": {"format": {"type": "json_object"}}}),
        ("gemini", {"generationConfig": {"responseMimeType": "application/json"}}),
        ("ollama", {"format": "json"}),
    ],
)
def test_any_object_is_asked_for_in_each_form(wire: str, fields: dict) -> None:
    """Each wire that has a word for it says it, without a schema."""
    body = wire_of(wire).build_call(endpoint_of(wire), [ChatMessage("user", "Hi")], ANY).body
    assert {name: body[name] for name in fields} == fields


def test_anthropic_has_no_word_for_it() -> None:
    """Where there is none, the call is refused as one that another model may take."""
    with pytest.raises(ProviderError, match="json_object") as raised:
        wire_of("anthropic").build_call(endpoint_of("anthropic"), [ChatMessage("user", "Hi")], ANY)
    assert (raised.value.kind, raised.value.is_lack) == ("bad_request", True)
