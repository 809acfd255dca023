"""Which editor does the work."""

from functools import cache
from typing import TYPE_CHECKING

from engine.recipes import EditorName
from engine.render.errors import RenderError

if TYPE_CHECKING:
    from engine.editors.base import Editor


def choose_editor(name: EditorName) -> "Editor":
    """The editor of that name; `auto` is the best that can run here.

    Raises `RenderError` (`editor_unavailable`).
    """
    if name == "pixelsmile":
        raise RenderError(
            "editor_unavailable",
            "the editor pixelsmile is not part of this installation yet",
            "use the editor instant",
        )
    return _instant()


@cache
def _instant() -> "Editor":
    from engine.editors.instant import InstantEditor

    return InstantEditor()
