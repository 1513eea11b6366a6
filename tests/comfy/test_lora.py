"""LoRA files: every way of naming what they change, every formula, and that taking them off leaves no trace."""

import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.lora_names import text_encoder_names, unet_modules, unet_names
from comfy.models.unet import UNET_PREFIX
from comfy.residents import ready_tensor
from tests.comfy.small_sd1 import UNET, small_state_dict, write_small_checkpoint

CPU = torch.device("cpu")
QUERY = "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"  # [32, 32]
OUT = "input_blocks.1.1.transformer_blocks.0.attn1.to_out.0.weight"
CONV = "input_blocks.1.0.in_layers.2.weight"  # [32, 32, 3, 3]
FC1 = "encoder.layers.0.mlp.fc1.weight"  # [128, 64]
KOHYA = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return load_checkpoint(write_small_checkpoint(tmp_path_factory.mktemp("models") / "small.safetensors"))


@pytest.fixture
def inputs():
    torch.manual_seed(3)
    return torch.randn(1, 4, 8, 8), torch.tensor([500]), torch.randn(1, 77, UNET.context_dim)


def weight_of(value, name):
    """A weight of a model, or of a text encoder's one network, as it is used, patches applied."""
    value = value.towers[0] if hasattr(value, "towers") else value
    return ready_tensor(value.weights, name, value.weights.module.get_parameter(name), CPU)


def change(value, name, lora, strength=1.0):
    """What a LoRA adds to a weight."""
    return weight_of(value.with_lora(lora, strength), name) - weight_of(value, name)


def pair(shape_down, shape_up, down_name, up_name, **more):
    return {down_name: torch.randn(shape_down) * 0.3, up_name: torch.randn(shape_up) * 0.3} | more


def test_module_names_are_those_of_diffusers():
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    ours = small_state_dict()
    numbered = {name: torch.tensor(number) for number, name in enumerate(ours) if name.startswith(UNET_PREFIX)}
    config = {"layers_per_block": 2, "class_embed_type": None, "addition_embed_type": None}
    theirs = convert_ldm_unet_checkpoint(dict(numbered), config)
    by_number = {int(number): name for name, number in theirs.items()}
    expected = {
        by_number[int(number)].removesuffix(".weight"): name.removeprefix(UNET_PREFIX).removesuffix(".weight")
        for name, number in numbered.items()
        if name.endswith(".weight")
    }
    known = unet_modules(UNET)
    assert {theirs: known.get(theirs) for theirs in expected} == expected


@pytest.mark.parametrize(
    ("down", "up"),
    [
        (f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight"),
        *(
            (f"{module}{down}", f"{module}{up}")
            for module in (
                "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
                "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q",
            )
            for down, up in ((".lora_A.weight", ".lora_B.weight"), (".lora.down.weight", ".lora.up.weight"))
        ),
        *(
            (f"{prefix}{module}_lora.down.weight", f"{prefix}{module}_lora.up.weight")
            for prefix in ("", "unet.")
            for module in ("down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q",)
        ),
        (
            "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q.lora_down.weight",
            "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q.lora_up.weight",
        ),
    ],
)
def test_a_lora_is_found_under_every_tools_names(checkpoint, down, up):
    lora = pair((4, 32), (32, 4), down, up)
    torch.testing.assert_close(change(checkpoint.model, QUERY, lora, 0.5), lora[up] @ lora[down] * 0.5)


@pytest.mark.parametrize(
    "prefix", ["lora_te_text_model_encoder_layers_0_mlp_fc1", "lora_te1_text_model_encoder_layers_0_mlp_fc1"]
)
def test_kohyas_text_encoder_names_are_known(checkpoint, prefix):
    lora = pair((4, 64), (128, 4), f"{prefix}.lora_down.weight", f"{prefix}.lora_up.weight")
    added = lora[f"{prefix}.lora_up.weight"] @ lora[f"{prefix}.lora_down.weight"]
    expected = (weight_of(checkpoint.clip, FC1).float() + added).half()
    assert torch.equal(weight_of(checkpoint.clip.with_lora(lora, 1.0), FC1), expected)


def test_pefts_text_encoder_names_are_known(checkpoint):
    names = text_encoder_names(checkpoint.clip.towers[0].weights.module.state_dict())
    assert names["text_encoder.text_model.encoder.layers.0.mlp.fc1"] == FC1


@pytest.mark.parametrize(("old", "layer"), [("to_q", "q_proj"), ("to_out", "out_proj")])
def test_diffusers_first_names_of_text_encoders_are_known(checkpoint, old, layer):
    place = "text_encoder.text_model.encoder.layers.0.self_attn"
    lora = pair((4, 64), (64, 4), f"{place}.{old}_lora.down.weight", f"{place}.{old}_lora.up.weight")
    added = lora[f"{place}.{old}_lora.up.weight"] @ lora[f"{place}.{old}_lora.down.weight"]
    name = f"encoder.layers.0.self_attn.{layer}.weight"
    torch.testing.assert_close(change(checkpoint.clip, name, lora).float(), added, atol=2e-3, rtol=2e-3)


def test_the_old_name_of_an_output_layer_is_known():
    names = unet_names(UNET)
    assert names["down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_out"] == OUT
    assert names["lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0"] == OUT


def test_alpha_is_measured_against_the_rank(checkpoint):
    lora = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    plain = change(checkpoint.model, QUERY, lora)
    torch.testing.assert_close(
        change(checkpoint.model, QUERY, lora | {f"{KOHYA}.alpha": torch.tensor(1.0)}), plain / 4, atol=1e-6, rtol=1e-5
    )


CONV_KOHYA = "lora_unet_down_blocks_0_resnets_0_conv1"


def test_a_convolution_is_changed_by_a_narrow_convolution_and_a_point_one(checkpoint):
    lora = pair((4, 32, 3, 3), (32, 4, 1, 1), f"{CONV_KOHYA}.lora_down.weight", f"{CONV_KOHYA}.lora_up.weight")
    x = torch.randn(1, 32, 6, 6)
    added = change(checkpoint.model, CONV, lora)
    one_after_another = torch.conv2d(torch.conv2d(x, *list(lora.values())[:1]), list(lora.values())[1])
    torch.testing.assert_close(torch.conv2d(x, added), one_after_another, atol=1e-5, rtol=1e-4)


def test_a_convolution_with_a_core_is_three_convolutions(checkpoint):
    down, core, up = torch.randn(4, 32, 1, 1), torch.randn(4, 4, 3, 3) * 0.2, torch.randn(32, 4, 1, 1) * 0.2
    names = (f"{CONV_KOHYA}.{part}.weight" for part in ("lora_down", "lora_mid", "lora_up"))
    added = change(checkpoint.model, CONV, dict(zip(names, (down, core, up), strict=True)))
    x = torch.randn(1, 32, 6, 6)
    chained = torch.conv2d(torch.conv2d(torch.conv2d(x, down), core), up)
    torch.testing.assert_close(torch.conv2d(x, added), chained, atol=1e-4, rtol=1e-4)


def test_loha_multiplies_two_low_rank_matrices(checkpoint):
    w = {name: torch.randn(32, 4) if name.endswith("a") else torch.randn(4, 32) for name in ("1a", "1b", "2a", "2b")}
    lora = {f"{KOHYA}.hada_w{name[0]}_{name[1]}": matrix for name, matrix in w.items()}
    lora[f"{KOHYA}.alpha"] = torch.tensor(2.0)
    expected = (w["1a"] @ w["1b"]) * (w["2a"] @ w["2b"]) * 0.5
    torch.testing.assert_close(change(checkpoint.model, QUERY, lora), expected, atol=1e-4, rtol=1e-4)


def test_lokr_is_a_kronecker_product(checkpoint):
    w1, a, b = torch.randn(4, 4), torch.randn(8, 2), torch.randn(2, 8)
    lora = {f"{KOHYA}.lokr_w1": w1, f"{KOHYA}.lokr_w2_a": a, f"{KOHYA}.lokr_w2_b": b}
    torch.testing.assert_close(change(checkpoint.model, QUERY, lora), torch.kron(w1, a @ b), atol=1e-4, rtol=1e-4)


def test_dora_sets_the_length_of_each_output(checkpoint):
    lora = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    magnitude = torch.rand(32, 1) + 0.5
    before = weight_of(checkpoint.model, QUERY)
    turned = before + lora[f"{KOHYA}.lora_up.weight"] @ lora[f"{KOHYA}.lora_down.weight"]
    expected = turned / before.norm(dim=1, keepdim=True) * magnitude
    patched = checkpoint.model.with_lora(lora | {f"{KOHYA}.dora_scale": magnitude}, 1.0)
    torch.testing.assert_close(weight_of(patched, QUERY), expected, atol=1e-5, rtol=1e-5)


def cayley(blocks, limit=None):
    skew = blocks - blocks.mT
    if limit is not None:
        skew = skew * min(1.0, limit / float(skew.norm()))
    eye = torch.eye(blocks.shape[-1])
    return (eye + skew) @ torch.linalg.inv(eye - skew)


@pytest.mark.parametrize("limit", [None, 0.001])
def test_oft_turns_runs_of_neighbouring_outputs(checkpoint, limit):
    blocks = torch.randn(4, 8, 8) * 0.2
    lora = {f"{KOHYA}.oft_blocks": blocks} | ({} if limit is None else {f"{KOHYA}.alpha": torch.tensor(limit)})
    whole = torch.block_diag(*cayley(blocks, None if limit is None else limit * 32))
    before, after = (weight_of(model, QUERY) for model in (checkpoint.model, checkpoint.model.with_lora(lora, 1.0)))
    torch.testing.assert_close(after, whole.T @ before, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(after.T @ after, before.T @ before, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        change(checkpoint.model, QUERY, lora, 0.5), (whole.T @ before - before) / 2, atol=1e-5, rtol=1e-4
    )


def test_a_convolution_is_turned_and_rescaled(checkpoint):
    blocks, rescale = torch.randn(2, 16, 16) * 0.1, torch.rand(32, 1, 1, 1) + 0.5
    lora = {f"{CONV_KOHYA}.oft_blocks": blocks, f"{CONV_KOHYA}.rescale": rescale}
    before = weight_of(checkpoint.model, CONV)
    expected = (torch.block_diag(*cayley(blocks)).T @ before.flatten(1)).reshape(before.shape) * rescale
    after = weight_of(checkpoint.model.with_lora(lora, 1.0), CONV)
    torch.testing.assert_close(after, expected, atol=1e-5, rtol=1e-4)


def test_boft_turns_pairs_ever_farther_apart(checkpoint):
    blocks = torch.randn(3, 8, 4, 4) * 0.2  # half blocks of 2 outputs: neighbours, then 4 and 8 outputs apart
    before = weight_of(checkpoint.model, QUERY)
    expected = before.clone()
    for layer, turning in enumerate(cayley(blocks)):
        places, distance = list(range(32)), 2 * 2**layer
        order = [p + side * distance for p in places if p // distance % 2 == 0 for side in (0, 1)]
        expected[order] = torch.block_diag(*turning) @ expected[order]
    after = weight_of(checkpoint.model.with_lora({f"{KOHYA}.oft_blocks": blocks}, 1.0), QUERY)
    torch.testing.assert_close(after, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(after.T @ after, before.T @ before, atol=1e-4, rtol=1e-4)


def test_a_whole_difference_is_added_to_weight_and_bias(checkpoint):
    diff, bias = torch.randn(32, 32, 3, 3), torch.randn(32)
    lora = {f"{CONV_KOHYA}.diff": diff, f"{CONV_KOHYA}.diff_b": bias}
    torch.testing.assert_close(change(checkpoint.model, CONV, lora, 2.0), diff * 2, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        change(checkpoint.model, "input_blocks.1.0.in_layers.2.bias", lora), bias, atol=1e-6, rtol=1e-5
    )


def test_loras_add_up_in_their_order(checkpoint):
    first = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    second = pair((2, 32), (32, 2), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    both = weight_of(checkpoint.model.with_lora(first, 0.5).with_lora(second, -1.0), QUERY)
    expected = change(checkpoint.model, QUERY, first, 0.5) + change(checkpoint.model, QUERY, second, -1.0)
    torch.testing.assert_close(both - weight_of(checkpoint.model, QUERY), expected, atol=1e-5, rtol=1e-5)


def test_a_model_without_its_lora_gives_the_same_bits_as_before(checkpoint, inputs):
    lora = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    before = checkpoint.model.apply(*inputs)
    with_lora = checkpoint.model.with_lora(lora, 1.0)
    assert not torch.equal(with_lora.apply(*inputs), before)
    assert torch.equal(checkpoint.model.apply(*inputs), before)


def test_a_lora_at_strength_zero_changes_nothing(checkpoint):
    lora = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    assert checkpoint.model.with_lora(lora, 0.0) is checkpoint.model


def test_a_lora_in_the_weights_is_the_same_as_one_beside_them(checkpoint, tmp_path, inputs):
    from safetensors.torch import save_file

    lora = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    merged = {name: tensor.float() for name, tensor in small_state_dict().items()}
    merged[UNET_PREFIX + QUERY] += lora[f"{KOHYA}.lora_up.weight"] @ lora[f"{KOHYA}.lora_down.weight"]
    save_file(merged, tmp_path / "merged.safetensors")
    expected = load_checkpoint(tmp_path / "merged.safetensors").model.apply(*inputs)
    torch.testing.assert_close(checkpoint.model.with_lora(lora, 1.0).apply(*inputs), expected, atol=1e-5, rtol=1e-5)


def test_a_lora_that_names_nothing_here_changes_nothing(checkpoint):
    lora = {"lora_unet_nothing.lora_down.weight": torch.randn(4, 4)}
    assert checkpoint.model.with_lora(lora, 1.0) is checkpoint.model


def test_a_change_that_does_not_fit_is_left_out_with_a_warning(checkpoint, caplog):
    fits = pair((4, 32), (32, 4), f"{KOHYA}.lora_down.weight", f"{KOHYA}.lora_up.weight")
    other = KOHYA.replace("to_q", "to_k")
    too_large = pair((4, 64), (64, 4), f"{other}.lora_down.weight", f"{other}.lora_up.weight")
    patched = checkpoint.model.with_lora(fits | too_large, 1.0)
    assert set(patched.weights.patches) == {QUERY}
    assert "1 of a LoRA's 2 changes" in caplog.text
