"""The kinds of value that nodes exchange, as annotations that a type checker reads too."""

from typing import TYPE_CHECKING, Annotated, Any

from nodes.widgets import Hidden, Number, Socket

if TYPE_CHECKING:
    from torch import Tensor

    from comfy.control import Control
    from comfy.custom_sampling import GuidedModel
    from comfy.custom_sampling import Noise as NoiseSource
    from comfy.diffusion_model import DiffusionModel
    from comfy.gligen import GligenModel
    from comfy.hooks import Hooks as HookSet
    from comfy.hooks import Keyframes
    from comfy.photo_maker import PhotoMakerModel
    from comfy.sampling import Sampler as SteppingRule
    from comfy.style_model import StyleModel as WordsOfStyle
    from comfy.text import TextEncoder
    from comfy.vae import Vae
    from comfy.vision import EncodedPicture, PictureEncoder
else:
    Control = Tensor = DiffusionModel = TextEncoder = Vae = GuidedModel = NoiseSource = SteppingRule = Any
    EncodedPicture = PhotoMakerModel = GligenModel = HookSet = Keyframes = PictureEncoder = WordsOfStyle = Any

MAX_RESOLUTION = 16384
"""The most pixels along a side that any node offers."""

Model = Annotated[DiffusionModel, Socket("MODEL")]
Clip = Annotated[TextEncoder, Socket("CLIP")]
VAE = Annotated[Vae, Socket("VAE")]
ClipVision = Annotated[PictureEncoder, Socket("CLIP_VISION")]
ClipVisionOutput = Annotated[EncodedPicture, Socket("CLIP_VISION_OUTPUT")]
Hooks = Annotated[HookSet, Socket("HOOKS")]
HookKeyframes = Annotated[Keyframes, Socket("HOOK_KEYFRAMES")]
LoraModel = Annotated[dict[str, Tensor], Socket("LORA_MODEL")]
LossMap = Annotated[dict[str, list[float]], Socket("LOSS_MAP")]
TimestepsRange = Annotated[tuple[float, float], Socket("TIMESTEPS_RANGE")]
Gligen = Annotated[GligenModel, Socket("GLIGEN")]
PhotoMaker = Annotated[PhotoMakerModel, Socket("PHOTOMAKER")]
StyleModel = Annotated[WordsOfStyle, Socket("STYLE_MODEL")]
ControlNet = Annotated[Control, Socket("CONTROL_NET")]
Conditioning = Annotated[list[Any], Socket("CONDITIONING")]
Latent = Annotated[dict[str, Any], Socket("LATENT")]
Image = Annotated[Tensor, Socket("IMAGE")]
Mask = Annotated[Tensor, Socket("MASK")]

Noise = Annotated[NoiseSource, Socket("NOISE")]
Guider = Annotated[GuidedModel, Socket("GUIDER")]
Sampler = Annotated[SteppingRule, Socket("SAMPLER")]
Sigmas = Annotated[Tensor, Socket("SIGMAS")]

Seed = Annotated[int, Number(0, 0, 2**64 - 1, control_after_generate=True)]
Pixels = Annotated[int, Number(512, 1, MAX_RESOLUTION, step=1)]
Fraction = Annotated[float, Number(1.0)]

AnyValue = Annotated[Any, Socket("*")]
TextValue = Annotated[str, Socket("STRING")]
IntValue = Annotated[int, Socket("INT")]
FloatValue = Annotated[float, Socket("FLOAT")]
BoolValue = Annotated[bool, Socket("BOOLEAN")]

UniqueId = Annotated[str | None, Hidden("UNIQUE_ID")]
RunningPrompt = Annotated[Any, Hidden("DYNPROMPT")]
PromptGraph = Annotated[dict[str, Any] | None, Hidden("PROMPT")]
ExtraPngInfo = Annotated[dict[str, Any] | None, Hidden("EXTRA_PNGINFO")]

Ui = dict[str, Any]
"""What an output node returns: `{"ui": {kind: [...]}}`, shown on its card and kept in the history."""
