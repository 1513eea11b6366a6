"""What LoRA files call the modules that they change: kohya's names, diffusers' and PEFT's, to weight names here."""

from collections.abc import Iterable, Iterator

from comfy.models.unet import ONE_RES_BLOCK, UNetConfig

# A residual block's modules: name in diffusers, name in checkpoints.
RES_BLOCK = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
TRANSFORMER_BLOCK = (
    *(f"{attention}.{layer}" for attention in ("attn1", "attn2") for layer in ("to_q", "to_k", "to_v", "to_out.0")),
    *("ff.net.0.proj", "ff.net.2", "norm1", "norm2", "norm3"),
)
OUTER = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}


def unet_modules(config: UNetConfig) -> dict[str, str]:
    """Every module of a U-Net that has a weight: its name in diffusers to its name in checkpoints."""
    modules = dict(OUTER)
    last = len(config.channel_mult) - 1
    index = 1
    for level, blocks in enumerate(config.res_blocks):
        for block in range(blocks):
            depth = config.depth_down(level, block)
            modules |= _block(f"down_blocks.{level}", block, f"input_blocks.{index}", depth)
            index += 1
        if level != last:
            modules[f"down_blocks.{level}.downsamplers.0.conv"] = f"input_blocks.{index}.0.op"
            index += 1
    if config.middle_depth >= ONE_RES_BLOCK:
        modules |= _res_block("mid_block.resnets.0", "middle_block.0")
    if config.middle_depth > 0:
        modules |= _transformer("mid_block.attentions.0", "middle_block.1", config.middle_depth)
        modules |= _res_block("mid_block.resnets.1", "middle_block.2")
    index = 0
    for level in range(last + 1):
        blocks = config.res_blocks[last - level]
        for block in range(blocks + 1):
            depth = config.depth_up(last - level, block)
            modules |= _block(f"up_blocks.{level}", block, f"output_blocks.{index}", depth)
            if level != last and block == blocks:
                place = 2 if depth else 1
                modules[f"up_blocks.{level}.upsamplers.0.conv"] = f"output_blocks.{index}.{place}.conv"
            index += 1
    return modules


def _block(theirs: str, block: int, ours: str, depth: int) -> dict[str, str]:
    return _res_block(f"{theirs}.resnets.{block}", f"{ours}.0") | (
        _transformer(f"{theirs}.attentions.{block}", f"{ours}.1", depth) if depth else {}
    )


def _res_block(theirs: str, ours: str) -> dict[str, str]:
    return {f"{theirs}.{name}": f"{ours}.{module}" for name, module in RES_BLOCK.items()}


def _transformer(theirs: str, ours: str, depth: int) -> dict[str, str]:
    names = ["norm", "proj_in", "proj_out"]
    names += [f"transformer_blocks.{block}.{module}" for block in range(depth) for module in TRANSFORMER_BLOCK]
    return {f"{theirs}.{name}": f"{ours}.{name}" for name in names}


def unet_names(config: UNetConfig) -> dict[str, str]:
    """Every name under which a LoRA file may speak of a U-Net's weight, to that weight's name."""
    names = {}
    for theirs, ours in unet_modules(config).items():
        weight = f"{ours}.weight"
        for spelling in (theirs, ours):
            names["lora_unet_" + spelling.replace(".", "_")] = weight
            names["unet." + spelling] = weight
        names["base_model.model." + theirs] = weight
        names["diffusion_model." + ours] = weight
        for spelling in _processor_spellings(theirs):
            names[spelling] = weight
            names["unet." + spelling] = weight
    return names


def _processor_spellings(name: str) -> Iterator[str]:
    """diffusers once kept LoRA in attention processors: attn1.to_out.0 was attn1.processor.to_out."""
    head, dot, layer = name.removesuffix(".0").rpartition(".")
    if dot and head.endswith((".attn1", ".attn2")):
        yield f"{head}.processor.{layer}"


def _processor_spelling_of_text(module: str) -> str:
    """The same for text encoders: self_attn.q_proj was self_attn.to_q."""
    head, _, layer = module.rpartition(".")
    return f"{head}.to_{layer.removesuffix('_proj')}" if head.endswith(".self_attn") else module


def text_encoder_names(weights: Iterable[str], role: str = "l", is_one_of_two: bool = False) -> dict[str, str]:
    """Every name under which a LoRA file may speak of a CLIP text encoder's weight, to that weight's name.

    `role` is the encoder's letter; of two encoders, as Stable Diffusion XL has, the second is g.
    """
    is_second = is_one_of_two and role == "g"
    kohya, diffusers = (
        (("lora_te2_",), "text_encoder_2.") if is_second else (("lora_te_", "lora_te1_"), "text_encoder.")
    )
    names = {}
    for weight in weights:
        if not weight.endswith(".weight"):
            continue
        module = weight.removesuffix(".weight")
        if module != "text_projection":
            module = f"text_model.{module}"
        for prefix in kohya:
            names[prefix + module.replace(".", "_")] = weight
        names[diffusers + module] = weight
        names[diffusers + _processor_spelling_of_text(module)] = weight
        names[f"text_encoders.clip_{role}.transformer.{module}"] = weight
    return names
