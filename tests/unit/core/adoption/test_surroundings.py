import pytest

from model_manager.core.adoption.surroundings import surroundings


def around(text, name="gpt-4o", **options):
    """What stands around a name in a text."""
    lines = text.split("\n")
    line = next(number for number, one in enumerate(lines, start=1) if name in one)
    return surroundings(lines, line, lines[line - 1].index(name) + 1, **options)


@pytest.mark.parametrize(
    "line",
    [
        'm = os.getenv("CHAT_MODEL", "gpt-4o")',
        'm = os.environ.get("CHAT_MODEL", "gpt-4o")',
        'm = os.environ["CHAT_MODEL"] or "gpt-4o"',
        'const m = process.env.CHAT_MODEL ?? "gpt-4o";',
        'const m = process.env["CHAT_MODEL"] || "gpt-4o";',
        'm = ENV.fetch("CHAT_MODEL", "gpt-4o")',
        'let m = env::var("CHAT_MODEL").unwrap_or("gpt-4o".into());',
        'm = os.getenv(\n    "CHAT_MODEL", "gpt-4o")',
        'model := env.GetOr("CHAT_MODEL", env.String, "gpt-4o")',
        'model := getEnvOrDefault("CHAT_MODEL", "gpt-4o")',
        'DEFAULTS = {"CHAT_MODEL": "gpt-4o"}',
    ],
)
def test_the_variable_that_wins_over_a_default_is_found(line):
    """Python, JavaScript, Ruby and Rust read variables in their own ways."""
    assert around(line).variable == "CHAT_MODEL"


@pytest.mark.parametrize(
    "line",
    ["CHAT_MODEL=gpt-4o", "CHAT_MODEL: gpt-4o", "CHAT_MODEL: ${CHAT_MODEL:-gpt-4o}", "ENV CHAT_MODEL gpt-4o"],
)
def test_the_variable_that_a_configuration_sets_is_found(line):
    """Shells, YAML and Dockerfiles name the variable before its value; in code that is a constant."""
    assert around(line, is_config=True).variable == "CHAT_MODEL"
    assert around('CHAT_MODEL = "gpt-4o"').variable is None


@pytest.mark.parametrize(
    ("text", "assigned"),
    [
        ('summary_model: str = "gpt-4o"', "summary_model"),
        ('"summary_model": "gpt-4o"', "summary_model"),
        ('summaryModel := "gpt-4o"', "summaryModel"),
        ('summary_model: str = Field(\n    default="gpt-4o",\n)', "default"),
        ('p.add_argument("--grader-model", default="gpt-4o")', "grader-model"),
    ],
)
def test_what_a_name_is_given_to_is_told(text, assigned):
    """The variable, field, key or flag that a value belongs to, the nearest first."""
    assert around(text).assigned[0] == assigned


def test_a_value_of_several_lines_has_the_name_of_its_beginning():
    """A field whose value begins lines above is named after the name on its own line."""
    assert around('class C:\n    summary_model: str = Field(\n        default="gpt-4o",\n    )').assigned == (
        "default",
        "summary_model",
    )


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ('class A:\n    async def sum_up(self):\n        ask("gpt-4o")', ("sum_up", "A")),
        ('export async function sumUp(x) {\n  ask("gpt-4o")\n}', ("sumUp",)),
        ('export const sumUp = async (x: string) => {\n  ask("gpt-4o")\n}', ("sumUp",)),
        ('func (s *S) SumUp(ctx C) error {\n\task("gpt-4o")\n}', ("SumUp",)),
        ('pub async fn sum_up() {\n    ask("gpt-4o")\n}', ("sum_up",)),
        ('class A {\n  public String sumUp(String x) {\n    ask("gpt-4o");\n  }\n}', ("sumUp", "A")),
        ('def other():\n    pass\n\nask("gpt-4o")', ()),
    ],
)
def test_the_functions_around_a_name_are_told(text, functions):
    """By their beginnings and by indentation, in many languages."""
    assert around(text).functions == functions


def test_only_the_function_itself_says_what_it_needs():
    """What other functions of the file use is not counted."""
    text = 'def a():\n    ask(stream=True, tools=t)\n\ndef b():\n    ask("gpt-4o", response_format=f)\n\ndef c():\n    x = "image_url"\n'
    assert around(text).needs == ("structured-output",)
