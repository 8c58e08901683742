"""What the server makes of files that are being saved."""

from pathlib import Path

import pytest
from serving import CATALOGUE

from model_manager.errors import CatalogueError
from model_manager.server import workspace_cache as module
from model_manager.server.workspace_cache import Place, WorkspaceCache

TEXT = CATALOGUE.format(url="http://127.0.0.1:9")


@pytest.fixture
def desk(work: Path) -> WorkspaceCache:
    """A desk at a project whose catalogue and .env have been there."""
    (work / "models.toml").write_text(TEXT)
    (work / ".env").write_text("AI_CHAT_MODEL=lab/beta\n")
    return WorkspaceCache(Place(directory=work))


@pytest.mark.parametrize("save", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["gone", "empty"])
def test_a_catalogue_that_is_being_saved_still_holds(
    desk: WorkspaceCache, work: Path, save, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the catalogue is gone or empty for a moment nothing else takes its place; if it stays so, that counts."""
    monkeypatch.setattr(module, "_SAVING_S", 60)
    save(work / "models.toml")
    assert "alpha" in desk.workspace().catalogue.models
    (work / "models.toml").write_text(TEXT.replace("[models.alpha]", "[models.gamma]\n[models.alpha]", 1))
    with pytest.raises(CatalogueError, match=r"models\.toml"):
        desk.workspace()
    (work / "models.toml").write_text(TEXT)
    assert "alpha" in desk.workspace().catalogue.models
    save(work / "models.toml")
    monkeypatch.setattr(module, "_SAVING_S", 0)
    assert "alpha" not in desk.workspace().catalogue.models


def test_an_emptied_env_file_counts_at_once(
    desk: WorkspaceCache, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server itself may have taken the last line out."""
    monkeypatch.setattr(module, "_SAVING_S", 60)
    (work / ".env").write_bytes(b"")
    assert not next(file for file in desk.workspace().env_files if file.path.name == ".env").bindings
