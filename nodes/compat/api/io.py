"""What packs import as `comfy_api.latest.io`: types, schemas and the base of nodes."""

from functools import partial

from nodes.compat.api.dynamic import Autogrow as Autogrow
from nodes.compat.api.dynamic import DynamicCombo as DynamicCombo
from nodes.compat.api.dynamic import DynamicGroup as DynamicGroup
from nodes.compat.api.dynamic import DynamicInput as DynamicInput
from nodes.compat.api.dynamic import DynamicSlot as DynamicSlot
from nodes.compat.api.dynamic import MatchType as MatchType
from nodes.compat.api.node import ComfyNode as ComfyNode
from nodes.compat.api.schema import Hidden as Hidden
from nodes.compat.api.schema import HiddenHolder as HiddenHolder
from nodes.compat.api.schema import NodeOutput as NodeOutput
from nodes.compat.api.schema import NodeReplace as NodeReplace
from nodes.compat.api.schema import Schema as Schema
from nodes.compat.api.types import ComboInput, WidgetInput, kind
from nodes.compat.api.types import ComfyType as ComfyType
from nodes.compat.api.types import ControlAfterGenerate as ControlAfterGenerate
from nodes.compat.api.types import Custom as Custom
from nodes.compat.api.types import FolderType as FolderType
from nodes.compat.api.types import Input as Input
from nodes.compat.api.types import MultiType as MultiType
from nodes.compat.api.types import NumberDisplay as NumberDisplay
from nodes.compat.api.types import Output as Output
from nodes.compat.api.types import RemoteOptions as RemoteOptions
from nodes.compat.api.types import UploadType as Upload
from nodes.compat.names import lacks

UploadType = Upload
comfytype = kind
ComfyTypeIO = ComfyType

Boolean = kind("BOOLEAN", WidgetInput)
Int = kind("INT", WidgetInput)
Float = kind("FLOAT", WidgetInput)
String = kind("STRING", WidgetInput)
Combo = kind("COMBO", ComboInput)
MultiCombo = kind("COMBO", ComboInput, {"multi_select": {}})
Image = kind("IMAGE")
Mask = kind("MASK")
Latent = kind("LATENT")
Conditioning = kind("CONDITIONING")
Sampler = kind("SAMPLER")
Sigmas = kind("SIGMAS")
Noise = kind("NOISE")
Guider = kind("GUIDER")
Clip = kind("CLIP")
ControlNet = kind("CONTROL_NET")
Vae = kind("VAE")
Model = kind("MODEL")
ModelPatch = kind("MODEL_PATCH")
ClipVision = kind("CLIP_VISION")
ClipVisionOutput = kind("CLIP_VISION_OUTPUT")
AudioEncoder = kind("AUDIO_ENCODER")
AudioEncoderOutput = kind("AUDIO_ENCODER_OUTPUT")
StyleModel = kind("STYLE_MODEL")
Gligen = kind("GLIGEN")
UpscaleModel = kind("UPSCALE_MODEL")
LatentUpscaleModel = kind("LATENT_UPSCALE_MODEL")
Audio = kind("AUDIO")
Video = kind("VIDEO")
SVG = kind("SVG")
LoraModel = kind("LORA_MODEL")
LossMap = kind("LOSS_MAP")
Voxel = kind("VOXEL")
Mesh = kind("MESH")
Hooks = kind("HOOKS")
HookKeyframes = kind("HOOK_KEYFRAMES")
TimestepsRange = kind("TIMESTEPS_RANGE")
LatentOperation = kind("LATENT_OPERATION")
FlowControl = kind("FLOW_CONTROL")
Accumulation = kind("ACCUMULATION")
Webcam = kind("WEBCAM")
Photomaker = kind("PHOTOMAKER")
Point = kind("POINT")
FaceAnalysis = kind("FACE_ANALYSIS")
BBOX = kind("BBOX")
SEGS = kind("SEGS")
AnyType = kind("*")
WanCameraEmbedding = kind("WAN_CAMERA_EMBEDDING")
Color = kind("COLOR", WidgetInput)

__getattr__ = partial(lacks, "comfy_api.latest.io")
