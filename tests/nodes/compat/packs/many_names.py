"""A pack that imports what large packs import beside what their nodes need: other families, services, ComfyUI's own."""

import app.logger
import comfy.ldm.cosmos.model
import comfy.text_encoders.flux
import comfyui_version
import execution
import server
from app.user_manager import UserManager
from comfy import supported_models_base
from comfy.cli_args import args, enables_dynamic_vram
from comfy.comfy_types.node_typing import IO, ComfyNodeABC, InputTypeDict
from comfy.k_diffusion.utils import append_dims
from comfy.ldm.flux.layers import DoubleStreamBlock
from comfy.ldm.util import default, exists
from comfy.ldm.wan.model import WanModel
from comfy.model_management import LoadedModel, get_free_memory, soft_empty_cache
from comfy.ops import cast_bias_weight, manual_cast
from comfy.supported_models import WAN21_T2V
from comfy.taesd.taesd import TAESD
from comfy_api.input import AudioInput, ImageInput, VideoInput
from comfy_api.input_impl import VideoFromComponents, VideoFromFile
from comfy_api.latest import InputImpl, Types
from comfy_api.util import VideoComponents, VideoContainer

original_forward = DoubleStreamBlock.forward


class OtherFamily(supported_models_base.BASE):
    unet_config = {"image_model": "other"}


class Wan(WanModel):
    """A network that cannot be made here."""


class Uses(ComfyNodeABC):
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", (IO.STRING,)

    @classmethod
    def INPUT_TYPES(cls) -> InputTypeDict:
        return {"required": {"what": (IO.STRING, {"default": "nothing"})}}

    def run(self, what):
        if what == "wan":
            Wan(hidden=1)
        if what == "video":
            VideoFromFile("a.mp4").get_components()
        return (what,)


assert comfyui_version.__version__ and callable(execution.validate_prompt) and callable(app.logger.get_logs)
assert server.PromptServer.instance and UserManager and TAESD and LoadedModel and append_dims and cast_bias_weight
assert exists(default(None, 1)) and manual_cast.Conv3d and Types.VideoCodec and InputImpl.VideoFromFile
assert issubclass(VideoFromComponents, VideoInput) and VideoComponents and VideoContainer.AUTO and ImageInput
assert AudioInput and WAN21_T2V and get_free_memory and soft_empty_cache and not enables_dynamic_vram()
assert args.cpu in (True, False) and OtherFamily({}).unet_config == {"image_model": "other"}
assert comfy.ldm.cosmos.model and comfy.text_encoders.flux
NODE_CLASS_MAPPINGS = {"Packs_Uses": Uses}
