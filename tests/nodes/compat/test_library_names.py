"""The small libraries that packs import: progress, files, resizing, devices, conditionings, types."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from comfy import images, latents
from comfy.tiling import Tiles, blend
from execution import progress
from nodes.compat.names import PACK_NAMES
from nodes.types import MAX_RESOLUTION


def name(module: str) -> Any:
    return importlib.import_module(module)


class Told(progress.Reporter):
    """Remembers what a node told."""

    node_id = "7"

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def update(self, value: float, total: float, preview: Any = None) -> None:
        self.steps.append((value, total, preview() if callable(preview) else preview))


def test_a_bar_tells_the_node_that_runs_and_shows_pictures() -> None:
    told = Told()
    with progress.reporting(told):
        bar = name("comfy.utils").ProgressBar(3)
    bar.update(1)  # From wherever: it knows whose it is.
    bar.update_absolute(5, 4, ("JPEG", Image.new("RGBA", (64, 32)), 16))
    assert [step[:2] for step in told.steps] == [(1, 3), (4, 4)]
    assert told.steps[0][2] is None
    assert told.steps[1][2].startswith(b"\xff\xd8")


@pytest.mark.parametrize("takes_node", [True, False])
def test_a_hook_hears_of_every_bar_instead(takes_node: bool) -> None:
    utils, heard = name("comfy.utils"), []
    before = utils.PROGRESS_BAR_HOOK
    hooks: list[Any] = [lambda a, b, c: heard.append((a, b, c)), lambda *told, node_id=None: heard.append(told)]
    hook = hooks[takes_node]
    utils.set_progress_bar_global_hook(hook)
    try:
        utils.ProgressBar(2).update(1)
    finally:
        utils.set_progress_bar_global_hook(before)
    assert heard == [(1, 2, None)]


def test_steps_are_shown_with_the_last_clean_estimate() -> None:
    told, seen = Told(), {}
    with progress.reporting(told):
        callback = name("latent_preview").prepare_callback(None, 2, seen)
    clean = torch.zeros(1, 4, 8, 8)
    callback(0, clean, clean, 2)
    assert seen["x0"] is clean
    assert told.steps[0][:2] == (1, 2)
    assert told.steps[0][2].startswith(b"\xff\xd8")


@pytest.mark.parametrize("method", ["nearest-exact", "bilinear", "area", "bicubic", "lanczos"])
@pytest.mark.parametrize("crop", ["disabled", "center"])
def test_resizing_is_that_of_the_nodes(method: str, crop: str) -> None:
    pictures = torch.rand(2, 20, 30, 3)
    resized = name("comfy.utils").common_upscale(pictures.movedim(-1, 1), 17, 33, method, crop).movedim(1, -1)
    assert torch.equal(resized, images.resize(pictures, 17, 33, method, crop))


def test_latents_turn_and_videos_are_resized_frame_by_frame() -> None:
    utils = name("comfy.utils")
    samples = torch.randn(1, 4, 6, 8)
    assert torch.equal(utils.common_upscale(samples, 12, 9, "bislerp", "disabled"), latents.bislerp(samples, 12, 9))
    video = torch.rand(2, 3, 5, 6, 8)
    resized = utils.common_upscale(video, 12, 9, "bilinear", "disabled")
    assert resized.shape == (2, 3, 5, 9, 12)
    assert torch.equal(resized[1, :, 4], utils.common_upscale(video[1:, :, 4], 12, 9, "bilinear", "disabled")[0])


def doubled(part: torch.Tensor) -> torch.Tensor:
    return part.repeat_interleave(2, -1).repeat_interleave(2, -2)


def test_tiles_give_what_the_whole_gives_and_are_counted() -> None:
    utils = name("comfy.utils")
    x, told = torch.rand(2, 3, 50, 70), Told()
    with progress.reporting(told):
        bar = utils.ProgressBar(2 * utils.get_tiled_scale_steps(70, 50, 32, 24, 8))
        out = utils.tiled_scale(x, doubled, 32, 24, 8, 2, pbar=bar)
    torch.testing.assert_close(out, doubled(x))
    assert told.steps[-1][:2] == (bar.total, bar.total)
    assert torch.equal(utils.tiled_scale(x[:1], torch.neg, 32, 24, 8, 1), blend(torch.neg, x[:1], Tiles(24, 32, 8), 1))
    with pytest.raises(ValueError, match="pair"):
        utils.tiled_scale_multidim(x[..., 0], torch.neg, (8,))


def test_files_are_written_and_read(tmp_path: Path) -> None:
    utils = name("comfy.utils")
    path = tmp_path / "a.safetensors"
    utils.save_torch_file({"a.b": torch.arange(4.0), "c.d": torch.ones(2, 2)}, path, {"made": "here"})
    state_dict, metadata = utils.load_torch_file(str(path), return_metadata=True)
    assert (sorted(state_dict), metadata) == (["a.b", "c.d"], {"made": "here"})
    assert b'"made":"here"' in utils.safetensors_header(str(path))
    assert utils.safetensors_header(str(path), max_size=3) is None
    assert utils.calculate_parameters(state_dict, "c.") == 4
    assert utils.weight_dtype(state_dict) == torch.float32
    kept = utils.state_dict_prefix_replace(state_dict, {"a.": "x."}, filter_keys=True)
    assert (sorted(kept), sorted(state_dict)) == (["x.b"], ["c.d"])
    assert sorted(utils.state_dict_key_replace(state_dict, {"c.d": "e"})) == ["e"]


def test_batches_are_brought_to_a_size() -> None:
    utils = name("comfy.utils")
    batch = torch.arange(3)
    assert utils.repeat_to_batch_size(batch, 5).tolist() == [0, 1, 2, 0, 1]
    assert utils.repeat_to_batch_size(batch, 2).tolist() == [0, 1]
    assert utils.resize_to_batch_size(torch.arange(5), 3).tolist() == [0, 2, 4]
    assert utils.resize_to_batch_size(batch, 6).tolist() == [0, 0, 1, 1, 2, 2]


def test_devices_and_memory_are_told() -> None:
    management = name("comfy.model_management")
    assert management.intermediate_device() == torch.device("cpu")
    assert management.get_free_memory(management.get_torch_device()) > 0
    assert management.get_total_memory() >= 2**20
    assert management.module_size(torch.nn.Linear(4, 4, bias=False)) == 64
    assert issubclass(management.OOM_EXCEPTION, RuntimeError)
    assert management.vram_state in management.VRAMState
    management.soft_empty_cache()
    network = torch.nn.Linear(2, 2)
    cpu = torch.device("cpu")
    management.load_models_gpu([name("comfy.model_patcher").ModelPatcher(network, load_device=cpu, offload_device=cpu)])


def test_loaded_models_tell_what_is_not_on_their_device() -> None:
    management, cpu = name("comfy.model_management"), torch.device("cpu")
    patcher = name("comfy.model_patcher").ModelPatcher(torch.nn.Linear(4, 4, bias=False), cpu, cpu)
    loaded = management.LoadedModel(patcher)
    assert management.offloaded_memory([loaded], cpu) == 64
    loaded.model_load()
    management.use_more_memory(1 << 20, [loaded], cpu)
    assert management.offloaded_memory([loaded], cpu) == 0
    assert management.offloaded_memory([loaded], torch.device("meta")) == 0
    assert management.resolve_lowvram_weight(patcher.model.weight, patcher.model, "weight") is patcher.model.weight
    assert management.extended_fp16_support() is True


def test_classes_whose_names_begin_small_are_found() -> None:
    nodes = name("nodes")
    assert nodes.unCLIPConditioning is nodes.NODE_CLASS_MAPPINGS["unCLIPConditioning"]
    assert nodes.unCLIPCheckpointLoader is nodes.NODE_CLASS_MAPPINGS["unCLIPCheckpointLoader"]
    with pytest.raises(AttributeError):
        nodes.unCLIPNothing  # noqa: B018


def test_a_cancelled_prompt_stops_a_pack() -> None:
    management = name("comfy.model_management")
    token = progress.CancelToken()

    class Cancellable(progress.Reporter):
        def check_cancelled(self) -> None:
            token.check()

    with progress.running(token), progress.reporting(Cancellable()):
        management.throw_exception_if_processing_interrupted()
        assert not management.processing_interrupted()
        name("nodes").interrupt_processing()
        assert management.processing_interrupted()
        with pytest.raises(management.InterruptProcessingException):
            management.throw_exception_if_processing_interrupted()


def test_options_of_a_conditioning_are_set_on_copies() -> None:
    helpers = name("node_helpers")
    conditioning = [[torch.zeros(1, 2, 3), {"area": 1, "refs": [1]}]]
    (changed,) = helpers.conditioning_set_values(conditioning, {"area": 2})
    (longer,) = helpers.conditioning_set_values(conditioning, {"refs": [2]}, append=True)
    assert (changed[1]["area"], longer[1]["refs"]) == (2, [1, 2])
    assert conditioning[0][1] == {"area": 1, "refs": [1]}


def test_any_type_fits_every_other() -> None:
    types = name("comfy.comfy_types").IO
    assert not types.ANY != "IMAGE"  # noqa: SIM202 - the engine asks it so
    assert types.IMAGE == "IMAGE"
    assert not types.NUMBER != "INT"  # noqa: SIM202
    assert types.INT != "STRING"


def test_modules_are_there_as_attributes_of_their_package() -> None:
    package = name("comfy")
    assert package.utils is name("comfy.utils")
    with pytest.raises(AttributeError, match="nonsense"):
        _ = package.nonsense


@pytest.mark.parametrize("module", sorted(PACK_NAMES))
def test_every_name_leads_to_a_module(module: str) -> None:
    assert inspect.ismodule(name(module))


@pytest.mark.parametrize("first", ["comfy.sd", "comfy.samplers"])
def test_each_name_may_be_the_first_that_a_pack_imports(first: str) -> None:
    program = f"""
from execution import compat
from nodes.compat.names import PACK_NAMES, add_to_modules
compat.install(PACK_NAMES)
add_to_modules()
import {first}
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_files_of_styles_and_boxes_are_read_by_the_names_that_packs_know() -> None:
    assert name("comfy.sd").load_style_model.__module__ == "nodes.compat.style_model"
    assert name("comfy.sd").load_gligen.__module__ == "comfy.gligen"


def test_masks_and_layers_are_told() -> None:
    mask = name("comfy.sampler_helpers").prepare_mask(torch.ones(1, 64, 64), (2, 4, 8, 8), "cpu")
    assert mask.shape == (2, 4, 8, 8)
    (entry,) = name("comfy.sampler_helpers").convert_cond([[torch.zeros(1, 2, 3), {"area": 1}]])
    assert (entry["area"], entry["cross_attn"].shape) == (1, (1, 2, 3))
    assert name("comfy.ops").manual_cast.Linear(2, 2)(torch.ones(1, 2, dtype=torch.float64)).dtype == torch.float64


def test_a_picture_encoder_encodes_as_packs_ask(tmp_path: Path) -> None:
    from tests.comfy.small_vision import transformers_encoder, transformers_tensors

    path = tmp_path / "vision.safetensors"
    save_file(transformers_tensors(transformers_encoder("gelu")), path)
    encoder = name("comfy.clip_vision").load(str(path))
    output = encoder.encode_image(torch.rand(1, 60, 80, 3), crop=False)
    assert output["image_embeds"] is output.image_embeds
    assert output.image_embeds.shape == (1, 48)
    assert output.penultimate_hidden_states.shape == (1, 17, 128)
    seen = name("comfy.clip_vision").clip_preprocess(torch.rand(1, 60, 80, 3).to(encoder.load_device), size=56)
    name("comfy.model_management").load_model_gpu(encoder.patcher)
    last, between, embeddings = encoder.model(pixel_values=seen, intermediate_output=-2)
    assert (last.shape, between.shape, embeddings.shape) == ((1, 17, 128), (1, 17, 128), (1, 48))
    assert name("comfy.clip_vision").clip_preprocess(torch.rand(1, 60, 80, 3), size=56).shape == (1, 3, 56, 56)
    assert set(encoder.get_sd()) >= {"vision_model.pre_layrnorm.weight", "visual_projection.weight"}


# The order in which packs give arguments to the built-in nodes' methods, as ComfyUI has it.
POSITIONS = {
    "KSampler.sample": "model seed steps cfg sampler_name scheduler positive negative latent_image denoise",
    "KSamplerAdvanced.sample": "model add_noise noise_seed steps cfg sampler_name scheduler positive negative "
    "latent_image start_at_step end_at_step return_with_leftover_noise",
    "VAEDecode.decode": "vae samples",
    "VAEDecodeTiled.decode": "vae samples tile_size overlap",
    "VAEEncode.encode": "vae pixels",
    "VAEEncodeForInpaint.encode": "vae pixels mask grow_mask_by",
    "CLIPTextEncode.encode": "clip text",
    "CLIPSetLastLayer.set_last_layer": "clip stop_at_clip_layer",
    "CheckpointLoaderSimple.load_checkpoint": "ckpt_name",
    "LoraLoader.load_lora": "model clip lora_name strength_model strength_clip",
    "LoraLoaderModelOnly.load_lora_model_only": "model lora_name strength_model",
    "VAELoader.load_vae": "vae_name",
    "EmptyLatentImage.generate": "width height batch_size",
    "LatentUpscale.upscale": "samples upscale_method width height crop",
    "LatentUpscaleBy.upscale": "samples upscale_method scale_by",
    "SetLatentNoiseMask.set_mask": "samples mask",
    "LatentFromBatch.frombatch": "samples batch_index length",
    "RepeatLatentBatch.repeat": "samples amount",
    "ImageScale.upscale": "image upscale_method width height crop",
    "ImageScaleBy.upscale": "image upscale_method scale_by",
    "ImageBatch.batch": "image1 image2",
    "ImagePadForOutpaint.expand_image": "image left top right bottom feathering",
    "EmptyImage.generate": "width height batch_size color",
    "SaveImage.save_images": "images filename_prefix prompt extra_pnginfo",
    "PreviewImage.save_images": "images filename_prefix prompt extra_pnginfo",
    "LoadImage.load_image": "image",
    "LoadImageMask.load_image": "image channel",
    "ConditioningAverage.addWeighted": "conditioning_to conditioning_from conditioning_to_strength",
    "ConditioningCombine.combine": "conditioning_1 conditioning_2",
    "ConditioningConcat.concat": "conditioning_to conditioning_from",
    "ConditioningSetArea.append": "conditioning width height x y strength",
    "ConditioningSetMask.append": "conditioning mask set_cond_area strength",
    "ConditioningZeroOut.zero_out": "conditioning",
    "ConditioningSetTimestepRange.set_range": "conditioning start end",
    "InpaintModelConditioning.encode": "positive negative pixels vae mask noise_mask",
}


@pytest.mark.parametrize("method", POSITIONS)
def test_methods_of_the_built_in_nodes_take_their_arguments_in_the_known_order(method: str) -> None:
    cls, _, function = method.partition(".")
    own = list(inspect.signature(getattr(getattr(name("nodes"), cls), function)).parameters)
    wanted = POSITIONS[method].split()
    assert own[1 : len(wanted) + 1] == wanted
    assert name("nodes").MAX_RESOLUTION == MAX_RESOLUTION
