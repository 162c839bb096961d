"""The algorithms, in torch alone: they never import Qt and never know that they are watched."""
