"""What packs import as `comfy.sdxl_clip`: the text networks of Stable Diffusion XL, and what reads prompts for them."""

from nodes.compat.names import lacks_of
from nodes.compat.text_networks import SDXLClipG as SDXLClipG
from nodes.compat.text_networks import SDXLClipModel as SDXLClipModel
from nodes.compat.text_networks import SDXLRefinerClipModel as SDXLRefinerClipModel
from nodes.compat.tokenizers import SDXLClipGTokenizer as SDXLClipGTokenizer
from nodes.compat.tokenizers import SDXLTokenizer as SDXLTokenizer

__getattr__ = lacks_of("comfy.sdxl_clip")
