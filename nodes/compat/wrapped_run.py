"""A whole run with what packs put around it, and their being told of its beginning and end."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from comfy.custom_sampling import GuidedModel
from comfy.sampling.registry import Denoise, Report
from comfy.sampling.run import OnStep, Sampled, Step, Task
from nodes.compat import sampler_helpers
from nodes.compat.guiders import CFGGuider, OpenedGuider, PackGuider
from nodes.compat.patcher_extension import CallbacksMP, WrapperExecutor, WrappersMP
from nodes.compat.sampler_objects import ModelWrap, open_sampler, steps_to
from nodes.compat.transformer_options import run_guider, run_seed, run_sigmas
from nodes.compat.wrapped import Wrappers, wrappers_of

Go = Callable[[Task], Sampled]


def run_wrapped(patcher: Any, task: Task, go: Go) -> Sampled:
    """Run, told to whoever wants to know."""
    guider = _guider_of(task)
    tokens = run_guider.set(guider), run_sigmas.set(task.sigmas), run_seed.set(task.seed)
    patcher.tell(CallbacksMP.ON_LOAD, patcher.load_device, 0, False, True)
    patcher.pre_run()
    try:
        return _outer(patcher, guider, task, go)
    finally:
        patcher.cleanup()
        _clean_controls(task)
        run_guider.reset(tokens[0])
        run_sigmas.reset(tokens[1])
        run_seed.reset(tokens[2])


def _clean_controls(task: Task) -> None:
    """Tell controls of packs that the run is over."""
    entries = (entry for conditioning in task.guider.conditionings.values() for entry in conditioning)
    for _, options in entries:
        if hasattr(options.get("control"), "cleanup"):
            options["control"].cleanup()


def _guider_of(task: Task) -> CFGGuider:
    """The run's guider as packs know it."""
    if isinstance(task.guider, PackGuider):
        return task.guider.own
    return OpenedGuider(GuidedModel(task.model, task.guider))  # type: ignore[arg-type]


def _outer(patcher: Any, guider: CFGGuider, task: Task, go: Go) -> Sampled:
    wrappers = wrappers_of(patcher, guider.model_options, WrappersMP.OUTER_SAMPLE)
    if not wrappers:
        return go(_prepared(patcher, guider, task))
    last: list[Sampled] = []
    callback = _callback_of(task.on_step)

    def outer_sample(
        noise: Tensor,
        latent_image: Tensor,
        sampler: Any,
        sigmas: Tensor,
        denoise_mask: Tensor | None = None,
        callback: Any = callback,
        disable_pbar: bool = False,
        seed: int | None = None,
        *_: Any,
        **__: Any,
    ) -> Tensor:
        latent = {**task.latent, "samples": latent_image} | (
            {} if denoise_mask is None else {"noise_mask": denoise_mask}
        )
        changed = Task(
            guider.model,
            guider.guider,
            open_sampler(sampler),
            sigmas,
            latent,
            seed or 0,
            noise,
            _on_step(callback, task),
        )
        last.append(go(_prepared(patcher, guider, changed)))
        samples: Tensor = last[-1].latent["samples"]
        return samples

    samples, mask = task.latent["samples"], task.latent.get("noise_mask")
    noise = torch.zeros_like(samples) if task.noise is None else task.noise
    executor = WrapperExecutor.new_class_executor(outer_sample, guider, wrappers)
    made = executor.execute(noise, samples, open_sampler(task.sampler), task.sigmas, mask, callback, False, task.seed)
    latent = {**task.latent, "samples": made.to("cpu", torch.float32)}
    return Sampled(latent, last[-1].denoised if last else latent)


def _callback_of(on_step: OnStep | None) -> Callable[..., None]:
    def callback(step: int, denoised: Tensor, x: Tensor, total: int) -> None:
        if on_step is not None:
            on_step(Step(step, total, 0.0, denoised, x))

    return callback


def _on_step(callback: Any, task: Task) -> OnStep | None:
    if callback is None:
        return None
    return lambda step: callback(step.index, step.denoised, step.x, step.total)


def _prepared(patcher: Any, guider: CFGGuider, task: Task) -> Task:
    """The task with conditionings as packs that stand around preparing a run leave them, and its sampler wrapped."""
    if wrappers_of(patcher, guider.model_options, WrappersMP.PREPARE_SAMPLING):
        shape = (task.latent["samples"] if task.noise is None else task.noise).shape
        conds = {name: sampler_helpers.convert_cond(cond) for name, cond in task.guider.conditionings.items()}
        _, ready, _ = sampler_helpers.prepare_sampling(patcher, shape, conds, guider.model_options)
        changed = {name: sampler_helpers.unconverted(cond) for name, cond in ready.items()}
        task = replace(task, guider=_asking_under(task.guider, changed))
    return _with_wrapped_sampler(patcher, guider, task)


def _asking_under(guider: Any, conds: Mapping[str, Any]) -> Any:
    """The guider with other conditionings; those of Skein have each at a field of its name."""
    if isinstance(guider, PackGuider):
        own = copy(guider.own)
        own.original_conds = {**own.original_conds, **conds}
        return PackGuider(own)
    return replace(guider, **conds)


def _with_wrapped_sampler(patcher: Any, guider: CFGGuider, task: Task) -> Task:
    wrappers = wrappers_of(patcher, guider.model_options, WrappersMP.SAMPLER_SAMPLE)
    return replace(task, sampler=WrappedSampler(task.sampler, wrappers)) if wrappers else task  # type: ignore[arg-type]


class WrappedSampler:
    """A sampler with what packs put around it."""

    def __init__(self, inner: Any, wrappers: Wrappers) -> None:
        self._inner, self._wrappers = inner, wrappers
        self.name = getattr(inner, "name", "pack")
        self.drops_penultimate = getattr(inner, "drops_penultimate", False)
        self.redraws_mask_noise = getattr(inner, "redraws_mask_noise", False)

    def run(self, denoise: Denoise, report: Report, x: Tensor, sigmas: list[float], seed: int) -> Tensor:
        """Sample as Skein's loop asks for it; what a wrapper changes of noise, latent and sigmas counts."""
        wrap, levels = ModelWrap(denoise, seed), torch.tensor(sigmas, device=x.device)
        nothing = torch.zeros_like(x)
        given = x / sigmas[0]

        def sample(
            model_wrap: Any,
            sigmas: Tensor,
            extra_args: Mapping[str, Any],
            callback: Any,
            noise: Tensor,
            latent_image: Tensor | None = None,
            denoise_mask: Tensor | None = None,
            disable_pbar: bool = False,
        ) -> Tensor:
            start = nothing if latent_image is None else latent_image
            is_same = noise is given and start is nothing and sigmas is levels
            begun = x if is_same else wrap.model_sampling.noise_scaling(sigmas[0], noise, start)
            out: Tensor = self._inner.run(denoise, report, begun, sigmas.tolist(), seed)
            return out

        extra_args = {"model_options": wrap.model_options, "seed": seed}
        executor = WrapperExecutor.new_class_executor(sample, open_sampler(self._inner), self._wrappers)
        out: Tensor = executor.execute(wrap, levels, extra_args, steps_to(report, sigmas), given, nothing, None, True)
        return out
