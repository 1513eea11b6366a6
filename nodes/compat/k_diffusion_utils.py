"""What packs import as `comfy.k_diffusion.utils`."""

from torch import Tensor

from nodes.compat.names import lacks_of


def append_dims(x: Tensor, target_dims: int) -> Tensor:
    """A tensor with axes of one behind, until it has so many."""
    return x.reshape(*x.shape, *[1] * (target_dims - x.ndim))


__getattr__ = lacks_of("comfy.k_diffusion.utils")
