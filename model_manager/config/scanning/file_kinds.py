"""Which files of an application are its own code and configuration, and how each is read."""

import re
import tomllib
from functools import cache
from pathlib import Path

from model_manager.core.mentions.finder import Style

_TEST_FILE = re.compile(
    r"test_.*|conftest\.py|.*[_-]tests?\.\w+|.*\.(?:test|tests|vitest|spec|cy|e2e|stories)\.\w+"
    r"|.*(?:Tests?|Spec)\.(?:java|kt|cs|swift|scala)"
)
#: Locks, changelogs, and what the project itself reads as its configuration.
_SKIPPED_NAMES = re.compile(
    r"package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.ya?ml|go\.(?:sum|mod)|models\.toml|\.env(?:\..*)?|.*\.env"
    r"|(?:changelog|changes|history|license|licence|notice|authors|contributors|copying|readme)(?:\..*)?"
    r"|\.gitignore|\.dockerignore|.*[.-]min\.(?:js|css|mjs)",
    re.IGNORECASE,
)
_CONFIG_NAMES = re.compile(
    r"(?:dockerfile|containerfile|makefile|justfile|procfile|jenkinsfile)(?:\..*)?", re.IGNORECASE
)


@cache
def words(key: str) -> frozenset[str]:
    """The names of files or directories, or the suffixes, of one entry of the file beside this module."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return frozenset(str(data[key]).split())


def style_of(name: str) -> Style | None:
    """How a file of this name is read; None: it is not."""
    if _SKIPPED_NAMES.fullmatch(name):
        return None
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix in words("skipped_suffixes"):
        return None
    if suffix in words("config_suffixes") or _CONFIG_NAMES.fullmatch(name):
        return "config"
    return "script" if suffix in words("script_suffixes") else "code"


def is_env_file(name: str) -> bool:
    """Whether a file of this name holds variables as .env does; direnv's .envrc is a shell's script."""
    return name == ".env" or name.startswith(".env.")


def is_skipped_directory(name: str) -> bool:
    """Whether a directory of this name holds what is not the application's own."""
    return name in words("skipped_directories")


def is_test_directory(name: str) -> bool:
    """Whether a directory of this name holds tests."""
    return name in words("test_directories")


def is_test_file(name: str) -> bool:
    """Whether a file of this name is a test."""
    return bool(_TEST_FILE.fullmatch(name))
