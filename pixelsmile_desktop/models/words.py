"""Expressions and intensities as they are read."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLocale

_EXPRESSIONS = {
    "angry": str(QT_TRANSLATE_NOOP("Expressions", "Angry")),
    "confused": str(QT_TRANSLATE_NOOP("Expressions", "Confused")),
    "contempt": str(QT_TRANSLATE_NOOP("Expressions", "Contempt")),
    "confident": str(QT_TRANSLATE_NOOP("Expressions", "Confident")),
    "disgust": str(QT_TRANSLATE_NOOP("Expressions", "Disgust")),
    "fear": str(QT_TRANSLATE_NOOP("Expressions", "Fear")),
    "happy": str(QT_TRANSLATE_NOOP("Expressions", "Happy")),
    "sad": str(QT_TRANSLATE_NOOP("Expressions", "Sad")),
    "shy": str(QT_TRANSLATE_NOOP("Expressions", "Shy")),
    "sleepy": str(QT_TRANSLATE_NOOP("Expressions", "Sleepy")),
    "surprised": str(QT_TRANSLATE_NOOP("Expressions", "Surprised")),
    "anxious": str(QT_TRANSLATE_NOOP("Expressions", "Anxious")),
}

_EDITORS = {
    "auto": str(QT_TRANSLATE_NOOP("Editors", "automatic")),
    "instant": str(QT_TRANSLATE_NOOP("Editors", "instant")),
    "pixelsmile": str(QT_TRANSLATE_NOOP("Editors", "PixelSmile")),
}

_READINGS = {
    "eyes closed": str(QT_TRANSLATE_NOOP("Readings", "eyes closed")),
    "smiling": str(QT_TRANSLATE_NOOP("Readings", "smiling")),
    "mouth open": str(QT_TRANSLATE_NOOP("Readings", "mouth open")),
    "frowning": str(QT_TRANSLATE_NOOP("Readings", "frowning")),
    "neutral": str(QT_TRANSLATE_NOOP("Readings", "neutral")),
}


def expression_title(name: str) -> str:
    """The expression as it is read: `Happy`; a name of another list is only capitalised."""
    text = _EXPRESSIONS.get(name)
    return name.capitalize() if text is None else QCoreApplication.translate("Expressions", text)


def percent(value: float) -> str:
    """An intensity as it is read: whole percent, or with a tenth where there is one.

    >>> percent(0.6), percent(0.125)
    ('60 %', '12.5 %')
    """
    return f"{QLocale().toString(round(value * 100, 1), 'g', 5)} %"


def decimal(value: float, places: int) -> str:
    """A number as the window's language writes it."""
    return QLocale().toString(value, "f", places)


def reading_title(word: str) -> str:
    """What a face shows now; empty when that has no word."""
    text = _READINGS.get(word)
    return "" if text is None else QCoreApplication.translate("Readings", text)


def editor_title(name: str) -> str:
    """An editor's name within a sentence."""
    text = _EDITORS.get(name)
    return name if text is None else QCoreApplication.translate("Editors", text)


def resource_text(text: str) -> str:
    """A text of `resources/*.json` in the window's language; others come back as they are."""
    return QCoreApplication.translate("Resources", text) if text else ""
