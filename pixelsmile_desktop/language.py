"""The window's language: ours from `resources/translations`, Qt's own words from Qt."""

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from engine.recipes import RESOURCES

_FOLDER = RESOURCES / "translations"


def languages() -> tuple[str, ...]:
    """The codes of the languages that there are: `en` and every translation."""
    return ("en", *sorted(one.stem.rpartition("_")[2] for one in _FOLDER.glob("*.qm")))


def set_language(application: QApplication, language: str) -> None:
    """Speak `language` from now on, or the system's when it is empty; English when there is none.

    Widgets that are built already keep their words.
    """
    wanted = language or QLocale.system().name().partition("_")[0]
    QLocale.setDefault(QLocale(wanted))
    if wanted == "en":
        return
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for folder, name in ((qt_folder, "qtbase"), (str(_FOLDER), "pixelsmile")):
        translator = QTranslator(application)
        if translator.load(f"{name}_{wanted}", folder):
            application.installTranslator(translator)
