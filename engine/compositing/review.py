"""Whether a person should look at a result before it is exported."""

import math

from engine.compositing.composite import Drift
from engine.recipes import Limits


def needs_review(drift: Drift, identity: float | None, limits: Limits) -> list[str]:
    """A sentence for every limit that is passed; none, when all is well.

    Args:
        identity: cosine of the face before and after; None when no face was found any more, NaN
            when it was not measured.
    """
    reasons: list[str] = []
    if drift.shift_px > limits.shift_px:
        reasons.append(
            f"The model moved the picture by {drift.shift_px:.1f} pixels "
            f"(limit {limits.shift_px:g})."
        )
    if abs(drift.scale - 1) > limits.scale:
        reasons.append(
            f"The model zoomed by {100 * (drift.scale - 1):+.1f} % (limit {100 * limits.scale:g})."
        )
    if abs(drift.rotation_deg) > limits.rotation_deg:
        reasons.append(
            f"The model turned the picture by {drift.rotation_deg:+.1f}° "
            f"(limit {limits.rotation_deg:g})."
        )
    cast = max(drift.colour, key=abs)
    if abs(cast) > limits.colour:
        reasons.append(
            f"The model shifted a colour by {cast:+.0f} steps (limit {limits.colour:g})."
        )
    if drift.residual > limits.residual:
        reasons.append(
            f"The model changed what it should have left alone, by {drift.residual:.0f} steps on "
            f"average (limit {limits.residual:g})."
        )
    if identity is None:
        reasons.append("No face was found in the edited picture.")
    elif not math.isnan(identity) and identity < limits.identity:
        reasons.append(
            f"The face resembles the original by {identity:.2f} only (limit {limits.identity:g})."
        )
    return reasons
