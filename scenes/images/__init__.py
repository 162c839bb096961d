"""Images: filters."""
