"""Diffusion: models, text, sampling, pictures and devices. The only layer that knows what tensors mean."""

import os

# Read by OpenMP when torch is first imported. Threads that spin while they wait for each other slow a step five times
# or more as soon as another program wants the same cores; sleeping ones give the same numbers.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

from comfy.torchvision_operators import prepare_for_torchvision

prepare_for_torchvision()
