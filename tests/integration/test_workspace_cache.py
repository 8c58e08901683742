"""The files that a server shares among its requests: read when they change, shown only while they are valid."""

import json
from pathlib import Path

import pytest
from serving import CATALOGUE

from model_manager.config.reload import WorkspaceSource
from model_manager.errors import CatalogueError
from model_manager.server.workspace_cache import WorkspaceCache

TEXT = CATALOGUE.format(url="http://127.0.0.1:9")


@pytest.fixture
def cache(work: Path) -> WorkspaceCache:
    """The cache of a project with a catalogue and a .env."""
    (work / "models.toml").write_text(TEXT)
    (work / ".env").write_text("AI_CHAT_MODEL=lab/beta\n")
    return WorkspaceCache(WorkspaceSource(directory=work))


def names(cache: WorkspaceCache) -> list[str]:
    """The names of all models, by a document that is made once between two changes."""
    found = cache.document("names", lambda workspace, _: {"names": list(workspace.catalogue.models)}).body
    return list(json.loads(found)["names"])


def test_an_invalid_catalogue_is_an_error_until_it_is_mended(cache, work):
    """Nothing that was read before is shown as if it still held, not even a document that is remembered."""
    assert "alpha" in names(cache)
    (work / "models.toml").write_text(TEXT.replace("[models.alpha]", "[models.alpha", 1))
    for _ in range(2):
        with pytest.raises(CatalogueError, match=r"models\.toml"):
            cache.workspace()
        with pytest.raises(CatalogueError, match=r"models\.toml"):
            names(cache)
    (work / "models.toml").write_text(TEXT + '[models.gamma]\nprovider = "local"\n')
    assert "gamma" in names(cache)


@pytest.mark.parametrize("save", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["gone", "empty"])
def test_a_catalogue_that_is_gone_or_empty_counts_at_once(cache, work, save):
    """The files are shown as they are now, and again as they are when the catalogue is back."""
    save(work / "models.toml")
    assert "alpha" not in names(cache)
    (work / "models.toml").write_text(TEXT)
    assert "alpha" in names(cache)


def test_an_emptied_env_file_counts_at_once(cache, work):
    """The server itself may have taken the last line out."""
    (work / ".env").write_bytes(b"")
    assert not next(file for file in cache.workspace().env_files if file.path.name == ".env").bindings


def test_keys_of_the_present_files_are_hidden(cache, work):
    """A key that has just been set is in no document, whatever was known to hide before."""
    (work / ".env").write_text("SOME_API_KEY=kq7-wWx4TzR9uVbN2mLp8s\n")
    found = cache.document("key", lambda workspace, _: {"key": workspace.lookup("SOME_API_KEY").value}).body
    assert b"kq7-wWx4" not in found
    assert b"kq7-wWx4" not in cache.as_json({"key": "kq7-wWx4TzR9uVbN2mLp8s"})
