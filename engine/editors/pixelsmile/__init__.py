"""PixelSmile on Qwen-Image-Edit-2511: the generative editor.

Importing this package imports torch.
"""

from engine.editors.pixelsmile.editor import PixelSmileEditor, edit_whole
from engine.editors.pixelsmile.errors import PixelSmileError

__all__ = ["PixelSmileEditor", "PixelSmileError", "edit_whole"]
