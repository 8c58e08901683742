"""For the tests of applications: a service whose answers are given beforehand, and which needs no network.

With pytest, the fixture `fake_service` makes them; see `model_manager.pytest_plugin`.
"""

from model_manager.testing.answers import FakeAnswer, FakeCall
from model_manager.testing.fake_service import FakeService

__all__ = ["FakeAnswer", "FakeCall", "FakeService"]
