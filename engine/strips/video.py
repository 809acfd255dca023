"""MP4 films: H.264 through an ffmpeg program, or MPEG-4 without one.

H.264 encoders are GPL (x264) or must be fetched with a patent licence (OpenH264), so none is
shipped: where the user has an ffmpeg program, that one is used. Without it the film is MPEG-4
part 2, by the LGPL encoder inside OpenCV: it plays in the usual players, not in browsers.
"""

import re
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.photos import WriteError
from engine.strips.flat import over_white
from engine.strips.timing import rate

_ENCODERS = {
    "libx264": ("-preset", "medium", "-crf", "17"),
    "libopenh264": ("-b:v", "12M"),
    "h264_videotoolbox": ("-q:v", "70"),
    "h264_mf": ("-b:v", "12M"),
}
_LIST_TIMEOUT_S = 20.0
_ENCODE_TIMEOUT_S = 1800.0
_WITHOUT_FFMPEG = (
    "the film is MPEG-4 and not H.264, because no ffmpeg program with H.264 was found; browsers "
    "do not play it: install ffmpeg, or write a WebP"
)


def write_video(
    frames: Sequence[NDArray[np.uint8]], path: Path, fps: float, target: Path
) -> tuple[str, tuple[str, ...]]:
    """Write frames of (height, width, 3 or 4) as an MP4 to `path`.

    Both encoders halve the colour resolution and so need even sides: an odd one gets its last row
    or column twice. Alpha is laid over white.

    Args:
        target: the name that errors speak of.

    Returns:
        The codec, `h264` or `mpeg4`, and remarks.

    Raises:
        WriteError: `failed`.
    """
    program = shutil.which("ffmpeg")
    encoder = _h264_encoder(program) if program else None
    if program and encoder:
        _through_ffmpeg(program, encoder, frames, path, fps, target)
        return "h264", ()
    _through_opencv(frames, path, fps, target)
    return "mpeg4", (_WITHOUT_FFMPEG,)


def xmp_box(xmp: bytes) -> bytes:
    """The box that carries an XMP packet at the end of an MP4 (XMP specification, part 3)."""
    body = uuid.UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes + xmp
    return (8 + len(body)).to_bytes(4, "big") + b"uuid" + body


def _h264_encoder(program: str) -> str | None:
    try:
        listed = subprocess.run(
            [program, "-hide_banner", "-loglevel", "error", "-encoders"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_LIST_TIMEOUT_S,
            check=True,
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError):
        return None
    found = set(re.findall(r"^\s*V\S*\s+(\S+)", listed, re.MULTILINE))
    return next((name for name in _ENCODERS if name in found), None)


def _through_ffmpeg(
    program: str,
    encoder: str,
    frames: Sequence[NDArray[np.uint8]],
    path: Path,
    fps: float,
    target: Path,
) -> None:
    height, width = _even(frames[0]).shape[:2]
    command = [
        *(program, "-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
        *("-r", str(rate(fps)), "-i", "pipe:0"),
        # Without a word on the matrix, players take a small film for BT.601 and shift its colours.
        *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "iec61966-2-1"),
        *("-c:v", encoder, *_ENCODERS[encoder]),
        *("-movflags", "+faststart", "-an", "-f", "mp4", f"file:{path.absolute()}"),
    ]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise _failed(target, "ffmpeg could not be started") from error
    with process:
        try:
            _feed(process, frames)
            _, said = process.communicate(timeout=_ENCODE_TIMEOUT_S)
        except BaseException:  # Ctrl-C and a stop too: ffmpeg must not outlive them
            process.kill()
            raise
    if process.returncode != 0 or path.stat().st_size == 0:
        lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise _failed(target, f"ffmpeg gave up ({lines[-1][:120]})")


def _feed(process: subprocess.Popen[bytes], frames: Sequence[NDArray[np.uint8]]) -> None:
    """Send the frames; when ffmpeg leaves early, its exit status tells."""
    assert process.stdin is not None
    try:
        for frame in frames:
            process.stdin.write(np.ascontiguousarray(_even(frame)).data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _through_opencv(
    frames: Sequence[NDArray[np.uint8]], path: Path, fps: float, target: Path
) -> None:
    import cv2

    height, width = _even(frames[0]).shape[:2]
    writer = cv2.VideoWriter(
        str(path),
        cv2.CAP_FFMPEG,
        cv2.VideoWriter.fourcc(*"mp4v"),
        float(rate(fps)),
        (width, height),
    )
    try:
        if not writer.isOpened():
            raise _failed(target, "the film could not be started")
        for frame in frames:
            writer.write(cv2.cvtColor(_even(frame), cv2.COLOR_RGB2BGR))
    finally:
        writer.release()
    reader = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        # The encoder does not say when the disk is full.
        if int(reader.get(cv2.CAP_PROP_FRAME_COUNT)) != len(frames):
            raise _failed(target, "not all frames arrived in the file")
    finally:
        reader.release()


def _even(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    flat = over_white(frame)
    height, width = flat.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return flat
    return np.pad(flat, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _failed(target: Path, reason: str) -> WriteError:
    return WriteError(
        target, reason, "make room on the disk, or write a GIF or WebP", code="failed"
    )
