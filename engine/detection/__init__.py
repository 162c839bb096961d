"""Boxes and what detectors do with them."""
