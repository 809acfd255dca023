"""The Train screen's place: what teaching PixelSmile a look of one's own takes."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from pixelsmile_desktop.context import Context

_METHOD = "https://arxiv.org/abs/2603.25728"


class TrainView(QScrollArea):
    """A page to read; there is nothing to press until training is here."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Train"))
        page = QWidget()
        text = QLabel(self._text())
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setOpenExternalLinks(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        text.setMaximumWidth(self.fontMetrics().averageCharWidth() * 90)
        text.setAccessibleName(self.tr("What training takes"))
        rows = QVBoxLayout(page)
        rows.addWidget(text)
        rows.addStretch(1)
        self.setWidget(page)

    def _text(self) -> str:
        parts = (
            (
                self.tr("Train a look of your own"),
                self.tr(
                    "Training teaches the PixelSmile editor expressions as your photos show them. "
                    "It is not part of this release. This is what it will take."
                ),
            ),
            (
                self.tr("Consent"),
                self.tr(
                    "Everybody on the photos has to agree to training with them, and you need the "
                    "right to use the photos so. A note of both is kept with the result."
                ),
            ),
            (
                self.tr("Photos"),
                self.tr(
                    "Of each person one neutral photo and two or more that show an expression, "
                    "with a note of how strongly: some hundred people for a look that serves "
                    "strangers, fewer for a single person."
                ),
            ),
            (
                self.tr("A machine"),
                self.tr(
                    "A Linux machine with one or more large GPUs (80 GB each), reached by SSH: "
                    "your own, your institute's or a rented one. Photos are sent there and "
                    "nowhere else."
                ),
            ),
            (
                self.tr("Time and cost"),
                self.tr(
                    "On the fastest GPUs about half a second for each pair of photos and pass; a "
                    "hundred passes over 2,000 pairs take more than a day on one of them. What a "
                    "rented machine costs is told before anything begins."
                ),
            ),
            (
                self.tr("More"),
                self.tr("The method is described by its authors: {link}").format(
                    link=f'<a href="{_METHOD}">PixelSmile</a>'
                ),
            ),
        )
        (title, opening), *others = parts
        sections = "".join(f"<h3>{head}</h3><p>{text}</p>" for head, text in others)
        return f"<h2>{title}</h2><p>{opening}</p>{sections}"
