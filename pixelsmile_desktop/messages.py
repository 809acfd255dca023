"""What the window has to tell: one sentence, and details for whoever wants them."""

import logging
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.protocol import Failed

_log = logging.getLogger(__name__)

Weight = Literal["quiet", "news", "trouble"]


@dataclass(frozen=True)
class Message:
    """A sentence; `quiet` goes to the status line alone, `trouble` stays until it is closed."""

    text: str
    weight: Weight = "news"
    details: str = ""


class Messages(QObject):
    """The messages of this session."""

    said = Signal(object)
    """With the `Message`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history: deque[Message] = deque(maxlen=500)

    def say(self, text: str, weight: Weight = "news", details: str = "") -> None:
        """Tell the user something."""
        message = Message(text, weight, details)
        self.history.append(message)
        log = _log.warning if weight == "trouble" else _log.info
        log("%s%s", text, f"\n{details}" if details else "")
        self.said.emit(message)

    def failed(self, photo: Path, failed: Failed) -> None:
        """Tell of a photo that could not be done: its name, the reason, the remedy."""
        text = f"{photo.name}: {failed.reason}"
        if failed.remedy:
            text += f"; {failed.remedy}"
        self.say(text, "trouble", f"{photo}\n{failed.code}\n{failed.details}".strip())
