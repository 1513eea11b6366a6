"""What must come before any library that torch is used by."""

import comfy  # noqa: F401 - diffusers looks for torchvision, which may need its operators declared first
