"""Exceptions to `Failed`: which code, which sentence, what the user can do."""

import errno
import traceback

from engine.protocol import Failed, JobId

_MAX_DETAILS_CHARACTERS = 64 * 1024
_OPENCV_OUT_OF_MEMORY = -4  # cv::Error::StsNoMem
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # Windows has no quota error


def failure(job: JobId, error: BaseException) -> Failed:
    """How a job ends that raised `error`.

    The engine's own errors carry `code`, `reason` and `remedy` as text and are passed on as they
    are; for everything else the traceback goes into the details.
    """
    details = "".join(traceback.format_exception(error))[-_MAX_DETAILS_CHARACTERS:]
    code, reason = getattr(error, "code", None), getattr(error, "reason", None)
    if isinstance(code, str) and isinstance(reason, str):
        return Failed(job, code, reason, str(getattr(error, "remedy", "")), details)
    if _is_out_of_memory(error):
        return Failed(
            job,
            "out_of_memory",
            "there is not enough memory for this photo",
            "close other programs, or try a smaller copy of the photo",
            details,
        )
    if isinstance(error, OSError) and error.errno in _FULL:
        return Failed(
            job, "disk_full", "the disk is full", "free some space and try again", details
        )
    return Failed(
        job,
        "internal",
        f"the program met a fault of its own ({_in_one_line(error)})",
        "try again; if it happens again, report it with the details",
        details,
    )


def _is_out_of_memory(error: BaseException) -> bool:
    # By name, so that neither cv2 nor torch is imported to recognise its errors.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    in_opencv = type(error).__module__.partition(".")[0] == "cv2"
    return in_opencv and getattr(error, "code", None) == _OPENCV_OUT_OF_MEMORY


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    name = type(error).__name__
    return f"{name}: {text[:200]}" if text else name
