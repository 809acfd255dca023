"""Spans of time as people say them."""

from PySide6.QtCore import QCoreApplication, QLocale


def duration_text(seconds: float) -> str:
    """As precisely as anyone wants to know.

    >>> duration_text(0.35), duration_text(3), duration_text(75), duration_text(7300)
    ('0.4 s', '3 s', '1 min', '2 h 1 min')
    """
    translate = QCoreApplication.translate
    if 0 < seconds < 0.95:
        number = QLocale().toString(max(seconds, 0.1), "f", 1)
        return translate("Durations", "{seconds} s").format(seconds=number)
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
