"""What pictures are compared by: CLIP for expressions, a face network for identity."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.editors.pixelsmile.tensors import TensorFiles, check_loaded, readable
from engine.faces import find_faces
from engine.faces.identity import crop_to_photo
from engine.faces.mesh import five_points
from engine.training.errors import TrainingError
from engine.training.onnx import OnnxNetwork
from engine.weights.shipped import SFACE, shipped_model

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
_FACE_PX = 112


class ClipFeatures(nn.Module):
    """CLIP's vision tower, frozen: the pooled output of a picture, of unit length."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, folder: Path) -> None:
        """Raises `PixelSmileError` when the folder holds no such model as safetensors."""
        super().__init__()
        from transformers import CLIPVisionModel

        files = TensorFiles(folder)
        self.fingerprint = files.fingerprint
        loaded: Any = readable(
            lambda: CLIPVisionModel.from_pretrained(
                folder,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
        )
        tower, report = loaded
        check_loaded("clip", sorted(report["missing_keys"]))
        self.tower = tower.eval().requires_grad_(False)
        self.side = int(tower.config.image_size)
        shape = (1, 3, 1, 1)
        self.register_buffer("mean", torch.tensor(_CLIP_MEAN).view(shape), persistent=False)
        self.register_buffer("std", torch.tensor(_CLIP_STD).view(shape), persistent=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(samples, 3, height, width) from −1 to 1 → (samples, width), as published."""
        unit = ((pixels.float() + 1) * 0.5).clamp(0, 1)
        seen = functional.interpolate(unit, size=self.side, mode="bilinear", align_corners=False)
        pooled = self.tower(pixel_values=(seen - self.mean) / self.std).pooler_output
        return functional.normalize(pooled, dim=-1)


class FaceIdentity(nn.Module):
    """A face network with gradients, frozen, and the aligned crop that it was trained on.

    SFace ships with the project (Apache-2.0); an ArcFace of insightface is the user's own, and its
    licence is for non-commercial research.
    """

    def __init__(self, choice: str) -> None:
        """`choice`: `sface`, or a path to an `.onnx`. Raises `TrainingError`."""
        super().__init__()
        if choice == "sface":
            content, name = shipped_model(SFACE.file_name), "SFace"
        else:
            name = Path(choice).name
            try:
                content = Path(choice).read_bytes()
            except OSError as error:
                raise TrainingError(
                    "network_unreadable",
                    f"the face network {name} cannot be read",
                    "check model.identity",
                ) from error
        self.network = OnnxNetwork(content, name).eval()
        # insightface's own rule: a graph that does not scale its input wants it from −1 to 1.
        self._scales_itself = self.network.scales_its_input

    def forward(self, pixels: torch.Tensor, crops: torch.Tensor) -> torch.Tensor:
        """Unit-length embeddings, (faces, width).

        Args:
            pixels: (faces, 3, height, width) RGB from −1 to 1.
            crops: (faces, 2, 3) similarities from the 112-pixel crop to the picture.
        """
        faces = aligned(pixels.float().clamp(-1, 1), crops)
        seen = (faces + 1) * 127.5 if self._scales_itself else faces
        return functional.normalize(self.network(seen), dim=-1)


def aligned(pixels: torch.Tensor, crops: torch.Tensor) -> torch.Tensor:
    """(faces, 3, 112, 112): each picture under its similarity; gradients pass.

    Sampled twice as finely and averaged, because a face of 250 pixels would alias at 112.
    """
    fine = 2 * _FACE_PX
    line = (torch.arange(fine, device=pixels.device, dtype=pixels.dtype) + 0.5) / 2 - 0.5
    down, across = torch.meshgrid(line, line, indexing="ij")
    places = torch.stack([across, down, torch.ones_like(across)], dim=-1)
    grid = torch.einsum("hwk,njk->nhwj", places, crops.to(pixels))
    size = torch.tensor([pixels.shape[3], pixels.shape[2]], device=pixels.device)
    grid = 2 * grid / (size - 1) - 1
    sampled = functional.grid_sample(
        pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=True
    )
    return functional.avg_pool2d(sampled, 2)


def face_crop(picture: NDArray[np.uint8]) -> torch.Tensor | None:
    """(2, 3) float32: where the largest face is, from its 112-pixel crop; None without a face."""
    faces = find_faces(picture)
    if not faces:
        return None
    return torch.from_numpy(crop_to_photo(five_points(faces[0].landmarks))).float()
