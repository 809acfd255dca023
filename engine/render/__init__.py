"""One photo all the way: open, find the faces, edit them, put them back, write."""

from engine.render.errors import RenderError
from engine.render.found import PhotoFaces, find_faces
from engine.render.preview import Previewer
from engine.render.stills import Still, edit_photo
from engine.render.strip import LONGEST_PX, make_strip
from engine.render.thumbnail import make_thumbnail
from engine.render.whole import Square, edit_whole_picture

__all__ = [
    "LONGEST_PX",
    "PhotoFaces",
    "Previewer",
    "RenderError",
    "Square",
    "Still",
    "edit_photo",
    "edit_whole_picture",
    "find_faces",
    "make_strip",
    "make_thumbnail",
]
