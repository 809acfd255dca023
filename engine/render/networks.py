"""Loading what reads faces, apart from reading them: start-up is no part of a photo's time."""

from functools import cache

import numpy as np

from engine.faces import read_mesh

_SIDE_PX = 32


@cache
def load_networks() -> None:
    """Load the networks of meshes, blendshapes and identity, once per process; about 0.2 s.

    Raises `ModelMissingError` and `ModelDamagedError`.
    """
    turn = np.linspace(0, 2 * np.pi, 478, dtype=np.float32)
    around = np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1) * (_SIDE_PX / 3)
    read_mesh(np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8), around + _SIDE_PX / 2)
