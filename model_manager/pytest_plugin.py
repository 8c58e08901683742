"""The fixture `fake_service`, for the tests of applications: pytest loads this module by its entry point."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from model_manager.testing import FakeService


@pytest.fixture
def fake_service() -> "Iterator[Callable[..., FakeService]]":
    """Makes a `FakeService` of its arguments, any number of them, and closes them after the test."""
    from model_manager.testing import FakeService

    with ExitStack() as opened:

        def made(answers: Any = (), **options: Any) -> FakeService:
            return opened.enter_context(FakeService(answers, **options))

        yield made
