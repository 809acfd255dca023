"""Pictures of single faces, cut out of their photos on a thread."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRect, QRectF, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

Box = tuple[float, float, float, float]

SIDE_PX = 96
_DECODED_PX = 1024
_MARGIN = 0.25  # of the box, on each side
_KEPT = 400


class FaceCrops(QObject):
    """Square pictures by photo and box."""

    ready = Signal(object, object)
    """The photo and the box whose picture is there."""

    _made = Signal(object, object, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[tuple[Path, Box], QImage] = OrderedDict()
        self._asked: set[tuple[Path, Box]] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._made.connect(self._take)

    def of(self, photo: Path, box: Box) -> QImage | None:
        """The picture if it is there; else it is made, and `ready` said. Null: it cannot be."""
        key = (photo, box)
        found = self._kept.get(key)
        if found is None and key not in self._asked:
            self._asked.add(key)
            self._pool.start(_Cut(self._made.emit, photo, box))
        return found

    def close(self) -> None:
        """Nothing is made any more."""
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, photo: Path, box: Box, picture: QImage) -> None:
        self._asked.discard((photo, box))
        self._kept[photo, box] = picture
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(photo, box)


class _Cut(QRunnable):
    def __init__(self, say: Callable[[Path, Box, QImage], None], photo: Path, box: Box) -> None:
        super().__init__()
        self._say, self._photo, self._box = say, photo, box

    def run(self) -> None:
        self._say(self._photo, self._box, cut(self._photo, self._box))


def cut(photo: Path, box: Box) -> QImage:
    """The face in a box of the upright photo, in its pixels; null for what Qt does not read."""
    reader = QImageReader(str(photo))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid():
        return QImage()
    small = size
    if max(size.width(), size.height()) > _DECODED_PX:
        small = size.scaled(_DECODED_PX, _DECODED_PX, Qt.AspectRatioMode.KeepAspectRatio)
    reader.setScaledSize(small)
    factor = small.width() / size.width()
    picture = reader.read()
    if picture.isNull():
        return QImage()
    place = _square(box, factor, picture.size())
    return picture.copy(place).scaled(
        SIDE_PX,
        SIDE_PX,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _square(box: Box, factor: float, size: QSize) -> QRect:
    """The box with a margin, as a square as far as the picture reaches."""
    x, y, width, height = (value * factor for value in box)
    side = max(width, height) * (1 + 2 * _MARGIN)
    square = QRectF(x + width / 2 - side / 2, y + height / 2 - side / 2, side, side).toRect()
    return square.intersected(QRect(0, 0, size.width(), size.height()))
