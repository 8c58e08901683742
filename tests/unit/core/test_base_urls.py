"""Variables in base URLs: each value is one label of a host or one segment of a path, so it leads nowhere else."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_manager.core.base_urls import expanded, variable_stem, variables_of
from model_manager.errors import NoBaseUrlError

HOST, PATH = "https://api.${REGION}.cloud.example/v1", "https://api.cloud.example/accounts/${ACCOUNT}/v1"
#: What ends a part of a URL, changes how it is read, or is no character of one.
WRONG = ("/", "\\", "?", "#", "@", ":", "%", " ", "\t", "\n", "\0", "é", "[", "]", "&", ";", "$", "{")


def test_a_url_without_variables_is_as_it_is():
    """Nothing is looked up, and nothing is changed."""
    assert expanded("https://api.cloud.example/v1", {}) == "https://api.cloud.example/v1"


def test_variables_get_the_values_of_the_environment():
    """In the host and in the path, more than once, next to other characters, without white space around them."""
    url = "https://${A}.${A}-${B}.example/x/${B}/v${A}"
    assert variables_of(url) == ("A", "B")
    assert expanded(url, {"A": " one ", "B": "two"}) == "https://one.one-two.example/x/two/vone"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "set A and B in the environment"),
        ({"A": "one", "B": "  "}, "set B in the environment"),
        ({"A": "on.e", "B": "two"}, "A in the environment is not one part of a host's name, without dots"),
        ({"A": "one", "B": "t/wo"}, "B in the environment is not one part of a path"),
    ],
)
def test_the_error_names_the_variable_and_not_its_value(environ, message):
    """A variable that is not set, or holds something else, is named; its value may be a key."""
    with pytest.raises(NoBaseUrlError) as caught:
        expanded("https://${A}.example/${B}", environ)
    assert caught.value.message == message


@given(st.text(max_size=80))
@example("eu-west-1")
@example("evil.example/")
@example("a.b")
@example("-a")
@example("a" * 64)
@example("evil.example#")
@example("\uff11")
def test_a_value_never_leaves_its_label(value):
    """Whatever a variable holds, the host keeps its other labels, and scheme, port and path stay."""
    try:
        parts = urlsplit(expanded(HOST, {"REGION": value}))
    except NoBaseUrlError:
        return
    first, label, rest = (parts.hostname or "").split(".", 2)
    assert (first, rest, parts.path, parts.port, parts.username) == ("api", "cloud.example", "/v1", None, None)
    assert label == value.strip().lower()
    assert (parts.query, parts.fragment) == ("", "")


@given(st.text(max_size=140))
@example("0123456789abcdef")
@example("..")
@example(".")
@example("a/../b")
@example("%2e%2e")
@example("a?b")
def test_a_value_never_leaves_its_segment(value):
    """Whatever a variable holds, the path keeps its other segments, and the host stays."""
    try:
        parts = urlsplit(expanded(PATH, {"ACCOUNT": value}))
    except NoBaseUrlError:
        return
    assert parts.path.split("/") == ["", "accounts", value.strip(), "v1"]
    assert value.strip() not in (".", "..")
    assert (parts.netloc, parts.query, parts.fragment) == ("api.cloud.example", "", "")


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_every_label_and_every_identifier_is_accepted(value):
    """Letters, digits and hyphens, as regions and accounts have them, pass in both places."""
    assert value in expanded(HOST, {"REGION": value})
    assert value in expanded(PATH, {"ACCOUNT": value})


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("url", [HOST, PATH])
def test_a_character_that_is_read_otherwise_is_refused(url, wrong):
    """Every character that could end a label or segment is refused, wherever it stands in the value."""
    for value in (f"a{wrong}b", f"a{wrong}.evil", f"a{wrong}@b"):
        with pytest.raises(NoBaseUrlError):
            expanded(url, {"REGION": value, "ACCOUNT": value})


def test_the_stem_of_a_variable_has_the_characters_of_a_variable():
    """A provider's id becomes a name that a shell can set."""
    assert variable_stem("openai-b/x.y") == "OPENAI_B_X_Y"
