"""Messages over the screen: news fades, trouble stays until it is closed; none takes the focus."""

from collections.abc import Callable

from PySide6.QtCore import QPropertyAnimation, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.messages import Message, Messages

NEWS_MS = 6_000
"""How long news is shown."""

_FADE_MS = 400


class MessageBar(QWidget):
    """Shows what `Messages` says: one line of news, and under it the trouble, the oldest first."""

    quiet = Signal(str)
    """A line for the status bar; every message goes there, too."""

    def __init__(
        self, messages: Messages, parent: QWidget | None = None, news_ms: int = NEWS_MS
    ) -> None:
        super().__init__(parent)
        self._troubles: list[Message] = []
        self._news = _Line(self.tr("News"))
        self._trouble = _Line(self.tr("Trouble"))
        self._copy = self._trouble.add_button(self.tr("Copy details"), self._copy_details)
        self._more = self._trouble.add_button("", self._show_next)
        self._close = self._trouble.add_button(self.tr("Close"), self._close_trouble)
        self._close_all = self._trouble.add_button(self.tr("Close all"), self._close_troubles)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for line in (self._news, self._trouble):
            rows.addWidget(line)
            line.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._until = QTimer(self, singleShot=True, interval=news_ms)
        self._until.timeout.connect(self._fade)
        self._effect = QGraphicsOpacityEffect(self._news)
        self._effect.setEnabled(False)
        self._news.setGraphicsEffect(self._effect)
        self._fading = QPropertyAnimation(self._effect, b"opacity", self)
        self._fading.setDuration(_FADE_MS)
        self._fading.setStartValue(1.0)
        self._fading.setEndValue(0.0)
        self._fading.finished.connect(self._hide_news)
        messages.said.connect(self.show_message)

    def show_message(self, message: Message) -> None:
        """Show it where it belongs, and have it read out."""
        self.quiet.emit(message.text)
        if message.weight == "quiet":
            return
        if message.weight == "news":
            self._show_news(message.text)
        else:
            # The same again says nothing new, but its details may.
            self._troubles = [one for one in self._troubles if one.text != message.text]
            self._troubles.append(message)
            self._show_trouble()
        self._announce(message)

    # ---- news -----------------------------------------------------------------------------------

    def _show_news(self, text: str) -> None:
        self._fading.stop()
        self._effect.setEnabled(False)
        self._news.show_text(text)
        self._news.show()
        self._until.start()

    def _fade(self) -> None:
        self._effect.setEnabled(True)  # only while it fades: it costs a pixmap a repaint
        self._fading.start()

    def _hide_news(self) -> None:
        self._effect.setEnabled(False)
        self._news.hide()

    # ---- trouble --------------------------------------------------------------------------------

    def _show_trouble(self) -> None:
        self._trouble.setVisible(bool(self._troubles))
        if not self._troubles:
            return
        self._trouble.show_text(f"⚠ {self._troubles[0].text}")
        self._copy.setVisible(bool(self._troubles[0].details))
        more = len(self._troubles) - 1
        for button in (self._more, self._close_all):
            button.setVisible(more > 0)
        text = self.tr("{number} more").format(number=more)
        self._more.setText(text)
        self._more.setAccessibleName(text)

    def _show_next(self) -> None:
        self._troubles.append(self._troubles.pop(0))
        self._show_trouble()

    def _close_trouble(self) -> None:
        del self._troubles[:1]
        self._show_trouble()

    def _close_troubles(self) -> None:
        self._troubles.clear()
        self._show_trouble()

    def _copy_details(self) -> None:
        shown = self._troubles[0]
        QGuiApplication.clipboard().setText(f"{shown.text}\n{shown.details}")

    def _announce(self, message: Message) -> None:
        if not QAccessible.isActive():
            return
        event = QAccessibleAnnouncementEvent(self, message.text)
        if message.weight == "trouble":
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)


class _Line(QFrame):
    """A sentence and the buttons after it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Button)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(name)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._label, 1)

    def add_button(self, text: str, do: Callable[[], None]) -> QToolButton:
        """A button that is reached by Tab and never takes the focus by itself."""
        button = QToolButton()
        button.setText(text)
        button.setAccessibleName(text)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _: do())
        self._row.addWidget(button)
        return button

    def show_text(self, text: str) -> None:
        """Show a sentence."""
        self._label.setText(text)
        self.setAccessibleDescription(text)
