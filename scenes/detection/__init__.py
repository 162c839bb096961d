"""Detection: what becomes of many boxes."""
