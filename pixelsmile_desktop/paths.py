"""Where the window keeps what is its own: settings, caches, logs. Nothing beside users' photos."""

import contextlib
import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path

OUTPUT_FOLDER = "PixelSmile"
"""Below a photo's folder: where pictures go unless the user says otherwise."""


def settings_file() -> Path:
    """Preferences and the window's layout."""
    return user_config_path("pixelsmile", appauthor=False) / "desktop.json"


def cache_folder() -> Path:
    """What can be made again."""
    return user_cache_path("pixelsmile", appauthor=False)


def fine_tunes_folder() -> Path:
    """A folder for each fine-tune that was begun here: its configuration and what it has made."""
    return user_data_path("pixelsmile", appauthor=False) / "fine-tunes"


def looks_folder() -> Path:
    """LoRAs of one's own that were installed for the editor."""
    return user_data_path("pixelsmile", appauthor=False) / "looks"


def log_file() -> Path:
    """The window's own log."""
    return user_log_path("pixelsmile", appauthor=False) / "desktop.log"


def worker_log() -> Path:
    """What workers say on stderr."""
    return user_log_path("pixelsmile", appauthor=False) / "worker.log"


def sweep_buffers() -> None:
    """Remove buffers whose process is gone: one that was killed could not do it itself."""
    for path in buffer_folder().glob("pixelsmile-*-*.rgb"):
        number = path.name.split("-")[1]
        if number.isdigit() and not _is_running(int(number)):
            with contextlib.suppress(OSError):
                path.unlink()


def _is_running(process: int) -> bool:
    return not Path("/proc").is_dir() or Path(f"/proc/{process}").exists()


def buffer_folder() -> Path:
    """For pictures that pass between processes: in memory where the system has such a place."""
    for name in ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR", "")):
        if name and os.path.isdir(name) and os.access(name, os.W_OK):
            return Path(name)
    return Path(tempfile.gettempdir())
