"""Where a provider's own list of models is asked for, by every command that asks for it."""

from model_manager.config.workspace import Workspace
from model_manager.core.endpoints import Endpoint
from model_manager.core.models import Provider


def list_endpoint(workspace: Workspace, provider: Provider) -> Endpoint | None:
    """The endpoint of a provider, without headers that are a single model's; None: it has no models.

    Raises:
        SettingsError: the base URL in force is not trusted with the key.
    """
    models = (model for model in workspace.catalogue.models.values() if model.provider == provider.id)
    plain = min(models, key=lambda model: bool(model.parameters.get("headers")), default=None)
    return workspace.endpoint(plain) if plain else None
