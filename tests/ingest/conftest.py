"""Fixtures of the tests of ingest."""

import pytest

from .desk import Desk, new_desk


@pytest.fixture
def desk(tmp_path) -> Desk:
    return new_desk(tmp_path)
