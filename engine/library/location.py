"""Where the library lies."""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path


def library_path(environment: Mapping[str, str] = os.environ) -> Path:
    """The file that PIXELSMILE_LIBRARY names, or one in the user's own data folder."""
    if named := environment.get("PIXELSMILE_LIBRARY"):
        return Path(named).expanduser().absolute()
    return user_data_path("pixelsmile", appauthor=False) / "library.sqlite"
