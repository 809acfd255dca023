"""Spans of time as people say them."""

from PySide6.QtCore import QCoreApplication


def duration_text(seconds: float) -> str:
    """As precisely as anyone wants to know.

    >>> duration_text(3), duration_text(75), duration_text(7300), duration_text(7200)
    ('3 s', '1 min', '2 h 1 min', '2 h')
    """
    translate = QCoreApplication.translate
    if seconds < 59.5:
        return translate("Durations", "{seconds} s").format(seconds=round(seconds))
    minutes = int(seconds // 60)
    if minutes < 60:
        return translate("Durations", "{minutes} min").format(minutes=minutes)
    hours, rest = divmod(minutes, 60)
    text = translate("Durations", "{hours} h {minutes} min")
    if not rest:
        text = translate("Durations", "{hours} h")
    return text.format(hours=hours, minutes=rest)
