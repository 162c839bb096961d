"""The workbench: code of one's own beside the scene, run, checked, and searched for planted mistakes."""
