"""Strips of frames written as one file: an animation, a film or a contact sheet."""

from engine.strips.strip import EXTENSIONS, Loop, Strip, write_strip

__all__ = ["EXTENSIONS", "Loop", "Strip", "write_strip"]
