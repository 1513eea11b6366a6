"""The size of picture that a model was trained on, and what to expect of another."""

from comfy.diffusion_model import DiffusionModel

# By the width of the text embedding and whether the model predicts v; the first is the checkpoint that ships.
_SIDES = {
    (128, False): 128,
    (768, False): 512,
    (1024, False): 512,
    (1024, True): 768,
    (2048, False): 1024,
    (1280, False): 1024,
}

SMALLEST_SHARE, LARGEST_SHARE = 0.75, 1.5


def native_side(model: DiffusionModel) -> int | None:
    """The side in pixels of the squares that the model was trained on; None for a family that is not known."""
    return _SIDES.get((model.config.context_dim, model.prediction == "v"))


def advice_on_size(model: DiffusionModel, width: int, height: int) -> str:
    """What to do about a size that does not suit the model, or that may not; empty where it does."""
    side = native_side(model)
    if side is None:
        return f"The size that this model was made for is not known: its card says whether {width}×{height} suits it."
    if min(width, height) < side * SMALLEST_SHARE:
        return (
            f"{width}×{height} is small for this model, which was made for {side}×{side}: pictures come out muddled. "
            f"Make them at about {side} and scale them down."
        )
    if max(width, height) > side * LARGEST_SHARE and width * height > side * side * LARGEST_SHARE:
        return (
            f"{width}×{height} is large for this model, which was made for {side}×{side}: things may come twice. "
            "Make it smaller and use Hires Fix or SD Upscale."
        )
    return ""
