"""The engine of PixelSmile Desktop: everything but the window. No Qt lives here."""

__version__ = "0.1.0"
