"""What packs call as `nodes.common_ksampler`: the sampler of the nodes."""

from typing import Any

from nodes.compat.model_patcher import open_model
from nodes.sampling import sample_as_told


def common_ksampler(
    model: Any,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Any,
    negative: Any,
    latent: dict[str, Any],
    denoise: float = 1.0,
    disable_noise: bool = False,
    start_step: int | None = None,
    last_step: int | None = None,
    force_full_denoise: bool = False,
) -> tuple[dict[str, Any]]:
    """What KSampler does; a stretch of steps that ends early keeps its noise unless `force_full_denoise`."""
    sampled = sample_as_told(
        open_model(model),
        positive,
        negative,
        latent,
        seed=seed,
        steps=steps,
        cfg=cfg,
        sampler_name=sampler_name,
        scheduler=scheduler,
        denoise=denoise,
        start_step=start_step,
        end_step=last_step,
        add_noise=not disable_noise,
        return_leftover_noise=not force_full_denoise,
    )
    return (sampled,)
