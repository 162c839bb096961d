"""Two runs beside each other: which moments belong together, and where they part."""
