"""Nodes that choose a stepping rule and its parameters."""

from typing import Annotated

from comfy.sampling import find_sampler
from comfy.sampling.samplers.cfg_pp import EULER_PP
from comfy.sampling.samplers.growing import LCM_UPSCALE
from comfy.sampling.samplers.stochastic_adams import tau_between
from nodes.declare import node
from nodes.needs import need
from nodes.sampling import SamplerName
from nodes.types import Model, Sampler
from nodes.widgets import Choice, Number, Other, Tip, Toggle

UpTo100 = Number(1.0, 0.0, 100.0, round=False)
Eta = Annotated[float, UpTo100]
NoiseStrength = Annotated[float, UpTo100]
NoiseDevice = Annotated[str, Choice(("gpu", "cpu"))]
CATEGORY = "sampling/custom_sampling/samplers"


@node(CATEGORY)
class KSamplerSelect:
    """A stepping rule as it is."""

    def get_sampler(self, sampler_name: SamplerName) -> Sampler:
        return find_sampler(sampler_name)


@node(CATEGORY)
class SamplerEulerAncestral:
    """Euler steps that add noise; eta 0 adds none."""

    def get_sampler(self, eta: Eta, s_noise: NoiseStrength) -> Sampler:
        return find_sampler("euler_ancestral").with_options(eta=eta, s_noise=s_noise)


@node(CATEGORY, display_name="SamplerEulerAncestralCFG++")
class SamplerEulerAncestralCFGPP:
    """Euler steps that add noise, guided as CFG++ does (Chung et al. 2024)."""

    def get_sampler(
        self,
        eta: Annotated[float, Number(1.0, 0.0, 1.0, round=False)],
        s_noise: Annotated[float, Number(1.0, 0.0, 10.0, round=False)],
    ) -> Sampler:
        return find_sampler("euler_ancestral_cfg_pp").with_options(eta=eta, s_noise=s_noise)


VERSIONS = {"multiselect": False, "options": ["regular", "alternative"]}
GROWING = {"multiselect": False, "options": ["bislerp", "nearest-exact", "bilinear", "area", "bicubic"]}


@node("_for_testing", display_name="SamplerEulerCFG++", experimental=True)
class SamplerEulerCFGpp:
    """Euler steps, guided as CFG++ does (Chung et al. 2024)."""

    def get_sampler(self, version: Annotated[str, Other("COMBO", VERSIONS)]) -> Sampler:
        return EULER_PP if version == "alternative" else find_sampler("euler_cfg_pp")


@node(CATEGORY)
class SamplerLCMUpscale:
    """Latent consistency steps that make the picture larger on the way."""

    def get_sampler(
        self,
        scale_ratio: Annotated[float, Number(1.0, 0.1, 20.0)],
        scale_steps: Annotated[int, Number(-1, -1, 1000, step=1), Tip("After how many; -1 is half of all.")],
        upscale_method: Annotated[str, Other("COMBO", GROWING)],
    ) -> Sampler:
        steps = scale_steps if scale_steps > 0 else None
        return LCM_UPSCALE.with_options(ratio=scale_ratio, steps=steps, method=upscale_method)


@node(CATEGORY)
class SamplerLMS:
    """Linear multistep, of an order of your own."""

    def get_sampler(self, order: Annotated[int, Number(4, 1, 100)]) -> Sampler:
        return find_sampler("lms").with_options(order=order)


@node(CATEGORY)
class SamplerDPMPP_2S_Ancestral:  # noqa: N801, saved workflows know it so
    """DPM-Solver++(2S) steps that add noise."""

    def get_sampler(self, eta: Eta, s_noise: NoiseStrength) -> Sampler:
        return find_sampler("dpmpp_2s_ancestral").with_options(eta=eta, s_noise=s_noise)


@node(CATEGORY)
class SamplerDPMPP_SDE:  # noqa: N801
    """Stochastic DPM-Solver++ with a stage in between."""

    def get_sampler(
        self,
        eta: Eta,
        s_noise: NoiseStrength,
        r: Annotated[float, Number(0.5, 0.0, 100.0, round=False)],
        noise_device: NoiseDevice,
    ) -> Sampler:
        return find_sampler(_on("dpmpp_sde", noise_device)).with_options(eta=eta, s_noise=s_noise, r=r)


@node(CATEGORY)
class SamplerDPMPP_2M_SDE:  # noqa: N801
    """Stochastic DPM-Solver++(2M)."""

    def get_sampler(
        self,
        solver_type: Annotated[str, Choice(("midpoint", "heun"))],
        eta: Eta,
        s_noise: NoiseStrength,
        noise_device: NoiseDevice,
    ) -> Sampler:
        chosen = find_sampler(_on("dpmpp_2m_sde", noise_device))
        return chosen.with_options(eta=eta, s_noise=s_noise, solver_type=solver_type)


@node(CATEGORY)
class SamplerDPMPP_3M_SDE:  # noqa: N801
    """Stochastic DPM-Solver++(3M)."""

    def get_sampler(self, eta: Eta, s_noise: NoiseStrength, noise_device: NoiseDevice) -> Sampler:
        return find_sampler(_on("dpmpp_3m_sde", noise_device)).with_options(eta=eta, s_noise=s_noise)


@node(CATEGORY)
class SamplerDPMAdaptative:
    """DPM-Solver that chooses its own steps by their error."""

    def get_sampler(
        self,
        order: Annotated[int, Number(3, 2, 3)],
        rtol: Annotated[float, Number(0.05, 0.0, 100.0, round=False)],
        atol: Annotated[float, Number(0.0078, 0.0, 100.0, round=False)],
        h_init: Annotated[float, Number(0.05, 0.0, 100.0, round=False)],
        pcoeff: Annotated[float, Number(0.0, 0.0, 100.0, round=False)],
        icoeff: Annotated[float, UpTo100],
        dcoeff: Annotated[float, Number(0.0, 0.0, 100.0, round=False)],
        accept_safety: Annotated[float, Number(0.81, 0.0, 100.0, round=False)],
        eta: Annotated[float, Number(0.0, 0.0, 100.0, round=False)],
        s_noise: NoiseStrength,
    ) -> Sampler:
        return find_sampler("dpm_adaptive").with_options(
            order=order,
            rtol=rtol,
            atol=atol,
            h_init=h_init,
            pcoeff=pcoeff,
            icoeff=icoeff,
            dcoeff=dcoeff,
            accept_safety=accept_safety,
            eta=eta,
            s_noise=s_noise,
        )


@node(CATEGORY)
class SamplerER_SDE:  # noqa: N801
    """Extended reverse-time SDE solvers (Cui et al. 2023)."""

    def get_sampler(
        self,
        solver_type: Annotated[str, Choice(("ER-SDE", "Reverse-time SDE", "ODE"))],
        max_stage: Annotated[int, Number(3, 1, 3)],
        eta: Eta,
        s_noise: NoiseStrength,
    ) -> Sampler:
        chosen = find_sampler("er_sde").with_options(max_stage=max_stage, s_noise=s_noise)
        if solver_type == "ER-SDE":
            return chosen
        if solver_type == "ODE" or eta == 0:
            return chosen.with_options(noise_scaler=lambda sigma: sigma, s_noise=0.0)
        return chosen.with_options(noise_scaler=lambda sigma: sigma ** (eta + 1))


@node(CATEGORY)
class SamplerSASolver:
    """Stochastic Adams steps, stochastic during a part of the way (Xue et al. 2023)."""

    def get_sampler(
        self,
        model: Model,
        eta: Annotated[float, Number(1.0, 0.0, 10.0, round=False)],
        sde_start_percent: Annotated[float, Number(0.2, step=0.001)],
        sde_end_percent: Annotated[float, Number(0.8, step=0.001)],
        s_noise: NoiseStrength,
        predictor_order: Annotated[int, Number(3, 1, 6)],
        corrector_order: Annotated[int, Number(4, 0, 6)],
        use_pece: Annotated[bool, Toggle(None)],
        simple_order_2: Annotated[bool, Toggle(None)],
    ) -> Sampler:
        levels = need(model, "model").levels
        return find_sampler("sa_solver").with_options(
            tau=tau_between(levels, sde_start_percent, sde_end_percent, eta),
            s_noise=s_noise,
            predictor_order=predictor_order,
            corrector_order=corrector_order,
            use_pece=use_pece,
            simple_order_2=simple_order_2,
        )


def _on(name: str, device: str) -> str:
    """The sampler's twin that draws its noise on this device."""
    return f"{name}_gpu" if device == "gpu" else name
