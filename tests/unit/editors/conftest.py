"""The two sample portraits."""

import pytest

from tests.helpers.portraits import Portrait, portrait


@pytest.fixture(scope="session")
def grace() -> Portrait:
    """Neutral, behind glasses."""
    return portrait("grace_hopper.jpg")


@pytest.fixture(scope="session")
def eileen() -> Portrait:
    """Smiling, enlarged for its face is small."""
    return portrait("eileen_collins.png", 2.0)
