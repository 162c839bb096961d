"""All of Qt: the window, and how pictures reach the screen. No algorithm lives here."""
