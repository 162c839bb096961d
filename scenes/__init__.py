"""The scenes: what is shown of each algorithm. No Qt here; one file a scene, one folder a chapter."""
