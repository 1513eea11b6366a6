"""What packs find in `comfy.latent_formats` beside Skein's own: formats as classes by their models' names."""

from comfy.latent_formats import STABLE_DIFFUSION_1, STABLE_DIFFUSION_XL
from nodes.compat.inner_model import FormatView


class LatentFormat(FormatView):
    """A format; without an argument Stable Diffusion's."""

    def __init__(self, scale_factor: float | None = None) -> None:
        super().__init__(STABLE_DIFFUSION_1)
        if scale_factor is not None:
            self.scale_factor = scale_factor


class SD15(LatentFormat):
    """Stable Diffusion 1 and 2."""


class SDXL(FormatView):
    """Stable Diffusion XL."""

    def __init__(self) -> None:
        super().__init__(STABLE_DIFFUSION_XL)
