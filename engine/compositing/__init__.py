"""Puts what a generative model has rendered back into the full-resolution photo."""

from engine.compositing.change import OpenSides
from engine.compositing.composite import Composite, Drift, Scene, compose, prepare
from engine.compositing.review import needs_review

__all__ = [
    "Composite",
    "Drift",
    "OpenSides",
    "Scene",
    "compose",
    "needs_review",
    "prepare",
]
