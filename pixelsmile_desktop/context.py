"""What the screens share. `app` builds it; nothing else does."""

from dataclasses import dataclass

from pixelsmile_desktop.actions import Actions
from pixelsmile_desktop.engine_link.catalogue import CatalogueLink
from pixelsmile_desktop.engine_link.worker import WorkerLink
from pixelsmile_desktop.messages import Messages
from pixelsmile_desktop.models.faces import Faces
from pixelsmile_desktop.models.machine import MachineLink
from pixelsmile_desktop.models.project import Project
from pixelsmile_desktop.models.queue import Queue
from pixelsmile_desktop.models.session import Session
from pixelsmile_desktop.settings import PreferencesFile


@dataclass(frozen=True)
class Context:
    """The models and links of one window."""

    preferences: PreferencesFile
    messages: Messages
    actions: Actions
    catalogue: CatalogueLink
    worker: WorkerLink
    project: Project
    faces: Faces
    session: Session
    machine: MachineLink
    queue: Queue
