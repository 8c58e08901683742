"""LiteLLM's names for rates and capabilities, as its price table and its proxy's `model_info` have them."""

from collections.abc import Mapping

#: The fields of rates, in US dollars per token, by our rates, in US dollars per million tokens.
RATE_FIELDS: Mapping[str, str] = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "cache_write_12h": "cache_creation_input_token_cost_above_12hr",
}
#: The flags of capabilities, by our capabilities.
CAPABILITY_FIELDS: Mapping[str, str] = {
    "function-calling": "supports_function_calling",
    "structured-output": "supports_response_schema",
    "reasoning": "supports_reasoning",
    "vision": "supports_vision",
    "audio": "supports_audio_input",
    "pdf": "supports_pdf_input",
    "prompt-caching": "supports_prompt_caching",
}
