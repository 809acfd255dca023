"""Puts what a generative model has rendered back into the full-resolution photo."""

from engine.compositing.change import OpenSides
from engine.compositing.composite import (
    Change,
    Composite,
    Drift,
    Scene,
    apply,
    change_of,
    compose,
    prepare,
)
from engine.compositing.review import needs_review

__all__ = [
    "Change",
    "Composite",
    "Drift",
    "OpenSides",
    "Scene",
    "apply",
    "change_of",
    "compose",
    "needs_review",
    "prepare",
]
