"""The house rules of the code: who may import what, where imports stand, and how large things get."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from command_line import environment
from each_of import each_of

import model_manager

PACKAGE = Path(model_manager.__file__).parent
TESTS = Path(__file__).parents[1]
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40

#: Each part of the package, and the parts it may import besides itself. `telemetry` and `ledger` hear of calls as
#: observers: what makes calls does not import them, but for `service`, where an application's observers are chosen.
#: `telemetry` shows the counters of the ledger, and keeps of a call what the ledger does.
MAY_IMPORT = {
    "_version": set(),
    "error_notes": set(),
    "errors": {"error_notes"},
    "core": {"errors"},
    "config": {"_version", "errors", "core"},
    "providers": {"_version", "errors", "core"},
    "ledger": {"_version", "errors", "core"},
    "telemetry": {"_version", "errors", "core", "ledger"},
    "service": {"errors", "core", "config", "providers", "ledger", "telemetry"},
    "live_test": {"errors", "core", "config", "providers", "ledger", "service"},
    "commands": {"errors", "core", "config", "providers", "ledger", "service", "live_test"},
    "rendering": {"_version", "errors", "core", "config", "providers", "commands", "live_test", "ledger"},
    "server": {
        "_version", "errors", "core", "config", "providers", "ledger", "telemetry", "service", "live_test",
        "commands", "rendering",
    },
    "cli": {
        "_version", "errors", "core", "config", "providers", "ledger", "telemetry", "service", "live_test",
        "commands", "rendering", "server",
    },
    "testing": {"errors", "core", "config", "providers", "service"},
    "pytest_plugin": {"testing"},
    "completion": {"_version", "errors", "config", "commands"},
    "__main__": {"_version", "errors", "cli", "completion"},
}  # fmt: skip
#: A heavy package and the modules that may import it, as paths or beginnings of paths.
HOMES = {
    "httpx": ("providers/io/transport/",),
    "anyio": ("providers/io/transport/",),
    "pydantic": ("config/settings_check.py", "server/", "service/function_tools.py"),
    "typing_extensions": ("rendering/documents/types/", "server/"),
    "pydantic_settings": ("config/settings_check.py",),
    "dotenv": ("config/dotenv/",),
    "filelock": ("config/dotenv/", "service/cooldowns.py", "ledger/storage/lock.py"),
    "rich": ("rendering/tables/",),
    "typer": ("cli/",),
    "simplejson": ("rendering/documents/",),
    "yaml": ("rendering/exports/", "config/scanning/litellm_file.py"),
    "pathspec": ("config/scanning/",),
    "fastapi": ("server/",),
    "starlette": ("server/",),
    "uvicorn": ("server/",),
    "sqlite3": ("ledger/",),
    "pytest": ("pytest_plugin.py",),
    "opentelemetry": ("telemetry/observer.py", "telemetry/instruments.py", "telemetry/sdk.py"),
}
#: The only modules that import inside functions, and why.
IMPORT_INSIDE_FUNCTIONS = {
    "__init__.py": "public names are loaded when they are asked for",
    "__main__.py": "the shell's words and the version come without the command line",
    "completion.py": "most TABs are answered from a cache file, without reading the catalogue",
    "cli/": "a command loads what it needs when it runs",
    "commands/measured.py": "the database is loaded only where calls were recorded",
    "commands/performance.py": "the database is loaded only where calls were recorded",
    "config/catalogue/load.py": "a cached catalogue needs no TOML reader and no validators",
    "pytest_plugin.py": "each run of pytest loads it where it is installed, and few ask for its fixture",
    "config/settings.py": "pydantic is loaded only for a setting in an unusual form",
    "providers/__init__.py": "a wire is loaded when a model needs it",
    "providers/io/transport/__init__.py": "a process without an event loop does not load the asynchronous backend",
    "service/function_tools.py": "pydantic is loaded only where a function is given as a tool",
    "telemetry/__init__.py": "OpenTelemetry is an extra, and loaded where it is asked for",
    "rendering/__init__.py": "JSON needs no rich, and tables no JSON",
}
#: Class names that two modules still have: of live tests, until those are regrouped.
STILL_SHARED = {"Finding"}
#: What would pay for a bound client, a second HTTP stack or a second command line: never ours.
FORBIDDEN = {"requests", "aiohttp", "openai", "anthropic", "litellm", "click", "google", "groq", "mistralai"}


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def part_of(module: Path) -> str:
    """The part of the package that a module belongs to."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_inside_functions(module: Path) -> bool:
    return name_of(module).startswith(tuple(IMPORT_INSIDE_FUNCTIONS))


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Full names of what is imported anywhere in a tree, `if TYPE_CHECKING` left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports_of(node)


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), str(module))


@cache
def imports_in(module: Path) -> tuple[str, ...]:
    """Full names of what a module imports, which several tests ask."""
    return tuple(imports_of(parsed(module)))


each_module = each_of(MODULES, name_of)


@each_of((module for module in MODULES if module != PACKAGE / "__init__.py"), name_of)
def test_imports_go_one_way(module):
    """A module imports only its own part and the parts below it."""
    own = part_of(module)
    for name in imports_in(module):
        first, _, rest = name.partition(".")
        part = rest.partition(".")[0]
        if first == "model_manager" and part in MAY_IMPORT:
            assert part == own or part in MAY_IMPORT[own], f"{own} imports {name}"


@each_module
def test_every_part_is_known(module):
    """A new part of the package needs a place among the imports."""
    assert part_of(module) in {*MAY_IMPORT, "__init__"}


@each_module
def test_a_heavy_package_has_one_home(module):
    """Only a heavy package's home imports it."""
    for name in imports_in(module):
        package = name.partition(".")[0]
        assert package not in FORBIDDEN
        assert package not in HOMES or name_of(module).startswith(HOMES[package]), (
            f"{name_of(module)} imports {name}"
        )


@each_of((module for module in MODULES if not imports_inside_functions(module)), name_of)
def test_imports_stand_at_the_head(module):
    """What a module needs stands at its head, but for the listed modules, each with its reason."""
    functions = [
        node for node in ast.walk(parsed(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [name for function in functions for name in imports_of(function)] == []


@each_of((module for module in MODULES if part_of(module) == "core"), name_of)
def test_the_core_needs_nothing(module):
    """The core imports the standard library, the errors and itself, and reads no clock and no file."""
    for name in imports_in(module):
        first = name.partition(".")[0]
        assert first in sys.stdlib_module_names or name.startswith(("model_manager.core", "model_manager.errors"))
        assert first not in {"os", "io", "pathlib", "time", "socket", "subprocess", "random", "asyncio", "logging"}
    calls = {ast.unparse(node.func) for node in ast.walk(parsed(module)) if isinstance(node, ast.Call)}
    assert calls.isdisjoint({"open", "print", "input", "datetime.now", "date.today", "datetime.utcnow"})


def test_a_class_name_means_one_thing():
    """No two classes of the package have the same name, so that a name in an import or a traceback is enough."""
    places: dict[str, list[str]] = {}
    for module in MODULES:
        for node in ast.walk(parsed(module)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(name_of(module))
    shared = {name: where for name, where in places.items() if len(where) > 1 and name not in STILL_SHARED}
    assert shared == {}


@each_module
def test_every_module_says_what_it_holds(module):
    """A module begins with a docstring."""
    assert (ast.get_docstring(parsed(module)) or "").strip()


@each_of((module for module in MODULES if part_of(module) != "cli"), name_of)
def test_modules_and_functions_stay_small(module):
    """A module has at most 300 lines and a function 40, but for the command line with its options' help."""
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.body[0].lineno < LONGEST_FUNCTION, node.name


@each_of(sorted(TESTS.rglob("test_*.py")), lambda path: path.stem)
def test_every_test_says_what_it_holds_to(module):
    """Each test function has a docstring, and no two of a module have the same name."""
    found = [
        node
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert found
    assert [node.name for node in found if not ast.get_docstring(node)] == []
    names = [node.name for node in found]
    assert len(names) == len(set(names))


def modules_after(code: str) -> set[str]:
    """The modules that a new process has loaded after some code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60, env=environment()
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "command",
    [
        ["list", "--json"],
        ["cost", "--json"],
        ["cost", "--assigned", "--json"],
        ["info", "chat", "--json"],
        ["list", "--ids"],
    ],
)
def test_what_a_script_asks_for_loads_neither_http_nor_tables(command):
    """`--json` and `--ids` load no httpx, no rich and no types of documents, so that scripts do not wait for them."""
    run = f"import sys; sys.argv = ['model-manager', *{command!r}]\nfrom model_manager.__main__ import main\ntry: main()\nexcept SystemExit as end: assert not end.code"
    loaded = modules_after(run)
    assert "model_manager.commands.list" in loaded or "list" not in command
    assert loaded.isdisjoint({"httpx", "httpcore", "rich", "fastapi", "sqlite3", "pydantic", "typing_extensions"})


def test_a_table_loads_no_http():
    """`list` for people does not import httpx."""
    run = "import sys; sys.argv = ['model-manager', 'list']\nfrom model_manager.__main__ import main\ntry: main()\nexcept SystemExit: pass"
    loaded = modules_after(run)
    assert "rich.table" in loaded
    assert "httpx" not in loaded


def test_the_package_is_typed():
    """Type checkers of those who use the package see its types."""
    assert (PACKAGE / "py.typed").exists()
