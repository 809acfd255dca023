"""The `pixelsmile` command: the only part of the engine that prints."""
