"""Error messages of providers that give no code, as data.

Gateways pass other providers' words on, so one table serves every wire; a wire adds what only its own providers
say (`ERROR_PATTERNS`).

The recorded bodies that stand for the patterns are in `tests/support/wire_replies`.
"""

from model_manager.providers.wires.base import Patterns

_CONTEXT = r"context (length|window|size|limit)"
_MODEL = r"model:? [`'\"]?[\w./:@-]+[`'\"]?"
#: A request that is larger than a limit by the minute: waiting does not help, a smaller one does.
TOO_LARGE: Patterns = (
    (r"request too large", "context_length"),
    (r"too large for (the |your )?(token )?rate limit", "context_length"),
)
#: The prompt is too long, in everybody's words. They do not count beside a status that speaks of rates.
CONTEXT: Patterns = (
    (r"prompt (tokens |is )?too long", "context_length"),  # Anthropic, Z.ai, Fireworks, Ollama
    (r"(input|request|conversation)( token length)? is too long", "context_length"),  # Bedrock
    (r"input token length too long", "context_length"),  # Moonshot
    (rf"(maximum|max) ({_CONTEXT}|model length|prompt length|input length)", "context_length"),  # OpenAI, xAI
    (rf"exceed\w*[^.]{{0,80}}{_CONTEXT}", "context_length"),  # Anthropic, llama.cpp, Ollama
    (rf"{_CONTEXT}[^.]{{0,40}}exceed", "context_length"),  # MiniMax, llama.cpp
    (rf"not fit (in |into )?(the |this )?(model's )?{_CONTEXT}", "context_length"),
    (rf"{_CONTEXT} (is|of) only", "context_length"),  # vLLM, LM Studio
    (
        rf"(longer|larger|greater) than the (model's )?(maximum |max )?{_CONTEXT}",
        "context_length",
    ),  # SGLang, LM Studio
    (r"longer than the maximum model length|exceeds the max_model_len", "context_length"),  # vLLM
    (r"context overflow|context the overflows|n_keep .* n_ctx|context shift is disabled", "context_length"),
    (r"reached context length", "context_length"),  # LM Studio
    (r"exceeded model token limit", "context_length"),  # Moonshot
    (r"(input|prompt) (token count|length|tokens)\b[^.]{0,60}exceed", "context_length"),  # Gemini, SGLang, Copilot
    (r"tokens,? which exceeds the (max|maximum)", "context_length"),  # Perplexity
    (
        r"`?inputs`? (tokens \+ `?max_new_tokens`? must be <=|must have less than)",
        "context_length",
    ),  # TGI, Together
    (r"too many (input )?tokens(:|\.)|total number of tokens in the prompt", "context_length"),  # Bedrock, Cohere
    (r"reduce (the length of )?(the|your) (messages|prompt|input)", "context_length"),  # Groq, Cerebras
    (r"too large for model with", "context_length"),  # Mistral
    (r"range of input length should be", "context_length"),  # Alibaba
    (r"max tokens of \d+ exceeded|exceed max message tokens", "context_length"),  # Snowflake, Volcengine
    (r"less than max_seq_len|exceeded max_prompt_tokens", "context_length"),  # SiliconFlow
    (r"number of input tokens \d+ cannot exceed", "context_length"),  # watsonx
    (r"expected maxlength: \d+, actual: \d+|input is too large to process", "context_length"),  # Bedrock
    (r"contextwindowexceedederror", "context_length"),  # LiteLLM
    (r"token limit exceeded(?!.*(per|minute|day))", "context_length"),
    (r"prompt 超长|输入过长", "context_length"),  # Z.ai
)
#: A model that is gone, misspelled, or not served to this account.
MODEL: Patterns = (
    (r"model (does )?not (found|exist)|(unknown|unavailable) model|invalid model\b|no such model", "not_found"),
    (r"model_not_found|no models? (loaded|id could be identified)", "not_found"),  # LM Studio
    (r"too large to be loaded automatically", "not_found"),  # Hugging Face
    (rf"{_MODEL} (does not exist|not found|is not (found|available|supported|deployed|a valid))", "not_found"),
    (r"(not found|unable to access) (the )?model\b", "not_found"),  # Moonshot, Together
    (r"requested model .{0,120}(does not exist|is not supported|not supported by)", "not_found"),  # Hugging Face
    (r"the requested model is not supported", "not_found"),  # Copilot
    (rf"{_MODEL} (has been|was|is) (deprecated|retired|decommissioned|removed|sunset|shut ?down)", "not_found"),
    (rf"{_MODEL} (is no longer|has reached its? end)", "not_found"),
    (r"this model( version)? (is no longer|has reached|has been)", "not_found"),  # Bedrock, Gemini
    (r"marked by provider as legacy", "not_found"),  # Bedrock
    (r"model identifier is invalid|on-demand throughput isn.t supported", "not_found"),  # Bedrock
    (r"publisher model .* (was )?not found", "not_found"),  # Vertex
    (r"invalid model name passed|no healthy deployments for this model", "not_found"),  # LiteLLM
    (r"model '[^']+' .*not found|try pulling it first", "not_found"),  # Ollama
    (r"模型不存在", "not_found"),  # Z.ai
)
#: A key that is wrong, where the status does not say so.
KEY: Patterns = (
    (r"(incorrect|invalid|unknown|wrong|malformed) (api[ _-]?key|subscription key|(bearer|access) token)", "auth"),
    (r"api[ _-]?key (is )?(not valid|invalid|expired|incorrect)|api key was reported as leaked", "auth"),
    (r"security token included in the request is (invalid|expired)|request signature we calculated", "auth"),
    (
        r"(missing or )?invalid authorization header|is not authenticated|missing authentication",
        "auth",
    ),  # Google, DeepInfra
    (r"carry the api secret key|login fail", "auth"),  # MiniMax
    (r"no auth credentials|auth(entication|orization) failed", "auth"),
)
#: A bill that is not paid, and limits that no waiting of a call lifts: by the day, by the month.
MONEY: Patterns = (
    (r"\bper[ _-]?day\b|PerDay", "quota"),  # OpenAI, Groq, Cerebras, Google, Bedrock
    (r"\w+ByDay\b|calls ?/ ?(day|month)\b|\b[TR]PD (rate )?limit", "quota"),  # GitHub Models, Cohere, Moonshot
    (
        r"\b(hourly|daily|weekly|monthly)\b[^.]{0,20} (limit|allocation|quota)",
        "quota",
    ),  # Anthropic, Ollama, Cloudflare
    (r"今日调用次数", "quota"),  # Z.ai
    (r"quota exceeded for (quota )?metric.{0,200}limit: 0\b", "quota"),  # Google: not in this plan at all
    (r"credits? balance is too low|credits are depleted|spending (cap|limit)", "quota"),
    (r"used all available credits|have any credits|out of credits|credit limit exceeded", "quota"),
    (r"requires more credits|included credits|usage limit reached for|no resource package", "quota"),
    (r"(insufficient|not enough) (account )?(balance|credits?|funds|quota)", "quota"),
    (r"(balance|quota) is (insufficient|not enough)|额度不足", "quota"),  # SiliconFlow, One API
    (r"budget has been exceeded|crossed budget|out of call volume quota", "quota"),  # LiteLLM, Azure
    (r"(add|enter|provide|requires) a (valid )?(payment method|credit card)|INVALID_PAYMENT", "quota"),
    (r"(plan|package|subscription) has expired|set inference limit", "quota"),  # Z.ai, Volcengine
    (r"account .{0,60}(is suspended|good standing|overdue|in arrears)", "quota"),
    (r"free tier of the model has been exhausted", "quota"),
    (r"余额不足|欠费", "quota"),
)
#: Google says the same sentence about every limit, by the minute too; elsewhere it is about the bill.
GOOGLES_SENTENCE: Patterns = ((r"exceeded your current quota", "quota"),)
#: DashScope gives its limit by the minute the code of an unpaid bill.
ALLOCATED: Patterns = ((r"allocated quota exceeded", "rate_limit"),)
ACCESS: Patterns = (
    (r"organization has been disabled|not yet available for this subscription", "permission"),  # Anthropic
    (r"not allowed to access model", "permission"),  # LiteLLM
    (
        r"location is not supported|not available in your (country|region)|country, region,? or territory",
        "permission",
    ),
    (r"don't have access to the model|not authorized to (invoke|access)|must be verified", "permission"),
    (r"requires terms acceptance|use case details have not been submitted", "permission"),
)
FILTER: Patterns = (
    (r"content management policy|content (filter|moderation) polic", "content_filter"),  # Azure
    (r"(unsafe|sensitive|inappropriate) (or sensitive )?content|content violates|敏感内容", "content_filter"),
    (r"contentpolicyviolationerror|new_sensitive", "content_filter"),  # LiteLLM, MiniMax
    (r"safety system|potentially violating our usage policy|considered high risk", "content_filter"),
)
BUSY: Patterns = (
    (r"model is (currently )?overloaded|engine is (currently )?overloaded", "overloaded"),
    (r"is currently loading|currently at capacity|no capacity", "overloaded"),
    (r"at maximum capacity|capacity temporarily exceeded|model busy", "overloaded"),  # Chutes
    (r"experiencing high traffic", "overloaded"),  # Z.ai
    (r"^rate limit$|rate limit (is )?(reached|exceeded)", "rate_limit"),
    (r"too many requests|please wait before trying again", "rate_limit"),
)
#: A server that failed, although its status blames the request.
FAILED: Patterns = (
    (r"model has crashed|failed to load model", "server"),  # LM Studio
    (r"degraded function", "server"),  # NVIDIA
)
COMMON: Patterns = (*MONEY, *KEY, *MODEL, *ACCESS, *FILTER, *BUSY, *FAILED)
#: What a gateway was told by the provider behind it: of the gateway's account there, not of the caller's.
OF_UPSTREAM: Patterns = ((r"^litellm\.\w+Error: ", "upstream"), (r"crossed budget", "upstream"))  # LiteLLM
#: What the model lacks for this request alone.
LACKS: Patterns = (
    (r"does(n't| not) support (tools|thinking|images|vision|image input)", "bad_request"),  # Ollama
    (r"(image|audio) input is not supported", "bad_request"),  # llama.cpp
    (r"no endpoints found that (support|can handle)", "not_found"),  # OpenRouter
    (r"unsupported (parameter|value): '(stop|tool_choice|(top_)?logprobs)'", "bad_request"),  # OpenAI
)
#: What a server error says that the request has caused: sending it again is useless.
CAUSED_BY_REQUEST: Patterns = (
    (
        r"requires? \S*jinja flag|roles must alternate|jinja exception|conversation roles",
        "bad_request",
    ),  # llama.cpp
    (r"(image|audio) input is not supported|mmproj", "bad_request"),  # llama.cpp
    (r"does not support (tools|thinking|images|chat|vision|generate)", "bad_request"),  # Ollama
    (r"(cannot|failed to) (un)?marshal|invalid message (content|format)", "bad_request"),  # Ollama
    (r"litellm\.(\w*BadRequest|UnsupportedParams)Error", "bad_request"),
)
