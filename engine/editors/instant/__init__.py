"""The instant editor: face-aware warp on action units."""

from engine.editors.instant.editor import InstantEditor, PreparedFace

__all__ = ["InstantEditor", "PreparedFace"]
