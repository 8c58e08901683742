"""Hiding keys: what is taken for one by its name, and in which forms and pieces it is found in a text."""

import json
from urllib.parse import quote

import pytest

from model_manager.core.models import Catalogue, Model, Provider
from model_manager.core.redaction import (
    ModelText,
    RedactedStream,
    Redactor,
    header_secrets,
    is_secret_header,
    is_secret_name,
    redacted_error,
)
from model_manager.errors import ModelManagerError, Problem

KEY = 'p/ä s"é+x%'
PLAIN = "abcdefghij"
SHAPED = "sk-ant-0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("OPENAI_API_KEY", "my_token", "X_SECRET", "DB_PASSWORD", "A_PASSWD", "A_PAT")),
        *((name, True) for name in ("A_PASSPHRASE", "A_CREDENTIALS", "password", "SECRET", "Token")),
        *((name, False) for name in ("HOME", "KEY", "KEYBOARD", "TOKENS", "TOKEN_COUNT", "MY_SECRETARY", "SPAT")),
    ],
)
def test_names_of_variables(name: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A variable is secret by the last word of its name, in any case of its letters."""
    assert is_secret_name(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("Authorization", "cookie", "Proxy-Authorization", "x-api-key", "X-Portal-Token")),
        *((name, False) for name in ("accept", "authorization-mode", "x-request-id", "keys")),
    ],
)  # fmt: skip
def test_names_of_headers(name: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A header is secret by its name, or as a variable of this name would be."""
    assert is_secret_header(name) is expected


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        (None, []),
        ({}, []),
        ({"x-api-key": "abc", "accept": "def"}, ["abc"]),
        ({"Authorization": "Bearer  abc def"}, ["abc def"]),
        ({"cookie": " ", "x-token": ""}, []),
    ],
)
def test_headers_of_a_catalogue(headers: dict[str, str] | None, secrets: list[str]) -> None:
    """The keys in the headers of providers and of models, without the word that stands before them."""
    parameters = {} if headers is None else {"headers": headers}
    provider = Provider(id="p", name="P", wire="openai", base_url="https://x.example", parameters=parameters)
    model = Model(id="m", name="M", provider="p", model_id="m", parameters=parameters)
    assert list(header_secrets(Catalogue(providers={"p": provider}))) == secrets
    assert list(header_secrets(Catalogue(models={"m": model}))) == secrets


def test_bodies_of_a_catalogue() -> None:
    """The keys in the further fields of requests, at any depth; a key of a cache is none."""
    fields = {"api_key": "abc", "prompt_cache_key": "films", "plugins": [{"auth": {"apiKey": "def", "id": "x"}}]}
    model = Model(id="m", name="M", provider="p", model_id="m", options={"extra_body": fields})
    assert list(header_secrets(Catalogue(models={"m": model}))) == ["abc", "def"]


FORMS = [
    KEY,
    f'"{KEY}"',
    json.dumps(KEY)[1:-1],
    json.dumps(KEY, ensure_ascii=False)[1:-1],
    json.dumps(KEY)[1:-1].replace("/", "\\/"),
    quote(KEY, safe=""),
    quote(KEY, safe="/"),
    quote(KEY, safe="").replace("%20", "+"),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_way_to_write_a_key(form: str) -> None:
    """A key is hidden as it is and as JSON and URLs write it."""
    redact = Redactor([KEY])
    assert redact.may_change(f"<{form}>")
    assert redact(f"<{form}>").strip('<">') == "***"
    assert redact.known(f"<{form}>").strip('<">') == "***"


def test_a_url_may_write_its_bytes_in_lower_case() -> None:
    """The digits of an escaped byte are small in some URLs, and the letters of the key itself are not."""
    assert Redactor(["aB/cD/eF"])("x?k=aB%2fcD%2feF") == "x?k=***"
    assert Redactor(["aB/cD/eF"])("x?k=ab%2fcd%2fef") == "x?k=ab%2fcd%2fef"


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("abcde", "x abcde y", "x abcde y"),
        ("abcdef", "x abcdef y abcdef", "x *** y ***"),
        ("abcdef", "nothing", "nothing"),
        (" abcdef\n", "abcdef", "***"),
        ("'abcdef'", "abcdef", "***"),
        ("first-line\nsecond-line", "a first-line, a second-line", "a ***, a ***"),
    ],
)
def test_what_is_taken_for_a_key(secret: str, text: str, expected: str) -> None:
    """Words of fewer than six characters are kept; lines, quotes and white space do not hide a key from us."""
    assert Redactor([secret])(text) == expected


def test_the_longest_key_is_hidden_first() -> None:
    """A key that begins like another one leaves no rest."""
    assert Redactor(["abcdef", "abcdefghij"])("abcdefghij abcdef") == "*** ***"


def test_shapes_are_hidden_where_that_is_asked_for() -> None:
    """What only looks like a key is hidden on request, and never in answers, which are to be exact."""
    redact = Redactor(shapes=True)
    assert (redact(f"a {SHAPED}"), redact.known(f"a {SHAPED}")) == ("a ***", f"a {SHAPED}")
    assert (redact.may_change(SHAPED), redact.may_change("a word")) == (True, False)
    assert Redactor()(f"a {SHAPED}") == f"a {SHAPED}"
    assert not Redactor().may_change(SHAPED)
    assert Redactor([PLAIN], shapes=True).may_change(f"<{PLAIN}>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abcd", "***"),
        ("abc", "abc"),
        ("x abcd y", "x *** y"),
        ("x ghij", "x ***"),
        ("cdef and efg and fghi", "*** and efg and ***"),
        ("abcdef", "***"),
        ("abcdcdef", "***"),
        ("ab cd", "ab cd"),
        ("", ""),
    ],
)
def test_pieces_of_a_key(text: str, expected: str) -> None:
    """Four characters in a row of a key are hidden from its first to its last, and three are not."""
    assert Redactor([PLAIN]).fragments(text, 4) == expected


def test_a_document_is_searched_to_its_leaves() -> None:
    """Names and texts at any depth are searched, and other values stay as they are."""
    document = {f"a{PLAIN}": [PLAIN, 1, None, {"b": f"{PLAIN}!", "c": True}]}
    assert Redactor([PLAIN]).deep(document) == {"a***": ["***", 1, None, {"b": "***!", "c": True}]}


@pytest.mark.parametrize(("hint", "hidden"), [(f"not {PLAIN}", "not ***"), (None, None), ("", "")])
def test_an_error_keeps_its_words_without_the_key(hint: str | None, hidden: str | None) -> None:
    """The message, the hint and every problem of an error are searched, and what is not there stays so."""
    problem = Problem(key=f"models.{PLAIN}", message=f"bad {PLAIN}", file="f", line=2, hint=hint)
    error = ModelManagerError(f"no {PLAIN}", hint=hint)
    error.problems = (problem,)
    assert redacted_error(error, Redactor([PLAIN])) is error
    assert (error.message, str(error), error.hint) == ("no ***", "no ***", hidden)
    assert error.problems == (Problem(key="models.***", message="bad ***", file="f", line=2, hint=hidden),)


LONG = "0123456789abcdef"


@pytest.mark.parametrize(
    ("secret", "expected"), [(LONG, "say ***"), (LONG[:-1], f"say {LONG[:-1]}"), ("not-needed", "say not-needed")]
)
def test_a_word_is_not_cut_out_of_answers(secret: str, expected: str) -> None:
    """In what a model says only keys of sixteen characters or more are hidden, and nothing that only looks so."""
    redact = Redactor([secret], shapes=True)
    assert redact(ModelText(f"say {secret}")) == expected
    assert redact.answers.known(f"say {secret}") == expected
    assert redact(f"say {secret}") == "say ***"
    assert redact(ModelText("gsk_ABCDEFGHIJKLMNOPQ")) == "gsk_ABCDEFGHIJKLMNOPQ"


@pytest.mark.parametrize(
    ("pieces", "shown", "rest"),
    [
        (["x", "y"], ["x", "y"], ""),
        ([f"x{PLAIN}y"], ["x***y"], ""),
        (["x abc", "defghij y"], ["x ", "*** y"], ""),
        (["x abc", "d", "xyz"], ["x ", "", "abcdxyz"], ""),
        (["x ab"], ["x "], "ab"),
        (list(PLAIN), [""] * 9 + ["***"], ""),
        (["aab", "cdefghij"], ["a", "***"], ""),
        (["abcdefghi", "a", "bcdefghij"], ["", "abcdefghi", "***"], ""),
    ],
)
def test_a_stream_without_the_key(pieces: list[str], shown: list[str], rest: str) -> None:
    """What may be the start of a key is held back until it is one, which is hidden, or is none, which is shown."""
    stream = RedactedStream(Redactor([PLAIN]))
    assert [stream(piece) for piece in pieces] == shown
    assert (stream.held, stream.rest(), stream.held) == (rest, rest, "")


def test_a_stream_without_secrets_holds_nothing_back() -> None:
    """Where there is no key every piece is shown as it comes."""
    stream = RedactedStream(Redactor())
    assert (stream("a"), stream(""), stream.rest()) == ("a", "", "")


def test_the_longest_start_of_several_keys_is_held_back() -> None:
    """Of several keys the one that has come furthest says how much is held back."""
    stream = RedactedStream(Redactor(["abcdef", "cdefghijk"]))
    assert [stream("x abcde"), stream("fg")] == ["x ", "***g"]
    other = RedactedStream(Redactor(["zzabcdef", "cdxxxx"]))
    assert [other("x zzabcd"), other("xxxx")] == ["x ", "zzab***"]
