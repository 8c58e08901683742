from datetime import date

import pytest

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.core.adoption.naming import from_place, from_variable, unique, words_of
from model_manager.core.adoption.proposals import ModelUse, propose
from model_manager.core.adoption.rewrites import rewrite
from model_manager.core.mentions.names import NameIndex

CATALOGUE = embedded_catalogue()
INDEX = NameIndex(CATALOGUE)
TODAY = date(2026, 11, 28)


def use(name, file="app.py", line=1, **values):
    """A place that names a model."""
    found = INDEX.look_up(name)
    return ModelUse(file=file, line=line, text=name, name=name, model=found[1] if found else None, **values)


def proposed(*uses, on=TODAY):
    """Tasks, models and what they replace."""
    return [(one.task, one.model, one.replaces) for one in propose(uses, CATALOGUE, on)]


@pytest.mark.parametrize(
    ("on", "name", "model"),
    [
        (date(2026, 10, 1), "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        (date(2026, 11, 1), "claude-sonnet-4-5", "claude-sonnet-5-5"),
        (date(2026, 11, 30), "claude-sonnet-4-5", "claude-sonnet-5-5"),
        (date(2026, 11, 10), "gpt-5-mini", "gpt-5-mini"),
        (date(2026, 11, 11), "gpt-5-mini", "gpt-6.1-terra"),
        (date(2026, 12, 11), "o3", "gpt-6.1-sol"),
        (date(2026, 12, 23), "claude-opus-4-5-20251101", "claude-opus-5-5"),
        (date(2027, 1, 22), "claude-opus-4-5", "claude-opus-5-5"),
        (date(2027, 1, 22), "gpt-4o-2024-08-06", "gpt-6-luna"),
    ],
)
def test_the_next_retirements_are_met_a_month_before(on, name, model):
    """A model that ends within a month is replaced by its successor, a living one stays."""
    (task,) = proposed(use(name), on=on)
    assert task[1:] == (model, None if INDEX.look_up(name)[1].id == model else name)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-4-32k", "gpt-6.1-sol"),
        ("gpt-9-mini", "gpt-6-luna"),
        ("o1-mini", "gpt-6-luna"),
        ("claude-2.1", "claude-sonnet-5-5"),
        ("claude-instant-1.2", "claude-haiku-5-5"),
        ("llama-2-70b-chat", "claude-haiku-5-5"),
    ],
)
def test_a_model_that_the_catalogue_does_not_have_gets_a_similar_one(name, model):
    """A recommended model of the family and of about its size, else the default model."""
    assert proposed(use(name)) == [("chat", model, name)]


def test_uses_are_grouped_by_variable_and_by_work():
    """The same variable, or the same work with the same model, is one task; other models make further tasks."""
    assert proposed(
        use("gpt-4o", variable="CHAT_MODEL"),
        use("gpt-4.1", variable="CHAT_MODEL", file="other.py"),
        use("gpt-4o", functions=("summarize",)),
        use("gpt-4o-2024-08-06", functions=("summarize",), file="b.py"),
        use("gpt-4.1", functions=("summarize",), file="cheap.py"),
    ) == [("chat", "gpt-4o", None), ("summarize", "gpt-4o", None), ("summarize_cheap", "gpt-4.1", None)]


def test_a_default_for_a_known_variable_belongs_to_its_task():
    """A key of a table of defaults that is the name of a variable elsewhere is this variable."""
    (task,) = propose(
        [use("gpt-4o", variable="SMART_LLM"), use("gpt-4.1", assigned=("SMART_LLM",))], CATALOGUE, TODAY
    )
    assert (task.task, task.env, len(task.uses)) == ("smart", "SMART_LLM", 2)


def test_a_requirement_that_the_model_is_known_to_lack_is_left_out():
    """A task is not written with a model that it would refuse."""
    model = next(one for one in CATALOGUE.models.values() if one.has("vision") is False and one.retires is None)
    (task,) = propose([use(model.id, needs=("streaming", "vision"))], CATALOGUE, TODAY)
    assert "vision" not in task.requires


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("generateTitle", "generate title"),
        ("HTTPModel", "http model"),
        ("FAST_LLM", "fast llm"),
        ("a-b.c", "a b c"),
    ],
)
def test_words_of_names(name, words):
    """Camel case, snake case and dashes are the same."""
    assert words_of(name) == words.split()


def test_names_that_say_nothing_are_passed_over():
    """`OPENAI_MODEL`, `main` and `utils.py` say that a model is used, not what for."""
    assert from_variable("OPENAI_MODEL") is None
    assert from_variable("SUMMARY_MODEL_NAME") == "summary"
    assert from_place(["main", "utils", "billing"]) == "billing"
    assert from_place(["main"]) == "chat"


def test_a_taken_name_gets_words_or_a_number():
    """No two tasks have the same name."""
    assert unique("chat", ["main"], {"chat"}) == "chat_2"
    assert unique("chat", ["reply"], {"chat"}) == "chat_reply"
    assert unique("chat", ["reply"], {"chat", "chat_reply"}) == "chat_2"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("a.py", 'm = "gpt-4o"', 'm = get_model_for_task("chat").model_id'),
        ("a.py", "m = f'gpt-4o', x", 'm = get_model_for_task("chat").model_id, x'),
        ("a.py", 'm = "openai:gpt-4o"', 'm = "openai:" + get_model_for_task("chat").model_id'),
        ("a.ts", "m: `gpt-4o`,", "m: process.env.AI_CHAT_MODEL!,"),
        ("a.ts", 'm = "openai/gpt-4o"', 'm = "openai/" + process.env.AI_CHAT_MODEL'),
        ("a.tsx", '<Chat model="gpt-4o" />', "<Chat model={process.env.AI_CHAT_MODEL!} />"),
        ("a.go", 'm := "gpt-4o"', 'm := os.Getenv("AI_CHAT_MODEL")'),
        ("a.rb", "m = 'gpt-4o'", 'm = ENV.fetch("AI_CHAT_MODEL")'),
        ("a.php", "$m = 'gpt-4o';", "$m = getenv('AI_CHAT_MODEL');"),
        ("a.php", "$m = 'openai/gpt-4o';", None),
        ("a.yaml", "m: gpt-4o", None),
        ("a.py", 'url = "x/models/gpt-4o:generateContent"', None),
    ],
)
def test_a_line_of_code_is_rewritten_in_its_language(file, old, new):
    """Python asks the library, others read the variable; what is no string of a known language is left alone."""
    name = next(one for one in ("openai:gpt-4o", "openai/gpt-4o", "gpt-4o") if one in old)
    found = use(name, file=file, column=old.index(name) + 1, is_rewritable=True, functions=("chat",))
    (task,) = propose([found], CATALOGUE, TODAY)
    change = rewrite(found, task, old)
    assert (change.new if change else None) == new


@pytest.mark.parametrize(
    ("file", "name", "new"),
    [
        ("a.go", "openai.GPT4o", 'os.Getenv("AI_CHAT_MODEL")'),
        ("a.go", "anthropic.ModelClaudeOpus5", 'anthropic.Model(os.Getenv("AI_CHAT_MODEL"))'),
        ("A.java", "ChatModel.GPT_4O", 'ChatModel.of(System.getenv("AI_CHAT_MODEL"))'),
    ],
)
def test_a_constant_becomes_a_value_of_its_type(file, name, new):
    """Go's types are converted, Java's made by `of`."""
    found = ModelUse(
        file=file, line=1, column=4, text="", name=name, model=CATALOGUE.find("gpt-5.5"), is_rewritable=True
    )
    (task,) = propose([found], CATALOGUE, TODAY)
    assert rewrite(found, task, f"m: {name},").new == f"m: {new},"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("a.py", 'm = os.getenv("LLM", "gpt-4o")', 'm = get_model_for_task("chat").model_id'),
        ("a.py", 'm = os.environ.get("LLM") or "gpt-4o"', 'm = os.environ.get("LLM") or get_model_for_task("chat").model_id'),
        ("a.ts", 'm = process.env.LLM || "gpt-4o"', None),
    ],
)  # fmt: skip
def test_a_variable_is_not_read_twice(file, old, new):
    """A task reads its variable itself, and where code reads it already there is nothing to change."""
    found = use("gpt-4o", file=file, column=old.index("gpt-4o") + 1, is_rewritable=True, variable="LLM")
    (task,) = propose([found], CATALOGUE, TODAY)
    change = rewrite(found, task, old)
    assert (change.new if change else None) == new


def test_a_variable_in_another_librarys_format_stays_the_applications():
    """`openai:gpt-4o` is no route: the task has a variable of its own, whose name the other one gives."""
    (task,) = propose([use("openai:gpt-4o", variable="SUMMARY_LLM")], CATALOGUE, TODAY)
    assert (task.task, task.env) == ("summary", "AI_SUMMARY_MODEL")
    (task,) = propose([use("openai/gpt-4o", variable="SUMMARY_LLM")], CATALOGUE, TODAY)
    assert task.env == "SUMMARY_LLM"


def test_a_constant_with_a_plain_name_is_another_variables_only_with_its_model():
    """Many a file has a MODEL_NAME of its own; an OPENAI_MODEL is the one that is read elsewhere."""
    read = use("gpt-4o", variable="MODEL_NAME")
    tasks = propose([read, use("opus", file="b.py", assigned=("MODEL_NAME",))], CATALOGUE, TODAY)
    assert [one.env for one in tasks] == ["MODEL_NAME", "AI_CHAT_2_MODEL"]
    read = use("gpt-4o", variable="OPENAI_MODEL")
    assert len(propose([read, use("o3", assigned=("OPENAI_MODEL",))], CATALOGUE, TODAY)) == 1


def test_a_provider_before_a_name_does_not_stay_before_another_ones_model():
    """`deepseek/` before the default model, which is Anthropic's, would be no model."""
    found = use("together/llama-2-70b-chat", column=6, is_rewritable=True)
    (task,) = propose([found], CATALOGUE, TODAY)
    assert task.model == CATALOGUE.default_model
    assert rewrite(found, task, 'm = "together/llama-2-70b-chat"') is None
