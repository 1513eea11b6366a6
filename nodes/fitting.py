"""Whether what is connected to a sampler was made for its model, said before the mathematics fails on it."""

from typing import Any

from nodes.types import Conditioning, Latent, Model


class MismatchError(ValueError):
    """Two inputs belong to different families of models; the message names both and the remedy."""


def fit_latent(model: Model, latent: Latent) -> Latent:
    """The latent, an empty one with as many channels as the model's; raises `MismatchError` for any other."""
    samples = latent["samples"]
    given, wanted = samples.shape[1], model.latent_format.channels
    if given == wanted:
        return latent
    if not samples.any():
        return {**latent, "samples": samples.new_zeros((samples.shape[0], wanted, *samples.shape[2:]))}
    raise MismatchError(
        f"The input latent_image has {given} channels, but this model's latents have {wanted}: it was made for "
        "another family of models. Decode it with its own VAE, and encode the picture with this model's."
    )


def fit_conditioning(model: Model, **conditionings: Any) -> None:
    """Raise `MismatchError` where a conditioning, by its input's name, is not as wide as the model reads."""
    wanted = model.config.context_dim
    for name, conditioning in conditionings.items():
        _check_width(name, conditioning, wanted)


def _check_width(name: str, conditioning: Conditioning, wanted: int) -> None:
    for embedding, _ in conditioning:
        if embedding.shape[-1] != wanted:
            raise MismatchError(
                f"The input {name} is {embedding.shape[-1]} numbers wide, but this model reads {wanted}: it was "
                "encoded for another family of models. Use the text encoder of the same checkpoint."
            )
