"""The window. Qt only: no model, no picture library, nothing that blocks."""
