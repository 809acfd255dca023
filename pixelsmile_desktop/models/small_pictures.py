"""Small versions of picture files, read on a thread."""

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

_KEPT = 200


class SmallPictures(QObject):
    """Pictures by path, all of one height."""

    ready = Signal(str)
    """The path whose picture is there."""

    _made = Signal(str, QImage)

    def __init__(self, height_px: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.height_px = height_px
        self._kept: OrderedDict[str, QImage] = OrderedDict()
        self._asked: set[str] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._made.connect(self._take)

    def of(self, path: str) -> QImage | None:
        """The picture if it is there; else it is read, and `ready` said. Null: it cannot be."""
        found = self._kept.get(path)
        if found is None and path not in self._asked:
            self._asked.add(path)
            self._pool.start(_Read(self._made.emit, path, self.height_px))
        return found

    def close(self) -> None:
        """Nothing is read any more."""
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, path: str, picture: QImage) -> None:
        self._asked.discard(path)
        self._kept[path] = picture
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(path)


class _Read(QRunnable):
    def __init__(self, say: Callable[[str, QImage], None], path: str, height_px: int) -> None:
        super().__init__()
        self._say, self._path, self._height_px = say, path, height_px

    def run(self) -> None:
        reader = QImageReader(self._path)
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid() and size.height() > self._height_px:
            width = round(size.width() * self._height_px / size.height())
            reader.setScaledSize(QSize(max(1, width), self._height_px))
        picture = reader.read()
        if picture.height() > self._height_px:  # turned, or of a format that does not scale
            mode = Qt.TransformationMode.SmoothTransformation
            picture = picture.scaledToHeight(self._height_px, mode)
        self._say(self._path, picture)
