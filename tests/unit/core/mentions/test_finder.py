import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.mentions.finder import MentionFinder
from model_manager.core.mentions.names import NameIndex, is_weak, is_word
from model_manager.core.models import Catalogue, Model, Provider

CATALOGUE = embedded_catalogue()
FINDER = MentionFinder(CATALOGUE)
INDEX = NameIndex(CATALOGUE)
STRONG = [name for name in CATALOGUE.names() if not is_word(name) and not is_weak(name)]


def found(text, style="code"):
    """Names, models, kinds and roles of the mentions in a text."""
    return [
        (mention.name, mention.model.id if mention.model else None, mention.kind, mention.role)
        for mention in FINDER.find(text.encode(), style)
    ]


@pytest.mark.parametrize(
    ("constant", "model"),
    [
        ("openai.GPT4oMini", "gpt-4o-mini"),
        ("openai.GPT4oMini20240718", "gpt-4o-mini"),
        ("openai.GPT3Dot5Turbo", "gpt-3.5-turbo"),
        ("openai.ChatModelGPT4_1Nano", "gpt-4.1-nano"),
        ("openai.O3Mini", "o3-mini"),
        ("anthropic.ModelClaude3_7SonnetLatest", "claude-3-7-sonnet-20250219"),
        ("anthropic.ModelClaudeSonnet4_5_20250929", "claude-sonnet-4-5-20250929"),
        ("ChatModel.GPT_4O_MINI", "gpt-4o-mini"),
        ("Model.CLAUDE_OPUS_4_1_20250805", "claude-opus-4-1-20250805"),
    ],
)
def test_the_constants_of_vendors_libraries_name_models(constant, model):
    """The libraries of Go, Java and Kotlin have them; compared with one, or a key, is no call."""
    assert found(f"\tModel: {constant},\n") == [(constant, model, "alias", "value")]
    assert [one[3] for one in found(f"if m == {constant} {{")] == ["comparison"]
    assert [one[3] for one in found(f"\t{constant}: 8192,")] == ["key"]
    assert found(f"// {constant}") == found(f"x.{constant[:-1]}") == []


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("- dirname: 2024-07-04--claude-3.5-sonnet-diff", "config"),
        ("aider --gpt-4-turbo", "config"),
        ("2023-05-06-21-23-59--gpt-3.5-turbo-0301", "config"),
    ],
)
def test_a_name_behind_a_hyphen_of_another_name_is_none(text, style):
    """Directories and flags have models' names in them."""
    assert found(text, style) == []


def test_the_beginnings_of_names_are_compared():
    """A tuple of prefixes asks what a model is."""
    assert {role for *_, role in found("reasoning_prefixes = ('gpt-5', 'gpt-4o')")} == {"comparison"}


@pytest.mark.parametrize("call", ["tiktoken.encoding_for_model(", "calculateCost(", "num_tokens_from_text("])
def test_what_asks_for_tokens_or_prices_calls_no_model(call):
    """A tokenizer and a price are looked up by a model's name."""
    assert [role for *_, role in found(f'x = {call}"gpt-4o")')] == ["comparison"]


@pytest.mark.parametrize(
    ("name", "model", "kind"),
    [
        ("gpt-4o", "gpt-4o", "id"),
        ("gpt-4o-2024-08-06", "gpt-4o", "alias"),
        ("gpt-4o-2024-05-13", "gpt-4o", "dated"),
        ("claude-3-5-sonnet", "claude-3-5-sonnet-20241022", "alias"),
        ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022", "alias"),
        ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022", "dated"),
        ("claude-3-7-sonnet", "claude-3-7-sonnet-20250219", "dated"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929", "id"),
        ("anthropic/claude-haiku-4.5", "claude-haiku-4-5-20251001", "alias"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet-20250219", "id"),
        ("openai:gpt-4o", "gpt-4o", "id"),
        ("azure/gpt-4o", "gpt-4o", "id"),
        ("gemini-2.5-pro-preview-05-06", "gemini-2.5-pro", "dated"),
        ("gemini/gemini-2.5-pro", "gemini-2.5-pro", "id"),
        ("groq/llama-3.1-8b-instant", "groq/llama-3.1-8b-instant", "id"),
        ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "together/llama-3.3-70b-instruct-turbo", "id"),
        ("gpt-oss:120b", "ollama/gpt-oss:120b", "alias"),
        ("ollama/mistral", "ollama/mistral", "id"),
        ("gpt-35-turbo", "gpt-3.5-turbo", "id"),
        ("vertex_ai/claude-3-sonnet@20240229", None, "unknown"),
        ("google:gemini-pro", None, "unknown"),
        ("ollama:llama2:70b", None, "unknown"),
        ("gpt-9-turbo", None, "unknown"),
        ("claude-9-opus", None, "unknown"),
        ("gemini-1.5-flash", None, "unknown"),
        ("Qwen/Qwen2.5-72B-Instruct", None, "unknown"),
    ],
)
def test_a_model_is_found_by_all_its_names(name, model, kind):
    """Ids, aliases, dated and undated forms, and the spellings of clouds and gateways lead to the model."""
    assert found(f'x = ask(model="{name}")') == [(name, model, kind, "value")]


@pytest.mark.parametrize(
    "text",
    [
        '"haiku"',
        'voice = "fable"',
        'mode="auto"',
        'size: "small"',
        '"sonar"',
        '"o1"',  # an id of anything: nothing here speaks of models
        '"claude-code"',
        '"gpt-engineer"',
        '"gemini-cli"',
        '"llama-index"',
        '"llama-cpp-python"',
        'title="GPT-4o"',
        '"gpt-4.svg"',
        '"./models-of/gpt-4o"',
        '"https://openai.com/index/gpt-4o"',
        '"text-embedding-3-small"',
        '"gpt-4o-audio-preview"',
        '"Ask gpt-4o about it"',
        '"gpt-4o is good"',
        "\"it says 'gpt-4o' here\"",
        "\"a model (e.g., 'gpt-4o')\"",
        'm.startswith("gpt-4-")',
        'name.includes("claude-3")',
        "my_gpt = gpt_4o",
        '# model = "gpt-4o"',
        '// model = "gpt-4o"',
        ' * @default "gpt-4o"',
        'x = 1  # was "gpt-4o"',
        '"""Ask.\n\nUses "gpt-4o".\n"""',
        f'"{"x" * 6000}"; m = "gpt-4o"',
    ],
)
def test_what_names_no_model_is_not_found(text):
    """Words, programs, labels, files, addresses, prose, comments and generated lines are left alone."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ('client.chat("gpt-4o")', "code"),
        ("WithModel('gpt-4o')", "code"),
        ("model: `gpt-4o`", "script"),
        ('"{\\"model\\": \\"gpt-4o\\"}"', "code"),
        ('curl -d \'{"model": "gpt-4o"}\'', "config"),
        ('body = """{"model": "gpt-4o"}"""', "code"),
        ('"models/gpt-4o"', "code"),
        ('f"{base}/openai/deployments/gpt-4o/chat/completions?v=1"', "code"),
        ("model: gpt-4o", "config"),
        ("model: gpt-4o  # for chat", "config"),
        ("  - gpt-4o", "config"),
        ("OPENAI_MODEL=gpt-4o", "config"),
        ("OPENAI_MODEL: ${OPENAI_MODEL:-gpt-4o}", "config"),
        ("ENV OPENAI_MODEL gpt-4o", "config"),
        ("ask --model gpt-4o --stream", "config"),
        ("<model>gpt-4o</model>", "config"),
    ],
)
def test_a_value_is_found_as_each_language_writes_it(text, style):
    """Quotes, backticks, JSON in strings, paths of requests, and values without quotes in configuration files."""
    assert [name for name, *_ in found(text, style)] == ["gpt-4o"]


def test_backticks_and_bare_values_count_only_where_they_are_values():
    """In Python a backtick is prose; in code a bare word is a name of the program."""
    assert found("`gpt-4o`", "code") == []
    assert found("model: gpt-4o", "code") == []
    assert found("description: gpt-4o is good", "config") == []


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ('ask("gpt-4o")', "value"),
        ('PRICES = {"gpt-4o": 2.5}', "key"),
        ("{'gpt-4o' => 1}", "key"),
        ('if model == "gpt-4o":', "comparison"),
        ('case "gpt-4o":', "comparison"),
        ('strings.HasPrefix(model, "gpt-4o")', "comparison"),
        ('if "gpt-4o" in name:', "comparison"),
    ],
)
def test_how_a_name_is_used_is_told(text, role):
    """A key of a table and a comparison are no uses of a model."""
    assert [mention[3] for mention in found(text)] == [role]


def test_short_names_need_a_line_that_speaks_of_models():
    """`o3` is a model's id behind the word model, and nothing elsewhere."""
    assert found('model="o3"') == [("o3", "o3", "id", "value")]
    assert found('section="o3"') == []


def test_models_of_the_users_own_are_found():
    """A model that only the user's catalogue has is found by its id."""
    provider = Provider(id="acme", name="Acme", wire="openai")
    model = Model(id="acme-writer-7", name="Writer", provider="acme", model_id="writer-7", aliases=("the-writer",))
    finder = MentionFinder(Catalogue(models={model.id: model}, providers={"acme": provider}))
    text = b'a("acme-writer-7"); b("acme/writer-7"); model="the-writer"; c("the-writer")'
    names = [mention.name for line in text.split(b"; ") for mention in finder.find(line, "code")]
    assert names == ["acme-writer-7", "acme/writer-7", "the-writer"]


def test_line_and_column_are_those_of_an_editor():
    """Lines count from 1 and columns in characters, whatever bytes stand before them."""
    mention = next(FINDER.find('\n\r\nä = "é", "gpt-4o"\r\n'.encode(), "code"))
    assert (mention.line, mention.column, mention.text) == (3, 11, 'ä = "é", "gpt-4o"')


@given(
    st.sampled_from(STRONG), st.text(st.characters(exclude_characters="\"'`#/\\", exclude_categories=["Cs", "Cc"]))
)
def test_every_name_of_the_catalogue_is_found_in_quotes(name, before):
    """Whatever stands before it on the line, a quoted name is found, and where it is."""
    line = f'{before} x["{name}"]'
    mentions = list(FINDER.find(line.encode(), "code"))
    if mentions:  # a text that begins like a comment, `* ` or `;`, hides it
        assert [mention.name for mention in mentions] == [name]
        assert line[mentions[0].column - 1 :].startswith(name)
    else:
        assert re.match(r"\s*(\*\s|;)", line)


@given(
    st.sampled_from(STRONG),
    st.sampled_from("abcxyz_"),
    st.booleans(),
)
def test_a_part_of_a_longer_word_is_not_a_name(name, letter, is_before):
    """A letter glued to a name makes it another one, which may look like a model but is not this one."""
    glued = letter + name if is_before else name + letter
    models = [mention.model for mention in FINDER.find(f'"{glued}"'.encode(), "code") if mention.name == glued]
    assert models in ([], [None]) or INDEX.look_up(glued)


@given(st.binary(max_size=400), st.sampled_from(["code", "script", "config"]))
def test_no_content_breaks_the_search(data, style):
    """Any bytes are searched without an error, and what is found is in its line."""
    for mention in FINDER.find(data + b'\n"gpt-4o"\n' + data, style):
        assert mention.text[mention.column - 1 :].startswith(mention.name)


@pytest.mark.parametrize(
    "text",
    [
        'ask(model="o3")',
        '"model": "o3",',
        "CHAT_MODEL = 'o3'",
        'model: openai("o3"),',
        'generate(openai("o3"))',
        'openai.responses("o3")',
        'ask(\n    model=(\n        "o3"\n    )\n)',
        'const DEFAULT_MODEL: string =\n  "o3";',
        'models = [\n    "o3",\n]',
    ],
)
def test_an_id_of_two_letters_is_found_where_a_model_is_named(text):
    """It may be on the line after the name of the argument, or the argument of a vendor's factory."""
    assert [name for name, *_ in found(text, "script")] == ["o3"]


@pytest.mark.parametrize(
    "text",
    ['draw(\n    "o3",\n)', 'room = "o3"', 'x = model\ny = [\n    "o3"\n]', 'add(mesh, "o3")', "o3 = model"],
)
def test_an_id_of_two_letters_is_not_found_elsewhere(text):
    """Places that name no model have such texts for other things."""
    assert found(text) == []
