"""The comparison of `update`: a layer that would break the catalogue is not written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from model_manager.commands.update_comparison import check_loads
from model_manager.config.catalogue.update.layer import FetchedLayer
from model_manager.errors import ModelManagerError

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"price": {"cache_read": Decimal(1)}}, "a price needs at least one"),
        ({"capabilities": ["chat", "audio"]}, "audio also in capabilities"),
        ({"base_url": "https://elsewhere.example"}, "unknown key"),
    ],
)
def test_a_layer_that_would_break_the_catalogue_is_refused(clean_machine, table, words):
    """What no catalogue may have is an error before anything is written, with the model and the key."""
    layer = FetchedLayer(NOW, models={"gpt-4o-mini": {"checked": NOW.date(), **table}})
    with pytest.raises(ModelManagerError, match=rf"nothing was written.*models\.gpt-4o-mini.*{words}"):
        check_loads({"HOME": str(clean_machine)}, layer)


def test_a_sound_layer_passes(clean_machine):
    """A price that a catalogue may have is no error."""
    check_loads(
        {"HOME": str(clean_machine)},
        FetchedLayer(NOW, models={"gpt-4o-mini": {"checked": NOW.date(), "price": {"input": Decimal(1)}}}),
    )
