"""`pixelsmile-desktop`, or `python -m pixelsmile_desktop`."""

import sys


def main() -> None:
    """Start the window; says what is missing where Qt is not installed."""
    try:
        from pixelsmile_desktop import app
    except ImportError as error:
        if error.name is None or not error.name.startswith(("PySide6", "shiboken6")):
            raise
        sys.exit(
            "The window needs Qt, which is not installed; "
            "install it with: pip install 'pixelsmile-desktop[desktop]'"
        )
    app.main()


if __name__ == "__main__":
    main()
