"""The window. Qt lives here alone; the engine is reached through `engine.protocol`."""
