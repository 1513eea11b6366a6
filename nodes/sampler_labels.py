"""What AUTOMATIC1111's web UI, and sites that read its files, call samplers and schedulers; both ways."""

from dataclasses import dataclass

SAMPLER_LABELS = {
    "euler": "Euler",
    "euler_ancestral": "Euler a",
    "heun": "Heun",
    "dpm_2": "DPM2",
    "dpm_2_ancestral": "DPM2 a",
    "lms": "LMS",
    "dpm_fast": "DPM fast",
    "dpm_adaptive": "DPM adaptive",
    "dpmpp_2s_ancestral": "DPM++ 2S a",
    "dpmpp_sde": "DPM++ SDE",
    "dpmpp_sde_gpu": "DPM++ SDE",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "dpmpp_2m_sde_gpu": "DPM++ 2M SDE",
    "dpmpp_2m_sde_heun": "DPM++ 2M SDE Heun",
    "dpmpp_2m_sde_heun_gpu": "DPM++ 2M SDE Heun",
    "dpmpp_3m_sde": "DPM++ 3M SDE",
    "dpmpp_3m_sde_gpu": "DPM++ 3M SDE",
    "ddim": "DDIM",
    "ddpm": "DDPM",
    "lcm": "LCM",
    "uni_pc": "UniPC",
    "uni_pc_bh2": "UniPC",
    "res_multistep": "Res Multistep",
}
# These end the sampler's name, which old readers understand as well as new ones.
SCHEDULER_ENDINGS = {"karras": " Karras", "exponential": " Exponential"}
SCHEDULER_LABELS = {
    "sgm_uniform": "SGM Uniform",
    "simple": "Simple",
    "beta": "Beta",
    "ddim_uniform": "DDIM",
    "kl_optimal": "KL Optimal",
}
DEFAULT_SCHEDULER = "normal"
# How Hires Fix enlarges; there is no such name for what is not here.
UPSCALER_LABELS = {
    "bilinear": "Latent",
    "bicubic": "Latent (bicubic)",
    "nearest-exact": "Latent (nearest-exact)",
    "picture": "Lanczos",
}


class UnknownLabelError(ValueError):
    """No sampler has this label; the message says which there are."""


@dataclass(frozen=True)
class SamplerChoice:
    """A sampler and a scheduler by the names that nodes know."""

    sampler: str
    scheduler: str


def read_label(label: str, schedule_label: str | None = None) -> SamplerChoice:
    """What a label such as `DPM++ 2M Karras` means, with the schedule told apart where newer files do so.

    Names of nodes' own are understood too. Raises `UnknownLabelError`.
    """
    scheduler = _scheduler_of(schedule_label)
    name = label.strip()
    for known, ending in SCHEDULER_ENDINGS.items():
        if name.lower().endswith(ending.lower()):
            name, scheduler = name[: -len(ending)], scheduler or known
    # Several samplers share a label; the first is the one that computes alike everywhere.
    found = next((key for key, text in SAMPLER_LABELS.items() if name.lower() in (text.lower(), key)), None)
    if found is None:
        raise UnknownLabelError(f"There is no sampler called {label!r}. Choose one of: {', '.join(sampler_labels())}.")
    return SamplerChoice(found, scheduler or DEFAULT_SCHEDULER)


def sampler_labels() -> list[str]:
    """Every label, each also with the schedules that are written behind it."""
    names = list(dict.fromkeys(SAMPLER_LABELS.values()))
    return [name + ending for name in names for ending in ("", *SCHEDULER_ENDINGS.values())]


def _scheduler_of(label: str | None) -> str | None:
    if not label or label.lower() in ("automatic", "uniform"):
        return None
    labels = {text.lower(): key for key, text in SCHEDULER_LABELS.items()}
    endings = {ending.strip().lower(): key for key, ending in SCHEDULER_ENDINGS.items()}
    return (labels | endings).get(label.lower(), label if label in (*SCHEDULER_LABELS, *SCHEDULER_ENDINGS) else None)
