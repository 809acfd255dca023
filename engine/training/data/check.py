"""What is wrong with a data set, or thin in it, before any of it costs anything."""

import hashlib
import html
import io
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from PIL import Image

from engine.faces import cosine, find_faces, same_person
from engine.photos import PhotoError, open_photo, to_srgb8
from engine.training.config import Config
from engine.training.data.triplets import CONFUSING, Picture, Triplet

Level = Literal["error", "warning", "note"]

OnPicture = Callable[[int, int], None]
"""Called as `on_picture(done, total)`; raises to stop."""

_FEW_PICTURES = 8
_UNEVEN = 4.0
_THUMB_PX = 128
_LONGEST_PX = 1600


class Finding(msgspec.Struct, frozen=True):
    """One thing that was noticed.

    Attributes:
        level: an `error` keeps a run from starting; a `warning` is for a person to judge.
        code: stable, such as `missing_file` or `other_person`.
        sentence: for a person, with the picture's name and what to do.
        triplets: numbers of the triplets that it is about, from 0.
        pictures: paths that it is about.
    """

    level: Level
    code: str
    sentence: str
    triplets: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """All findings and what the data set consists of.

    Attributes:
        balance: expression → pictures of it.
        intensities: expression → how many of its pictures score below 1/3, below 2/3, and above.
        confusing: `a–b` → triplets that show the two beside each other.
    """

    triplets: int
    pictures: int
    persons: int
    synthetic: int
    balance: dict[str, int]
    intensities: dict[str, tuple[int, int, int]]
    confusing: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether a run may begin."""
        return not any(one.level == "error" for one in self.findings)


@dataclass(frozen=True)
class Seen:
    """What was found in one picture; `identity` is None without a face."""

    size: tuple[int, int]
    digest: str
    faces: int
    identity: np.ndarray | None
    face_px: float
    thumbnail: bytes


def check(
    config: Config,
    triplets: Sequence[Triplet],
    *,
    look: bool = True,
    on_picture: OnPicture = lambda done, total: None,
) -> tuple[Report, dict[str, Seen]]:
    """Everything that can be known before training.

    Args:
        look: open the pictures and find the faces; without it files are only looked for.

    Returns the report, and what was seen by path, for `write_html`.
    """
    findings = [*_stated(config), *_scores(config, triplets), *_pairs(triplets)]
    pictures = _all_pictures(triplets)
    seen: dict[str, Seen] = {}
    for done, path in enumerate(pictures):
        on_picture(done, len(pictures))
        if not Path(path).is_file():
            findings.append(_about_file("missing_file", path, "is not there", triplets))
        elif look:
            try:
                seen[path] = _look_at(Path(path))
            except PhotoError as error:
                findings.append(_about_file("unreadable", path, error.reason, triplets))
    on_picture(len(pictures), len(pictures))
    if look:
        findings += [
            *_duplicates(seen, triplets),
            *_sizes(config, seen, triplets),
            *_boxes(seen, triplets),
            *_faces(config, seen, triplets),
            *_persons(config, seen, triplets),
        ]
    balance, intensities = _balance(triplets)
    confusing = _confusing(triplets)
    findings += [*_uneven(balance), *_graded(intensities), *_uncovered(balance, confusing)]
    synthetic = sum(one.synthetic for one in triplets)
    if synthetic:
        findings.append(
            Finding(
                "warning",
                "synthetic",
                f"{synthetic} of {len(triplets)} triplets are synthetic: made by an editor, good "
                "for trying a run, not for teaching how people look",
            )
        )
    order = {"error": 0, "warning": 1, "note": 2}
    persons = {one.person for one in triplets if one.person}
    report = Report(
        triplets=len(triplets),
        pictures=len(pictures),
        persons=len(persons),
        synthetic=synthetic,
        balance=balance,
        intensities=intensities,
        confusing=confusing,
        findings=tuple(sorted(findings, key=lambda one: order[one.level])),
    )
    return report, seen


# ---- what the file says -------------------------------------------------------------------------


def _stated(config: Config) -> Iterable[Finding]:
    if not config.rights.holder.strip():
        yield Finding(
            "error", "rights", "rights.holder is empty: say who holds the rights in the pictures"
        )
    if not config.rights.consent.strip():
        yield Finding(
            "error",
            "consent",
            "rights.consent is empty: say how the people shown agreed to being trained on",
        )


def _scores(config: Config, triplets: Sequence[Triplet]) -> Iterable[Finding]:
    words = set(config.words)
    for number, triplet in enumerate(triplets):
        for target in triplet.targets:
            name = target.picture.name
            about = {"triplets": (number,), "pictures": (target.picture.path,)}
            if target.expression not in words:
                yield Finding(
                    "error",
                    "unknown_expression",
                    f"{name} shows {target.expression!r}, which is none of the twelve: correct it, "
                    "or add the word to look.expressions",
                    **about,
                )
            outside = [word for word, score in target.scores.items() if not 0 <= score <= 1]
            if outside:
                yield Finding(
                    "error",
                    "score_range",
                    f"{name}: the score of {outside[0]} is {target.scores[outside[0]]:g}, and "
                    "scores are from 0 to 1",
                    **about,
                )
            elif target.score == 0:
                yield Finding(
                    "warning",
                    "score_zero",
                    f"{name} scores 0 for {target.expression}: it teaches what the neutral prompt "
                    "shows",
                    **about,
                )
            elif max(target.scores.values()) > target.score + 0.2:
                other = max(target.scores, key=lambda word: target.scores[word])
                yield Finding(
                    "warning",
                    "other_expression",
                    f"{name} counts as {target.expression} and scores higher for {other}: look at "
                    "it again",
                    **about,
                )
            if len(target.scores) < 12:
                yield Finding(
                    "note",
                    "few_scores",
                    f"{name} has {len(target.scores)} of 12 scores; only its own is trained on",
                    **about,
                )


def _pairs(triplets: Sequence[Triplet]) -> Iterable[Finding]:
    met: dict[tuple[str, ...], int] = {}
    for number, triplet in enumerate(triplets):
        first, second = triplet.targets
        pictures = (triplet.source.path, first.picture.path, second.picture.path)
        if first.expression == second.expression:
            yield Finding(
                "warning",
                "same_expression",
                f"triplet {number}: both targets show {first.expression}, so nothing is told apart",
                triplets=(number,),
                pictures=pictures[1:],
            )
        if len(set(pictures)) < 3:
            yield Finding(
                "error",
                "same_picture",
                f"triplet {number}: source and targets must be three different pictures",
                triplets=(number,),
                pictures=pictures,
            )
        if pictures in met:
            yield Finding(
                "warning",
                "repeated",
                f"triplet {number} is the same as triplet {met[pictures]}",
                triplets=(number, met[pictures]),
            )
        met.setdefault(pictures, number)


# ---- what the pictures show ---------------------------------------------------------------------


def _look_at(path: Path) -> Seen:
    photo = open_photo(path)
    image = Image.fromarray(to_srgb8(photo.pixels, photo.icc))
    size = image.size
    scale = min(1.0, _LONGEST_PX / max(size))
    if scale < 1:
        image = image.resize((round(size[0] * scale), round(size[1] * scale)))
    faces = find_faces(np.asarray(image))
    small = image.copy()
    small.thumbnail((_THUMB_PX, _THUMB_PX))
    written = io.BytesIO()
    small.save(written, "JPEG", quality=80)
    return Seen(
        size=size,
        digest=hashlib.sha256(np.ascontiguousarray(photo.pixels).tobytes()).hexdigest(),
        faces=len(faces),
        identity=faces[0].identity if faces else None,
        face_px=max(faces[0].box.width, faces[0].box.height) / scale if faces else 0.0,
        thumbnail=written.getvalue(),
    )


def _duplicates(seen: Mapping[str, Seen], triplets: Sequence[Triplet]) -> Iterable[Finding]:
    by_digest: dict[str, list[str]] = {}
    for path, one in seen.items():
        by_digest.setdefault(one.digest, []).append(path)
    for paths in by_digest.values():
        if len(paths) > 1:
            names = ", ".join(_name(path) for path in paths)
            yield Finding(
                "error",
                "duplicate",
                f"the same picture is there {len(paths)} times: {names}; keep one",
                triplets=_with(paths, triplets),
                pictures=tuple(paths),
            )


def _sizes(
    config: Config, seen: Mapping[str, Seen], triplets: Sequence[Triplet]
) -> Iterable[Finding]:
    side = config.data.side_px
    for path, one in seen.items():
        if min(one.size) < side:
            yield Finding(
                "warning",
                "small",
                f"{_name(path)} is {one.size[0]} × {one.size[1]} and will be enlarged to {side}",
                triplets=_with([path], triplets),
                pictures=(path,),
            )


def _boxes(seen: Mapping[str, Seen], triplets: Sequence[Triplet]) -> Iterable[Finding]:
    for number, triplet in enumerate(triplets):
        for picture in _pictures(triplet):
            one = seen.get(picture.path)
            if one is None or picture.box is None:
                continue
            width, height = one.size
            left, top, right, bottom = picture.box
            if left < -1 or top < -1 or right > width + 1 or bottom > height + 1:
                yield Finding(
                    "error",
                    "box_outside",
                    f"{picture.name}: the box {tuple(round(v) for v in picture.box)} lies outside "
                    f"the picture of {width} × {height}; it is left, top, right, bottom in pixels",
                    triplets=(number,),
                    pictures=(picture.path,),
                )


def _faces(
    config: Config, seen: Mapping[str, Seen], triplets: Sequence[Triplet]
) -> Iterable[Finding]:
    human = config.data.subject == "human"
    for path, one in seen.items():
        about = {"triplets": _with([path], triplets), "pictures": (path,)}
        if one.faces == 0 and human:
            yield Finding(
                "warning",
                "no_face",
                f"no face was found in {_name(path)}: its identity will not count; leave it out "
                "if there is none",
                **about,
            )
        elif one.faces > 1:
            yield Finding(
                "warning",
                "many_faces",
                f"{_name(path)} shows {one.faces} faces; the largest is taken",
                **about,
            )
        elif one.faces and one.face_px < 0.15 * min(one.size):
            yield Finding(
                "warning",
                "small_face",
                f"the face in {_name(path)} is small in its picture: cut it closer",
                **about,
            )


def _persons(
    config: Config, seen: Mapping[str, Seen], triplets: Sequence[Triplet]
) -> Iterable[Finding]:
    if config.data.subject != "human":
        return
    for number, triplet in enumerate(triplets):
        source = seen.get(triplet.source.path)
        if source is None or source.identity is None:
            continue
        for target in triplet.targets:
            other = seen.get(target.picture.path)
            if other is None or other.identity is None:
                continue
            if not same_person(source.identity, other.identity):
                likeness = cosine(source.identity, other.identity)
                yield Finding(
                    "warning",
                    "other_person",
                    f"{target.picture.name} seems to show another person than "
                    f"{triplet.source.name} (likeness {likeness:.2f})",
                    triplets=(number,),
                    pictures=(triplet.source.path, target.picture.path),
                )


# ---- what there is of everything ----------------------------------------------------------------


def _balance(
    triplets: Sequence[Triplet],
) -> tuple[dict[str, int], dict[str, tuple[int, int, int]]]:
    shown = {
        (target.picture.path, target.expression): target.score
        for triplet in triplets
        for target in triplet.targets
    }
    balance = Counter(expression for _, expression in shown)
    intensities: dict[str, tuple[int, int, int]] = {}
    for word in balance:
        scores = [score for (_, expression), score in shown.items() if expression == word]
        low = sum(score < 1 / 3 for score in scores)
        middle = sum(1 / 3 <= score < 2 / 3 for score in scores)
        intensities[word] = (low, middle, len(scores) - low - middle)
    return dict(balance), intensities


def _confusing(triplets: Sequence[Triplet]) -> dict[str, int]:
    beside = Counter(
        frozenset(target.expression for target in triplet.targets) for triplet in triplets
    )
    return {f"{one}–{other}": beside[frozenset((one, other))] for one, other in CONFUSING}


def _uneven(balance: Mapping[str, int]) -> Iterable[Finding]:
    if not balance:
        return
    most = max(balance, key=lambda word: balance[word])
    for word, count in balance.items():
        if count < _FEW_PICTURES:
            yield Finding(
                "warning", "few", f"{word}: {count} pictures, at least {_FEW_PICTURES} are advised"
            )
        if balance[most] > _UNEVEN * count:
            yield Finding(
                "warning",
                "uneven",
                f"{most} has {balance[most]} pictures and {word} {count}: the first will be learnt "
                "better",
            )


def _graded(intensities: Mapping[str, tuple[int, int, int]]) -> Iterable[Finding]:
    for word, counts in intensities.items():
        if sum(count > 0 for count in counts) < 2:
            yield Finding(
                "warning",
                "not_graded",
                f"all pictures of {word} are about equally strong, so its intensity cannot be "
                "learnt: add weaker or stronger ones",
            )


def _uncovered(balance: Mapping[str, int], confusing: Mapping[str, int]) -> Iterable[Finding]:
    for pair, count in confusing.items():
        one, other = pair.split("–")
        if one in balance and other in balance and count == 0:
            yield Finding(
                "warning",
                "uncovered",
                f"{one} and {other} are easily confused and no triplet shows them beside each "
                "other",
            )


# ---- names --------------------------------------------------------------------------------------


def _pictures(triplet: Triplet) -> tuple[Picture, ...]:
    return (triplet.source, *(one.picture for one in triplet.targets))


def _all_pictures(triplets: Sequence[Triplet]) -> list[str]:
    return list(dict.fromkeys(one.path for triplet in triplets for one in _pictures(triplet)))


def _with(paths: Sequence[str], triplets: Sequence[Triplet]) -> tuple[int, ...]:
    wanted = set(paths)
    return tuple(
        number
        for number, triplet in enumerate(triplets)
        if wanted & {one.path for one in _pictures(triplet)}
    )


def _name(path: str) -> str:
    return Picture(path).name


def _about_file(code: str, path: str, what: str, triplets: Sequence[Triplet]) -> Finding:
    return Finding(
        "error", code, f"{_name(path)}: {what}", triplets=_with([path], triplets), pictures=(path,)
    )


# ---- the report for a person --------------------------------------------------------------------

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}
li{margin:.4rem 0}.error b{color:#b00020}.warning b{color:#8a5a00}
img{height:96px;margin:.2rem .2rem 0 0;vertical-align:top}
.bar{background:#4a6fa5;height:.8em;display:inline-block}
"""


def write_html(file: Path, report: Report, seen: Mapping[str, Seen]) -> None:
    """One file with everything in it, pictures included; nothing is loaded from elsewhere."""
    most = max(report.balance.values(), default=1)
    counts = Counter(one.level for one in report.findings)
    parts = [
        f"<!doctype html><meta charset=utf-8><title>Data set</title><style>{_STYLE}</style>",
        f"<h1>Data set: {'ready' if report.ok else 'not ready'}</h1>",
        f"<p>{report.triplets} triplets of {report.pictures} pictures and {report.persons} named "
        f"persons; {report.synthetic} synthetic. {counts['error']} errors, "
        f"{counts['warning']} warnings.</p>",
        "<h2>Expressions</h2><table><tr><th>expression<th>pictures<th><th>weak<th>middle"
        "<th>strong</tr>",
        *(
            f"<tr><td>{html.escape(word)}<td class=n>{count}<td><span class=bar "
            f'style="width:{200 * count / most:.0f}px"></span>'
            + "".join(f"<td class=n>{n}" for n in report.intensities[word])
            for word, count in sorted(report.balance.items())
        ),
        "</table><h2>Easily confused</h2><table><tr><th>pair<th>triplets</tr>",
        *(
            f"<tr><td>{html.escape(pair)}<td class=n>{count}"
            for pair, count in report.confusing.items()
        ),
        "</table><h2>Findings</h2>",
    ]
    for level in ("error", "warning", "note"):
        found = [one for one in report.findings if one.level == level]
        if found:
            parts.append(f"<h3>{level.capitalize()}s ({len(found)})</h3><ul class={level}>")
            parts += [_finding_html(one, seen) for one in found]
            parts.append("</ul>")
    file.write_text("\n".join(parts), encoding="utf-8")


def _finding_html(finding: Finding, seen: Mapping[str, Seen]) -> str:
    shown = [seen[path] for path in finding.pictures if path in seen]
    images = "".join(
        f'<img alt="" src="data:image/jpeg;base64,{b64encode(one.thumbnail).decode()}">'
        for one in shown
    )
    return f"<li><b>{finding.code}</b> {html.escape(finding.sentence)}<br>{images}</li>"
