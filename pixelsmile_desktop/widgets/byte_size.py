"""Numbers of bytes as people read them, in the window's language."""

from PySide6.QtCore import QLocale


def size_text(size_bytes: float) -> str:
    """In decimal units, as disks are sold.

    >>> size_text(25_000_000_000)
    '25.0 GB'
    """
    return QLocale().formattedDataSize(int(size_bytes), 1, QLocale.DataSizeFormat.DataSizeSIFormat)
