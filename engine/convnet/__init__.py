"""Layers of convolutional networks, forward and backward."""
