"""Why a photo that was opened could still not be edited."""


class RenderError(Exception):
    """A photo and an edit that do not fit together.

    Attributes:
        code: stable and machine-readable: `no_face`, `no_such_face`, `editor_unavailable`.
        reason: what is wrong, as a clause without the photo's name and without a full stop.
        remedy: what the user can do, without a full stop.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.code = code
        self.reason = reason
        self.remedy = remedy


def no_face() -> RenderError:
    """There is nobody in the photo."""
    return RenderError(
        "no_face",
        "no face was found in it",
        "choose a photo in which a face is at least 40 pixels wide and mostly turned to the camera",
    )


def no_such_face(number: int, found: int) -> RenderError:
    """The recipe names a face by a number that the photo does not have."""
    there = "only one face was" if found == 1 else f"only {found} faces were"
    choice = "face 1" if found == 1 else f"a face from 1 to {found}"
    return RenderError(
        "no_such_face",
        f"there is no face {number}, {there} found in it",
        f"choose {choice}, counted from the largest",
    )
