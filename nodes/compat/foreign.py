"""ComfyUI's modules and classes of what Skein is not for: other families of models, video, 3D, services.

Packs import them along with the rest. They can be imported and subclassed; using one raises `NotPartOfSkein`.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

FOREIGN = (
    "comfy.audio_encoders", "comfy.background_removal", "comfy.cldm", "comfy.context_windows", "comfy.image_encoders",
    "comfy.ldm.ace", "comfy.ldm.anima", "comfy.ldm.audio", "comfy.ldm.aura", "comfy.ldm.cascade", "comfy.ldm.chroma",
    "comfy.ldm.chroma_radiance", "comfy.ldm.cosmos", "comfy.ldm.flux", "comfy.ldm.genmo", "comfy.ldm.hidream",
    "comfy.ldm.hunyuan3d", "comfy.ldm.hunyuan3dv2_1", "comfy.ldm.hunyuan_foley", "comfy.ldm.hunyuan_video",
    "comfy.ldm.hydit", "comfy.ldm.kandinsky5", "comfy.ldm.lightricks", "comfy.ldm.lumina", "comfy.ldm.mmaudio",
    "comfy.ldm.modules.diffusionmodules.mmdit", "comfy.ldm.modules.temporal_ae", "comfy.ldm.omnigen",
    "comfy.ldm.pixart", "comfy.ldm.qwen_image", "comfy.ldm.wan", "comfy.nested_tensor", "comfy.quant_ops",
    "comfy.text_encoders", "comfy.t2i_adapter", "comfy_api.torch_helpers", "comfy_api_nodes", "comfy_config",
    "comfy_kitchen", "comfy_aimdo", "api_server", "alembic_db", "app.assets", "app.database",
)  # fmt: skip
"""The modules that are so, with all below them."""

MODELS = (
    "ACEStep", "AuraFlow", "Chroma", "ChromaRadiance", "CosmosPredict2", "CosmosVideo", "Flux", "Flux2", "FluxInpaint",
    "FluxSchnell", "GenmoMochi", "HiDream", "HunyuanDiT", "HunyuanDiT1", "HunyuanImage21", "HunyuanVideo",
    "HunyuanVideo15", "HunyuanVideoI2V", "HunyuanVideoSkyreelsI2V", "Hunyuan3Dv2", "Hunyuan3Dv2_1", "Hunyuan3Dv2mini",
    "Kandinsky5", "LTXAV", "LTXV", "Lumina2", "MiniMaxH3", "Omnigen2", "PixArt", "PixArtAlpha", "PixArtSigma",
    "QwenImage", "SD3", "SV3D_u", "SV3D_p", "SVD_img2vid", "SVD3D_u", "SVD3D_p", "SSD1B", "Segmind_Vega", "KOALA_700M",
    "KOALA_1B", "SD_Zero123", "Stable_Zero123", "StableAudio", "StableAudio1", "StableCascade_B", "StableCascade_C",
    "Stable_Cascade_B", "Stable_Cascade_C", "WAN21", "WAN21_Camera", "WAN21_FunControl2V", "WAN21_HuMo", "WAN21_I2V",
    "WAN21_T2V", "WAN21_Vace", "WAN22", "WAN22_Animate", "WAN22_S2V", "WAN22_T2V", "ZImage", "LotusD", "Cosmos",
)  # fmt: skip
"""Classes of models that Skein does not run: no model is one."""


class NotPartOfSkein(NotImplementedError):
    """A pack has used something of ComfyUI's that Skein is not for."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is ComfyUI's own and not part of Skein, which runs Stable Diffusion's families of models. "
            "Nodes of this pack that do without it can be used."
        )


class Foreign(type):
    """The class of classes that stand for such things."""

    foreign_name: str

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if "foreign_name" in vars(cls):
            raise NotPartOfSkein(cls.foreign_name)
        return super().__call__(*args, **kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(f"{cls.foreign_name}.{name}")


def stand_in(name: str) -> Any:
    """A class for a name that Skein has nothing for: making one, or calling what is below it, raises."""

    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise NotPartOfSkein(name)

    return Foreign(name.rpartition(".")[2], (), {"foreign_name": name, "__init__": refuse, "__module__": __name__})


def foreign_class(module: str, name: str) -> Any:
    """What stands for a class of another family's; raises `AttributeError` for names that are not known."""
    if name not in MODELS:
        raise AttributeError(f"{module} has no {name} here: it is ComfyUI's own and not part of Skein.")
    found = _classes.setdefault(name, None)
    if found is None:
        found = _classes[name] = stand_in(f"{module}.{name}")
    return found


_classes: dict[str, Any] = {}


class ForeignModule(ModuleType):
    """A module of such things, each made when it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        made = stand_in(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


class ForeignFinder(MetaPathFinder, Loader):
    """Imports such modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_one = any(fullname == name or fullname.startswith(f"{name}.") for name in FOREIGN)
        return ModuleSpec(fullname, self, is_package=True) if is_one else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ForeignModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it until it is asked for."""


def install_foreign() -> None:
    """Make them importable, behind everything that is really there."""
    if not any(isinstance(finder, ForeignFinder) for finder in sys.meta_path):
        sys.meta_path.append(ForeignFinder())
