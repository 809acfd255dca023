"""Dark and light: Fusion with palettes of our own, because bare X11 knows no colour scheme."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from engine.recipes import RESOURCES
from pixelsmile_desktop.settings import ThemeName

_Role = QPalette.ColorRole

ACCENT = {"dark": "#f2b544", "light": "#a15c00"}

_COLOURS: dict[ThemeName, dict[QPalette.ColorRole, str]] = {
    "dark": {
        _Role.Window: "#1e1f22",
        _Role.WindowText: "#e8e8ea",
        _Role.Base: "#17181a",
        _Role.AlternateBase: "#1b1c1f",
        _Role.Text: "#e8e8ea",
        _Role.PlaceholderText: "#9a9ca3",
        _Role.Button: "#2a2c30",
        _Role.ButtonText: "#e8e8ea",
        _Role.BrightText: "#ffffff",
        _Role.Highlight: "#f2b544",
        _Role.HighlightedText: "#17181a",
        _Role.Link: "#f2b544",
        _Role.LinkVisited: "#d59a33",
        _Role.ToolTipBase: "#2a2c30",
        _Role.ToolTipText: "#e8e8ea",
        _Role.Light: "#3a3c42",
        _Role.Midlight: "#323439",
        _Role.Mid: "#26282c",
        _Role.Dark: "#121315",
        _Role.Shadow: "#000000",
    },
    "light": {
        _Role.Window: "#f2f2f0",
        _Role.WindowText: "#1c1d20",
        _Role.Base: "#ffffff",
        _Role.AlternateBase: "#f7f7f5",
        _Role.Text: "#1c1d20",
        _Role.PlaceholderText: "#6a6c72",
        _Role.Button: "#e6e6e3",
        _Role.ButtonText: "#1c1d20",
        _Role.BrightText: "#000000",
        _Role.Highlight: "#a15c00",
        _Role.HighlightedText: "#ffffff",
        _Role.Link: "#8a4e00",
        _Role.LinkVisited: "#6e3e00",
        _Role.ToolTipBase: "#ffffff",
        _Role.ToolTipText: "#1c1d20",
        _Role.Light: "#ffffff",
        _Role.Midlight: "#f7f7f5",
        _Role.Mid: "#c9c9c5",
        _Role.Dark: "#a9a9a5",
        _Role.Shadow: "#6f6f6c",
    },
}
_DISABLED = {"dark": "#7d7f86", "light": "#8a8c90"}


_SHEET = """
QToolBar#screens {{
    border: none; border-bottom: 1px solid {edge}; spacing: 2px; padding: 2px 6px;
}}
QToolBar#screens QToolButton {{
    border: none; border-bottom: 2px solid transparent; padding: 5px 10px; background: transparent;
}}
QToolBar#screens QToolButton:hover {{ background: {hover}; }}
QToolBar#screens QToolButton:checked {{ border-bottom-color: {accent}; color: {strong}; }}
QToolBar#screens QToolButton:focus {{ background: {hover}; }}
QToolBar#screens QToolButton:disabled {{ color: {faint}; }}
QDockWidget::title {{ padding: 5px 8px; background: {panel}; }}
QMainWindow::separator {{ background: {edge}; width: 2px; height: 2px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: 14px; height: 14px; border: 1px solid {frame}; background: {field};
}}
QCheckBox::indicator {{ border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {accent}; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border: 2px solid {accent}; }}
QCheckBox::indicator:checked {{ background: {accent}; image: url({icons}/check-{theme}.svg); }}
QRadioButton::indicator:checked {{ background: {accent}; image: url({icons}/dot-{theme}.svg); }}
QSlider {{ min-height: 22px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {groove}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {accent}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    background: {handle}; border: 1px solid {frame};
}}
QSlider::handle:horizontal:hover {{ background: {accent}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {accent}; }}
QSlider::handle:horizontal:disabled {{ background: {faint}; }}
QLineEdit, QAbstractSpinBox {{
    border: 1px solid {frame}; border-radius: 3px; padding: 2px 3px; background: {field};
    selection-background-color: {accent}; selection-color: {on_accent};
}}
QAbstractSpinBox {{ padding: 1px 2px; }}
QLineEdit:focus, QAbstractSpinBox:focus {{ border-color: {accent}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled {{ border-color: {groove}; color: {faint}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; padding: 0px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
    subcontrol-origin: border; width: 16px; border: none;
}}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {hover}; }}
QAbstractSpinBox::up-arrow {{ image: url({icons}/up-{theme}.svg); width: 9px; height: 6px; }}
QAbstractSpinBox::down-arrow {{ image: url({icons}/down-{theme}.svg); width: 9px; height: 6px; }}
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::down-arrow:disabled {{ image: none; }}
QToolButton[popupMode="2"] {{ padding-right: 18px; }}
QToolButton[popupMode="2"]::menu-indicator {{
    image: url({icons}/down-{theme}.svg); width: 9px; height: 6px;
    subcontrol-origin: padding; subcontrol-position: center right; right: 4px;
}}
QToolButton#qt_toolbar_ext_button {{ qproperty-icon: url({icons}/more-{theme}.svg); }}
QTableCornerButton::section {{ background: palette(window); border: none; }}
QTabWidget::pane {{ border: 1px solid {groove}; }}
"""
# Beside the palette: what Fusion leaves too faint to see, sliders above all.
_SHADES: dict[ThemeName, dict[str, str]] = {
    "dark": {
        "edge": "#000000",
        "hover": "#2f3136",
        "strong": "#ffffff",
        "faint": "#7d7f86",
        "panel": "#232428",
        "groove": "#4a4d55",
        "frame": "#6c6f78",
        "on_accent": "#17181a",
        "handle": "#e8e8ea",
        "field": "#17181a",
    },
    "light": {
        "edge": "#c2c2be",
        "hover": "#e2e2df",
        "strong": "#000000",
        "faint": "#8a8c90",
        "panel": "#e6e6e3",
        "groove": "#b4b4b0",
        "frame": "#868682",
        "on_accent": "#ffffff",
        "handle": "#ffffff",
        "field": "#ffffff",
    },
}


def apply_theme(application: QApplication, theme: ThemeName) -> None:
    """Dress the whole application."""
    application.setStyle("Fusion")
    palette = QPalette()
    for role, colour in _COLOURS[theme].items():
        palette.setColor(role, QColor(colour))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED[theme]))
    application.setPalette(palette)
    icons = (RESOURCES / "icons").as_posix()
    sheet = _SHEET.format(accent=ACCENT[theme], theme=theme, icons=icons, **_SHADES[theme])
    application.setStyleSheet(sheet)
    for label in application.allWidgets():
        # A text keeps the colour that its links had when it was set.
        if isinstance(label, QLabel) and "<a " in (text := label.text()):
            label.clear()
            label.setText(text)
