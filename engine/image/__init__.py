"""Images (C, H, W): filters, borders, noise."""
