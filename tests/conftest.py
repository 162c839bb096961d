"""What all tests share: the program's own Qt application, made once."""

import pytest


@pytest.fixture(scope="session")
def qapp():
    """The application as the program makes it: its style and its dark theme; type as large as Qt has it."""
    from PySide6.QtGui import QFontDatabase

    from gui.application import application

    app, _ = application("dark")
    app.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))
    return app
