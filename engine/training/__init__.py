"""Fine-tuning of PixelSmile LoRAs: data, losses, the loop and what comes out of it.

Importing the package costs nothing: torch is loaded by the modules that compute.
"""

from engine.training.errors import TrainingError

__all__ = ["TrainingError"]
