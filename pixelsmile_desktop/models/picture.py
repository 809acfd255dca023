"""The picture of the photo that is worked on: plain at once, then as it is edited, live."""

from collections import OrderedDict
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage

from engine.library import VersionKey
from engine.protocol import Failed
from engine.recipes import Intensities, PhotoEdit, still
from pixelsmile_desktop.engine_link.preview import PreviewFeed, Wish
from pixelsmile_desktop.engine_link.worker import WorkerLink
from pixelsmile_desktop.messages import Messages
from pixelsmile_desktop.models.faces import Faces
from pixelsmile_desktop.models.session import Session

PLAIN = PhotoEdit(())
"""Asks for nothing, so that nobody looks for faces: the photo as it is."""

SIZES_PX = (1024, 1536, 2048)
"""Longer sides that are asked for while a slider moves."""

NEAR_SIZES_PX = (3072, 4096)
"""When the photo is looked at from near and nothing moves. There are no parts of a preview."""

_IDLE_MS = 350
_KEPT_BYTES = 64 * 1024 * 1024  # of plain pictures, to step back and forth
_READY = PhotoEdit((still(Intensities({"happy": 0.001})),), "instant")
"""What nobody can see; asked for so that the faces are prepared when the first slider moves."""


class Picture(QObject):
    """Before and after of the session's current version on the frame at the playhead."""

    opened = Signal(object)
    """Another version is current: its key, or None. There may be no picture yet."""

    before_changed = Signal()
    after_changed = Signal()

    broken = Signal(str)
    """The photo cannot be shown: a sentence."""

    timed = Signal(float)
    """Seconds from a slider's move to its picture."""

    wish_shown = Signal(object)
    """With the `Wish` whose picture is the newest now."""

    def __init__(
        self,
        session: Session,
        faces: Faces,
        worker: WorkerLink,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._faces = faces
        self._messages = messages
        self._feed = PreviewFeed(worker, self)
        self._feed.measured.connect(self._measure)
        self._feed.shown.connect(self._take)
        self._feed.failed.connect(self._fail)
        self._ahead = PreviewFeed(worker, self, background=True)
        self._plain: OrderedDict[Path, QImage] = OrderedDict()
        self._sizes: dict[Path, QSize] = {}
        self._told: set[tuple[Path, str]] = set()
        self._needed_px = SIZES_PX[-1]
        self._is_active = False
        self._asked: Wish | None = None
        self._exact: Wish | None = None
        self._is_held = False
        self._after: QImage | None = None
        self._idle = QTimer(self, singleShot=True, interval=_IDLE_MS)
        self._idle.timeout.connect(self._refine)
        session.current_changed.connect(lambda _: self._open())
        session.frame_changed.connect(lambda _: self._ask())
        session.opened.connect(self._forget)
        session.project.changed.connect(self._versions_changed)

    # ---- what is there --------------------------------------------------------------------------

    @property
    def before(self) -> QImage | None:
        """The untouched photo."""
        key = self._session.current
        return None if key is None else self._plain.get(key.photo)

    @property
    def after(self) -> QImage | None:
        """The edited photo; None when it is the untouched one or has not come yet."""
        return self._after

    @property
    def size(self) -> QSize:
        """Of the whole photo in its own pixels; empty while it is not known."""
        key = self._session.current
        return self._sizes.get(key.photo, QSize()) if key is not None else QSize()

    def need(self, longest_px: int) -> None:
        """Say how fine the screen shows the photo: the longer side of the whole, in pixels."""
        if longest_px != self._needed_px:
            self._needed_px = longest_px
            self._idle.start()

    def set_active(self, is_active: bool) -> None:
        """Nobody looks, or somebody does: nothing is asked for that is not seen."""
        if is_active != self._is_active:
            self._is_active = is_active
            if is_active:
                self._open()

    def show_frame(self, picture: QImage) -> None:
        """Show a prepared picture of the playhead's frame, unless the exact one is there."""
        key = self._session.current
        if key is None or not self._is_active:
            return
        # Who hears of a new frame first is not known: `_asked` may still be of the one before.
        edit, exact = self._edit(key), self._exact
        is_exact = edit == PLAIN or (
            exact is not None
            and self._after is not None
            and (exact.photo, exact.edit, exact.frame) == (key.photo, edit, self._session.frame)
        )
        if self._is_held or not is_exact:
            self._set_after(picture)

    def set_held(self, is_held: bool) -> None:
        """Show prepared pictures alone: a strip is played, or its neighbours shine through."""
        if is_held != self._is_held:
            self._is_held = is_held
            self._feed.clear()
            self._asked = None
            self._ask()

    # ---- wishes ---------------------------------------------------------------------------------

    def _open(self) -> None:
        key = self._session.current
        self._after, self._asked = None, None
        self._feed.clear()
        self._ahead.clear()
        self.opened.emit(key)
        if key is None or not self._is_active:
            return
        if self.before is None:
            self._wish(PLAIN, self._live_px())
        else:
            self._follow(key)

    def _follow(self, key: VersionKey) -> None:
        """The plain picture is there: what comes after it."""
        self._ask()
        self._faces.find([key.photo], background=False)
        if self._asked is None or self._asked.edit == PLAIN:
            # Finding and preparing faces takes a third of a second; the first drag need not wait.
            self._ahead.show(Wish(key.photo, _READY, longest_px=self._live_px()))
        self._idle.start()

    def _ask(self) -> None:
        """Ask for what the sliders say, unless it is the plain picture."""
        key = self._session.current
        if key is None or not self._is_active or self._is_held or self.before is None:
            return
        edit = self._edit(key)
        if edit == PLAIN:
            self._feed.clear()
            self._asked = None
            self._set_after(None)
        else:
            self._wish(edit, self._live_px())
        self._idle.start()

    def _wish(self, edit: PhotoEdit, longest_px: int) -> None:
        key = self._session.current
        assert key is not None
        frame = self._session.frame if edit != PLAIN else 0.0
        wish = Wish(key.photo, edit, frame, longest_px)
        if wish != self._asked:
            self._asked = wish
            self._feed.show(wish)

    def _edit(self, key: VersionKey) -> PhotoEdit:
        """What is shown live: by the instant editor, whichever is to make the picture."""
        edit = self._session.project.version(key).edit
        frame = self._session.frame
        if all(one.at(frame).is_zero for one in edit.faces):
            return PLAIN
        return msgspec.structs.replace(edit, editor="instant", seed=PLAIN.seed)

    def _live_px(self) -> int:
        return _step(SIZES_PX, min(self._needed_px, self._longest()))

    def _longest(self) -> int:
        size = self.size
        return max(size.width(), size.height()) if not size.isEmpty() else SIZES_PX[-1]

    def _refine(self) -> None:
        """Nothing has moved for a moment: as fine as the screen shows it."""
        key = self._session.current
        if key is None or not self._is_active or self._is_held or self.before is None:
            return
        needed = min(self._needed_px, self._longest())
        longest_px = _step((*SIZES_PX, *NEAR_SIZES_PX), needed)
        before = self.before
        if max(before.width(), before.height()) < min(longest_px, self._longest()):
            self._wish(PLAIN, longest_px)
        elif (edit := self._edit(key)) != PLAIN:
            self._wish(edit, longest_px)

    # ---- answers --------------------------------------------------------------------------------

    def _measure(self, wish: Wish, size: QSize) -> None:
        self._sizes[wish.photo] = size

    def _take(self, wish: Wish, picture: QImage, seconds: float) -> None:
        if wish.edit == PLAIN:
            self._keep(wish.photo, picture)
        key = self._session.current
        if key is None or key.photo != wish.photo:
            return
        if wish.edit == PLAIN:
            self.before_changed.emit()
            if self._after is None:
                self._follow(key)
            else:
                self._idle.start()
        elif not self._is_held and self._edit(key) != PLAIN:
            self._exact = wish
            self.wish_shown.emit(wish)
            if wish.longest_px <= SIZES_PX[-1]:
                self.timed.emit(seconds)
            self._set_after(picture)

    def _fail(self, wish: Wish, failed: Failed) -> None:
        if (wish.photo, failed.code) not in self._told:
            self._told.add((wish.photo, failed.code))
            self._messages.failed(wish.photo, failed)
        key = self._session.current
        if key is None or key.photo != wish.photo:
            return
        if wish.edit == PLAIN:
            remedy = f"; {failed.remedy}" if failed.remedy else ""
            self.broken.emit(f"{wish.photo.name}: {failed.reason}{remedy}.")
        else:
            self._set_after(None)

    def _set_after(self, picture: QImage | None) -> None:
        self._after = picture
        self.after_changed.emit()

    def _keep(self, photo: Path, picture: QImage) -> None:
        self._plain[photo] = picture
        self._plain.move_to_end(photo)
        while len(self._plain) > 1 and self._bytes() > _KEPT_BYTES:
            self._plain.popitem(last=False)

    def _bytes(self) -> int:
        return sum(picture.sizeInBytes() for picture in self._plain.values())

    def _versions_changed(self, keys: frozenset[VersionKey]) -> None:
        if self._session.current in keys:
            self._ask()

    def _forget(self) -> None:
        self._told.clear()
        self._plain.clear()
        self._sizes.clear()


def _step(sizes: tuple[int, ...], needed: int) -> int:
    """The smallest of these sizes that is enough, or the largest."""
    return next((one for one in sizes if one >= needed), sizes[-1])
