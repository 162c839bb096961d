"""The algorithms, in torch alone: they never import Qt and never know that they are watched.

Torch's threads wait for each other by spinning. When the window or another program wants the same core, that
wait can cost fifty times the work (measured on two cores); when they sleep at once, every short operation pays
for waking them. So they are told to spin for a moment only. It must be said before torch is loaded.
"""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "2000")
