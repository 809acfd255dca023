"""`pixelsmile faces`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.cli.options import UsageFault
from engine.cli.report import Report
from engine.cli.stills import distinct_photos
from engine.cli.text import count, printable
from engine.cli.worker_jobs import do, sentence, worker
from engine.client import WorkerClient
from engine.protocol import (
    Event,
    FaceProviderName,
    FaceReport,
    FacesFound,
    FindFaces,
    Progress,
)


def faces(photos: Sequence[str], *, provider: str, licence_accepted: bool, as_json: bool) -> int:
    """Read the faces of photos; returns the exit code.

    Raises `UsageFault` without a photo, for an unknown provider, and for insightface without its
    licence accepted.

    The results come when all photos are read: only then is it known who is the same person.
    """
    if not photos:
        raise UsageFault("no photo is named")
    name = _provider(provider, licence_accepted)
    sources = distinct_photos([Path(photo) for photo in photos])
    found: list[tuple[Path, FacesFound]] = []
    with Report(as_json=as_json, total=len(sources)) as report:
        with worker() as client:
            for source in sources:
                job = FindFaces(client.next_job_id(), str(source), name, licence_accepted)
                answer = _read(client, job, report)
                if answer is not None:
                    found.append((source, answer))
        persons = iter(_persons([face for _, answer in found for face in answer.faces]))
        for source, answer in found:
            row = _row(source, answer, [next(persons) for _ in answer.faces])
            report.row(row, _lines(row))
    return 0 if len(found) == len(sources) else 1


def _provider(name: str, licence_accepted: bool) -> FaceProviderName:
    if name == "shipped":
        return "shipped"
    if name != "insightface":
        raise UsageFault(f"the provider {name!r} is unknown; choose shipped or insightface")
    if not licence_accepted:
        raise UsageFault(
            "the model packs of insightface are licensed for non-commercial research only; "
            "add --accept-non-commercial if that is your use"
        )
    return "insightface"


def _read(client: WorkerClient, job: FindFaces, report: Report) -> FacesFound | None:
    """The faces of one photo; None when it failed, which is reported."""
    source = Path(job.source)
    answers: list[FacesFound] = []

    def hear(event: Event) -> None:
        if isinstance(event, Progress):
            report.within(event.done, event.total)
        elif isinstance(event, FacesFound):
            answers.append(event)
            for warning in event.warnings:
                report.note(f"{printable(source)}: {warning}")

    report.begin(source.name)
    failed = do(client, job, hear)
    if failed is not None:
        report.failure(str(source), sentence(source, failed), failed.code)
        report.finish()
        return None
    answer = answers[0]
    report.finish(f"{printable(source.name)}: {count(len(answer.faces), 'face')}")
    return answer


def _persons(reports: Sequence[FaceReport]) -> list[int]:
    """A person's number, from 1, for each face; equal where they show the same person."""
    if not reports:
        return []
    import numpy as np

    from engine.faces import group_people
    from engine.faces.face import Box, Face, HeadPose

    # Grouping looks at identities alone; landmarks do not cross the process.
    no_landmarks = np.zeros((0, 3), np.float32)
    people = [
        Face(
            box=Box(*one.box),
            score=one.score,
            landmarks=no_landmarks,
            blendshapes={},
            pose=HeadPose(0, 0, 0),
            identity=np.array(one.identity, np.float32),
        )
        for one in reports
    ]
    return [person + 1 for person in group_people(people)]


def _row(source: Path, answer: FacesFound, persons: Sequence[int]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": str(source),
        "width": answer.width,
        "height": answer.height,
        "faces": [
            {
                "face": number,
                "box": [round(value, 1) for value in face.box],
                "score": round(face.score, 4),
                "pose": {
                    "yaw": round(face.yaw, 1),
                    "pitch": round(face.pitch, 1),
                    "roll": round(face.roll, 1),
                },
                "blendshapes": {name: round(v, 4) for name, v in face.blendshapes.items()},
                "reading": ", ".join(face.reading),
                "person": person,
            }
            for number, (face, person) in enumerate(zip(answer.faces, persons, strict=True), 1)
        ],
    }
    if answer.warnings:
        row["warnings"] = list(answer.warnings)
    return row


def _lines(row: dict[str, Any]) -> str:
    """The row for people: a line for the photo and one for each face."""
    faces = row["faces"]
    found = count(len(faces), "face") if faces else "no face"
    lines = [f"{printable(row['source'])}: {row['width']} × {row['height']} px, {found}"]
    for face in faces:
        x, y, width, height = face["box"]
        pose = face["pose"]
        lines.append(
            f"  face {face['face']}: {width:.0f} × {height:.0f} px at {x:.0f}, {y:.0f}; "
            f"yaw {pose['yaw']:.0f}°, pitch {pose['pitch']:.0f}°, roll {pose['roll']:.0f}°; "
            f"{face['reading']}; person {face['person']}"
        )
    return "\n".join(lines)
