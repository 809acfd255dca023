"""PixelSmile on Qwen-Image-Edit-2511: the generative editor.

The editor imports torch when it is first asked for; the table of precisions and the errors do not.
"""

from typing import TYPE_CHECKING, Any

from engine.editors.pixelsmile.errors import PixelSmileError
from engine.editors.pixelsmile.precision import GB, PRECISIONS, Machine, Plan, Precision, plan

if TYPE_CHECKING:
    from engine.editors.pixelsmile.editor import PixelSmileEditor, edit_whole

__all__ = [
    "GB",
    "PRECISIONS",
    "Machine",
    "PixelSmileEditor",
    "PixelSmileError",
    "Plan",
    "Precision",
    "edit_whole",
    "plan",
]


def __getattr__(name: str) -> Any:
    if name in ("PixelSmileEditor", "edit_whole"):
        from engine.editors.pixelsmile import editor

        return getattr(editor, name)
    raise AttributeError(name)
