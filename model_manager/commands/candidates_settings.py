"""Where a setting comes into the words: MODEL_MANAGER_MODELS_FILE in the environment or in a .env file."""

import os

from model_manager.commands.candidates import Project
from model_manager.config.workspace import open_workspace
from model_manager.errors import ModelManagerError


def find_models_file(project: Project) -> None:
    """Fill in the catalogue that a setting names; one that cannot be read is none."""
    if project.models_file is not None:
        return
    try:
        workspace = open_workspace(project.directory, environ=os.environ, env_files=project.env_files)
    except ModelManagerError:
        return
    project.models_file = workspace.settings.models_file
