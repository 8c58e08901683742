"""What the shape of a key tells: that it cannot be sent, is a placeholder, or belongs to another provider."""

import pytest

from model_manager.core.keys import SHAPES, hide_shapes, is_placeholder, key_error, key_warnings, may_hold_key
from model_manager.core.models import Provider

TAIL = "0123456789abcdef"


def provider(name: str, key: str = "required") -> Provider:
    return Provider(id=name, name=name, wire="openai", base_url="https://x.example", key=key)


def warnings(name: str, value: str, key: str = "required") -> list[str]:
    found = list(key_warnings(provider(name, key), "X_KEY", value))
    assert all((finding.code, finding.severity) == ("suspicious_key", "warning") for finding in found)
    assert all("X_KEY" in finding.message for finding in found)
    assert all(value.strip() not in finding.message for finding in found)
    return [finding.message for finding in found]


@pytest.mark.parametrize("value", ["abc", " abc\n", "a-b_c.d/e+f=", "\tabc "])
def test_a_key_of_plain_characters_can_be_sent(value):
    """White space around a key is not a part of it."""
    assert key_error(value) is None
    assert warnings("openai", value) == []


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("a\nb", "line break"),
        ("a\rb", "line break"),
        ("a b", "white space"),
        ("a\tb", "white space"),
        ("'abc'", "quotes around"),
        ('"abc"', "quotes around"),
        ("\u201cabc\u201d", "quotes around"),
        ("a'bc", "quote"),
        ("'abc", "quote"),
        ("abc'", "quote"),
        ("abc\u00e9", "header"),
        ("abc\x00", "header"),
    ],
)
def test_a_damaged_key_is_told_by_its_damage(value, word):
    """Line breaks, white space, quotes and letters that no header carries, each by its name."""
    problem = key_error(value)
    assert problem is not None
    assert word in problem
    assert ("around" in problem) == ("around" in word)
    assert len(warnings("openai", value)) == 1


@pytest.mark.parametrize(
    "value",
    [
        "<your key>", "[key]", "{KEY}", "...", "xxx", "XXXX", "***", "your-api-key", "sk-your_key_here", "my key",
        "change-me", "changeme", "REPLACE_ME", "placeholder", "todo", "none", "null", "dummy", "example", "api-key",
        "sk-...", "sk-ant-xxx", "gsk_***abc", "sk-proj-\u2026", "'your-key'", " <key> ",
    ],
)  # fmt: skip
def test_placeholders_are_known(value):
    """What stands where a key belongs is told from keys, in quotes and white space as well."""
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["", "xx", "**", ".", f"sk-{TAIL}", "hello", "mytoken", "nonesuch", "example1", f"your{TAIL}", "a<b>"]
)
def test_other_words_are_no_placeholders(value):
    """A word that only begins like a placeholder may be a key."""
    assert not is_placeholder(value)


@pytest.mark.parametrize(("key", "count"), [("required", 1), ("optional", 0), ("none", 0)])
def test_a_placeholder_is_told_where_a_key_is_needed(key, count):
    """Servers that need no key are often given some word for one."""
    assert len(warnings("openai", "your-api-key", key)) == count


@pytest.mark.parametrize(
    "value",
    [
        "user_provided", "USER-PROVIDED", "sk-ant-your-key-here", "sk-ant-api03-your-key-here", "gsk_your_groq_key",
        "your_openai_api_key_here", "paste-your-key-here", "your-key-goes-here", "sk-xxxxxxxx", "sk-ant-api03-xxxx",
        "AIzaSyXXXX", "sk-proj-abc...xyz", "fake-key", "dummy_api_key", "change-this", "fixme", "undefined",
    ],
)  # fmt: skip
def test_placeholders_of_example_files_are_told_with_what_to_do(value):
    """The words of well-known example files are no keys, and the warning says that a key belongs there."""
    assert warnings("anthropic", value) == [
        "X_KEY holds a placeholder, not a key; put your key from anthropic in its place"
    ]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("op://vault/item/key", "op run --"),
        ("doppler://project/config/KEY", "doppler run --"),
        ("infisical://x", "infisical run --"),
        ("vault:secret/data/openai#key", "the key itself"),
        ("vault://secret/openai", "the key itself"),
        ("bw:openai", "the key itself"),
        ("bws://11-22", "the key itself"),
        ("pass:llm/openai", "the key itself"),
        ("ref+awssecrets://openai", "the key itself"),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:openai", "the key itself"),
        ("projects/1/secrets/openai/versions/latest", "the key itself"),
        ("@Microsoft.KeyVault(SecretUri=https://v.example/secrets/k)", "the key itself"),
        ("os.environ/OPENAI_API_KEY", "the key itself"),
        ("sm://project/openai", "the key itself"),
        ("aws-secretsmanager://openai", "the key itself"),
        ("https://vault.example/v1/openai", "the key itself"),
        ("/run/secrets/openai", "X_KEY_FILE"),
        ("file:/run/secrets/openai", "X_KEY_FILE"),
        ("file:///run/secrets/openai", "X_KEY_FILE"),
        ("~/.keys/openai", "X_KEY_FILE"),
        ("!vault openai", "the key itself"),
        (f"encrypted:{TAIL}", "dotenvx run --"),
        (f"ENC[AES256_GCM,data:{TAIL},iv:{TAIL}]", "sops exec-env"),
        ("${OPENAI_API_KEY}", "the key itself"),
        ("$OPENAI_API_KEY", "the key itself"),
        ("$(cat key.txt)", "the key itself"),
        ("%OPENAI_API_KEY%", "the key itself"),
        ("{{ openai_api_key }}", "the key itself"),
    ],
)
@pytest.mark.parametrize("policy", ["required", "optional"])
def test_a_reference_that_nothing_has_resolved_is_told(value, hint, policy):
    """What a password manager or a shell should have replaced is no key, for a server of one's own neither."""
    (message,) = warnings("openai", value, policy)
    assert message.startswith("X_KEY holds a reference ")
    assert hint in message


@pytest.mark.parametrize("between", [",", ";", " ", "\n", "\r\n", ", ", "\t"])
def test_several_keys_in_one_variable_are_told(between):
    """A request carries one key, so a list of keys is never meant."""
    (message,) = warnings("openai", between.join([f"sk-{TAIL}", f"sk-x{TAIL}", f"sk-y{TAIL}"]))
    assert message == "X_KEY holds 3 keys; keep one, since a request carries one key"


@pytest.mark.parametrize(
    "value",
    [f"X_KEY=sk-{TAIL}", f"export X_KEY=sk-{TAIL}", f"export X_KEY='sk-{TAIL}'", f"set X_KEY=sk-{TAIL}",
     f'$env:X_KEY = "sk-{TAIL}"', f"x_key = sk-{TAIL}"],
)  # fmt: skip
def test_a_pasted_assignment_is_told(value):
    """A line that was copied with the name of its variable is no key."""
    assert warnings("openai", value) == [
        "X_KEY holds a whole assignment, NAME=value; keep only what follows the ="
    ]


@pytest.mark.parametrize("value", [f"Bearer sk-{TAIL}", f"Authorization: Bearer sk-{TAIL}", f"x-api-key: {TAIL}"])
def test_a_pasted_header_is_told(value):
    """The words before a key in a header are no part of it."""
    assert warnings("openai", value) == [
        "X_KEY holds a whole header; keep only the key, without the words before it"
    ]


@pytest.mark.parametrize(
    "value",
    [
        f"{TAIL}==",
        f"{TAIL}:{TAIL}",
        f"id_x:{TAIL}",
        "not-needed",
        "sk-1234",
        "anything",
        f"pk_{TAIL}=",
        f"/{TAIL}+/=",
        f"{TAIL}/{TAIL}",
    ],
)
def test_odd_keys_are_keys(value):
    """Padding, a colon within a key and words that servers of one's own take are not doubted."""
    assert warnings("openai", value) == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.prefix)
def test_the_beginning_of_a_key_tells_whose_it_is(shape):
    """A key in the variable of its own provider is fine; in that of another it is named with its owner."""
    value = shape.prefix + TAIL
    own = shape.providers[0]
    assert warnings(own, value) == []
    other = "groq" if own != "groq" else "openai"
    (message,) = warnings(other, value)
    assert f"{shape.article} {shape.name} key" in message
    assert warnings("a-gateway-of-ours", value) == []


@pytest.mark.parametrize(
    ("name", "count"),
    [("openai", 0), ("deepseek", 0), ("moonshotai", 0), ("mistral", 0), ("groq", 1), ("anthropic", 1), ("xai", 1)],
)
def test_a_common_beginning_is_only_foreign_to_those_with_their_own(name, count):
    """Keys that begin with sk- are those of several providers."""
    assert len(warnings(name, f"sk-{TAIL}")) == count


@pytest.mark.parametrize("shape", [*(shape.prefix for shape in SHAPES), "sk-"])
def test_what_looks_like_a_key_is_hidden_in_any_text(shape):
    """A beginning of a key with sixteen characters or more behind it, where a word begins."""
    assert hide_shapes(f"see {shape}{TAIL}!", "***") == "see ***!"
    assert hide_shapes(f"{shape}{TAIL}xyz {shape}{TAIL}", "***") == "*** ***"
    for kept in (f"x{shape}{TAIL}", f"_{shape}{TAIL}", f"-{shape}{TAIL}"):
        assert hide_shapes(kept, "***") == kept


@pytest.mark.parametrize("shape", ["sk-", "gsk_", "AIza", "xai-"])
def test_a_short_word_is_no_key(shape):
    """With fifteen characters behind its beginning a word is an example."""
    assert hide_shapes(f"see {shape}{TAIL[:15]}!", "***") == f"see {shape}{TAIL[:15]}!"


def test_most_texts_need_no_second_look():
    """Whether a text may hold a key at all is found without a regular expression, and never missed."""
    assert not may_hold_key("Nothing of the kind, not even a task.")
    assert all(may_hold_key(f"x{shape.prefix}") for shape in SHAPES)
    assert may_hold_key("ask-me")
