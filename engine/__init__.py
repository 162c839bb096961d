"""The algorithms, in torch alone: they never import Qt and never know that they are watched.

Torch's threads wait for each other by spinning. When the window or another program wants the same core, that
wait can cost fifty times the work (measured on two cores), so they are told to sleep instead. It must be
said before torch is loaded.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
