import os
import re
import subprocess
from itertools import pairwise

import pytest

from model_manager.config.catalogue.load import embedded_catalogue
from model_manager.config.scanning import scan_code
from model_manager.core.redaction import Redactor

CATALOGUE = embedded_catalogue()


def write(directory, files):
    """Files of an application, by path."""
    for path, text in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def places(directory, **options):
    """Where models are found: file, line and name."""
    return [f"{one.file}:{one.line} {one.name}" for one in scan_code(directory, CATALOGUE, **options)]


def test_code_and_configuration_of_many_languages_are_searched(tmp_path):
    """Python, TypeScript, Go, shells, YAML, Dockerfiles and notebooks, in the order of their paths."""
    write(
        tmp_path,
        {
            "app.py": 'import x\nMODEL = "gpt-4o"\n',
            "Dockerfile": "FROM python\nENV OPENAI_MODEL=gpt-4-turbo\n",
            "cmd/main.go": 'llm.WithModel("claude-3-haiku-20240307")\n',
            "web/chat.tsx": "const model = `gpt-4o-mini`;\n",
            "deploy/values.yaml": "env:\n  MODEL: gpt-3.5-turbo\n",
            ".github/workflows/ci.yml": "env:\n  MODEL: o3-mini\n",
            "run.sh": "ask --model gpt-4.1 \\\n  --stream\n",
            "nb.ipynb": '{\n "cells": [\n  {\n   "outputs": [\n    "\\"gpt-4\\""\n   ],\n   "source": [\n    "ask(\\"gpt-5\\")"\n   ]\n  }\n ]\n}',
        },
    )
    assert places(tmp_path) == [
        "Dockerfile:2 gpt-4-turbo",
        "app.py:2 gpt-4o",
        "nb.ipynb:8 gpt-5",
        "run.sh:1 gpt-4.1",
        ".github/workflows/ci.yml:2 o3-mini",
        "cmd/main.go:1 claude-3-haiku-20240307",
        "deploy/values.yaml:2 gpt-3.5-turbo",
        "web/chat.tsx:1 gpt-4o-mini",
    ]


@pytest.mark.parametrize(
    ("entry", "role"),
    [
        ('  {{\n    label: "Choice",\n{more}    model: "{name}",\n  }},\n', "list"),
        ('  <Item\n    key="a"\n{more}    onClick={{() => pick("{name}")}}\n  />\n', "list"),
        ('    "k{n}": Info(\n{more}        model="{name}",\n    ),\n', "list"),
        ('  "label {n}": "{name}",\n', "list"),
        ('def use_{n}(text):\n{more}    return ask(\n        model="{name}",\n    )\n', "value"),
    ],
)
def test_a_picker_is_a_list_however_long_its_entries_are(tmp_path, entry, role):
    """Objects of one literal and maps of many models are one choice; as many functions are as many uses."""
    names = [f"gpt-{number}.{part}" for number in (4, 5) for part in range(6)]
    more = "    x: 1,\n" * 12
    entries = "".join(entry.format(name=name, n=n, more=more) for n, name in enumerate(names))
    write(tmp_path, {"a.ts": f"const choices = [\n{entries}];\n"})
    assert [finding.role for finding in scan_code(tmp_path, CATALOGUE)] == [role] * len(names)


@pytest.mark.parametrize(
    "path",
    [
        "node_modules/x/index.js",
        "venv/lib/x.py",
        "env2/x.py",
        "vendor/x/x.go",
        "dist/app.js",
        "tests/fixtures/x.py",
        "tests/cassettes/x.yaml",
        "testdata/x.json",
        "package-lock.json",
        "poetry.lock",
        "app.min.js",
        "README.md",
        "CHANGELOG",
        "notes.txt",
        ".env",
        ".env.example",
        "models.toml",
        "data.jsonl",
        "db/migrations/1.sql",
    ],
)
def test_what_is_not_the_applications_own_code_is_left_out(tmp_path, path):
    """Vendored, built, locked and recorded files, prose, and what the configuration itself is read from."""
    write(tmp_path, {path: 'model = "gpt-4o"\n', "env2/pyvenv.cfg": ""})
    assert places(tmp_path) == []


def test_binary_large_and_linked_files_are_left_out(tmp_path):
    """Bytes that are no text, files above 1 MB, links and devices are not read."""
    line = 'model = "gpt-4o"\n'
    outside = tmp_path / "outside"
    write(outside, {"a.py": line})
    inside = tmp_path / "inside"
    write(inside, {"binary.py": b"\0" + line.encode(), "large.py": line + " " * 1_000_000})
    (inside / "link.py").symlink_to(outside / "a.py")
    (inside / "link").symlink_to(outside)
    (inside / "circle").symlink_to(inside)
    os.mkfifo(inside / "pipe.py")
    assert places(inside) == []


def test_what_git_ignores_is_left_out_as_git_has_it(tmp_path):
    """Rules of every directory, exceptions to them, and info/exclude: the files are those that git lists."""
    line = 'm = "gpt-4o"\n'
    write(
        tmp_path,
        {
            ".gitignore": "*.gen.py\n!\n[\n!keep.gen.py\n/only-here.py\nlogs2/\ndocs/**/draft.py\n\\#odd.py\n",
            "sub/.gitignore": "local.py\n!*.gen.py\n",
            "a.gen.py": line, "keep.gen.py": line, "only-here.py": line, "sub/only-here.py": line,
            "sub/local.py": line, "local.py": line, "sub/b.gen.py": line, "logs2/x.py": line, "sub/logs2/x.py": line,
            "docs/a/b/draft.py": line, "docs/draft.py": line, "#odd.py": line, "excluded.py": line, "kept.py": line,
        },
    )  # fmt: skip
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".git/info").mkdir(exist_ok=True)
    (tmp_path / ".git/info/exclude").write_text("excluded.py\n")
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-files", "-co", "--exclude-standard", "-z"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    found = {finding.file for finding in scan_code(tmp_path, CATALOGUE)}
    assert found == {name for name in listed if name.endswith(".py")}
    below = {finding.file for finding in scan_code(tmp_path / "sub", CATALOGUE)}
    assert below == {name.removeprefix("sub/") for name in found if name.startswith("sub/")}


def test_a_directory_that_is_ignored_itself_is_searched(tmp_path):
    """Who names it means it: as with a home directory whose repository ignores all but a few files."""
    write(
        tmp_path, {".git/HEAD": "", ".gitignore": "/*\n!/kept/\n", "app/a.py": 'm = "gpt-4o"\n', "kept/a.py": ""}
    )
    write(tmp_path, {"app/sub/b.py": 'm = "gpt-4o"\n', "app/.gitignore": "c.py\n", "app/c.py": 'm = "gpt-4o"\n'})
    assert places(tmp_path) == []
    assert places(tmp_path / "app") == ["a.py:1 gpt-4o", "sub/b.py:1 gpt-4o"]
    assert places(tmp_path / "app" / "sub") == ["b.py:1 gpt-4o"]


def test_a_repository_within_is_somebody_elses(tmp_path):
    """A submodule is not searched; the directory that was named always is."""
    write(
        tmp_path,
        {"lib/.git": "gitdir: ../x", "lib/a.py": 'm = "gpt-4o"\n', ".git/HEAD": "", "b.py": 'm = "o3-mini"\n'},
    )
    assert places(tmp_path) == ["b.py:1 o3-mini"]
    assert places(tmp_path / "lib") == ["a.py:1 gpt-4o"]


def test_a_list_of_models_is_told_from_their_use(tmp_path):
    """Entries that look alike, arrays of models and constants named after them are lists; settings are not."""
    names = ["gpt-4o", "gpt-4.1", "gpt-5", "gpt-4o-mini", "o3-mini"]
    write(
        tmp_path,
        {
            "list.ts": "".join(f'  {{ id: "{name}" }},\n' for name in names),
            "line.ts": "const models = ['gpt-4o', 'gpt-4.1'];\n",
            "constants.go": 'GPT4o = "gpt-4o"\nGPT41 = "gpt-4.1"\nGPT5 = "gpt-5"\n',
            "ids.ts": "".join(f'{{\n  id: "{name}",\n' + "  x: 1,\n" * 20 + "},\n" for name in names[:3]),
            "results.yml": "".join(f"- dirname: 1--{name}\n  model: {name}\n" + "  x: 1\n" * 20 for name in names),
            "values.kt": "".join(
                f'val {re.sub(r"[.-]", "_", name.upper())} = of("{name}")\n' for name in names[:3]
            ),
            "pairs.go": "".join(f'x("{one}"), x("{two}"),\n' for one, two in pairwise(names)),
            "names.ts": 'const aliases = {\n  "gpt-4": "gpt-4-turbo",\n};\n',
            "settings.py": "".join(f'model_{index} = "{name}"\n' for index, name in enumerate(names)),
        },
    )
    roles = {(finding.file, finding.role) for finding in scan_code(tmp_path, CATALOGUE)}
    lists = {(file, "list") for file in ("list.ts", "line.ts", "constants.go", "ids.ts")}
    lists |= {(file, "list") for file in ("results.yml", "values.kt", "pairs.go", "names.ts")}
    lists |= {("names.ts", "key")}
    assert roles == {*lists, ("settings.py", "value")}


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "test_a.py",
        "a_test.go",
        "src/__tests__/a.ts",
        "a.spec.ts",
        "a.vitest.ts",
        "src/test-utils/a.ts",
        "ATest.java",
    ],
)
def test_tests_are_marked(tmp_path, path):
    """A finding says whether it is in one of the application's tests."""
    write(tmp_path, {path: 'm = "gpt-4o"\n'})
    assert [finding.in_tests for finding in scan_code(tmp_path, CATALOGUE)] == [True]


def test_what_is_shown_of_a_line_is_short_and_holds_no_key(tmp_path):
    """At most 200 characters around the name, with keys hidden, also one that would be cut in two."""
    key = "sk-ant-" + "a1b2c3d4" * 5
    write(tmp_path, {"a.py": f'k = "{key}"; m = "gpt-4o"; own = "hush-hush-1"{" " * 20}{"x" * 400}\n'})
    (finding,) = scan_code(tmp_path, CATALOGUE, redact=Redactor(["hush-hush-1"], shapes=True))
    assert len(finding.text) <= 200
    assert '"gpt-4o"' in finding.text
    assert "a1b2" not in finding.text
    assert "hush" not in finding.text


def test_directories_that_may_not_be_read_are_left_out(tmp_path):
    """What cannot be listed or read does not stop the search."""
    write(tmp_path, {"a.py": 'm = "gpt-4o"\n', "b.py": 'm = "gpt-4o"\n', "shut/c.py": 'm = "gpt-4o"\n'})
    (tmp_path / "shut").rename(tmp_path / "gone")
    (tmp_path / "shut").symlink_to(tmp_path / "nowhere")
    assert places(tmp_path) == ["a.py:1 gpt-4o", "b.py:1 gpt-4o", "gone/c.py:1 gpt-4o"]
