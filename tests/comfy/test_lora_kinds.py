"""LoRA files of rarer kinds: rotations that come ready or turn inputs, GLoRA, (IA)³, norms, PEFT's DoRA."""

import pytest
import torch

from tests.comfy.test_lora import CONV, CONV_KOHYA, KOHYA, QUERY, change, checkpoint, pair, weight_of

__all__ = ["checkpoint"]
PEFT = "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
PEFT_CONV = "base_model.model.down_blocks.0.resnets.0.conv1"


def test_rotations_that_come_ready_turn_outputs(checkpoint):
    rotations = torch.linalg.qr(torch.randn(4, 8, 8)).Q
    before = weight_of(checkpoint.model, QUERY)
    added = torch.block_diag(*rotations).T @ before - before
    lora = {f"{KOHYA}.oft_diag": rotations}
    torch.testing.assert_close(change(checkpoint.model, QUERY, lora, 0.5), added / 2, atol=1e-5, rtol=1e-4)


def neumann(vectors, size):
    """The sum that PEFT's rotations are, term by term: 1 + 2Q + 2Q² + 2Q³ + Q⁴."""
    rotations = []
    for vector in vectors:
        skew = torch.zeros(size, size)
        skew[tuple(torch.triu_indices(size, size, 1))] = vector
        skew = skew - skew.T
        rotations.append(sum(factor * torch.matrix_power(skew, n) for n, factor in enumerate((1, 2, 2, 2, 1))))
    return rotations


@pytest.mark.parametrize("name", [f"{PEFT}.oft_R.weight", f"{KOHYA}.oft_R.weight"])
@pytest.mark.parametrize("number", [4, 1])
def test_pefts_rotations_turn_inputs(checkpoint, name, number):
    vectors = torch.randn(number, 28) * 0.05  # 8 inputs in a run; one rotation alone is for all runs
    whole = torch.block_diag(*neumann(vectors, 8) * (4 // number))
    before = weight_of(checkpoint.model, QUERY)
    after = weight_of(checkpoint.model.with_lora({name: vectors}, 1.0), QUERY)
    torch.testing.assert_close(after, before @ whole.T, atol=1e-5, rtol=1e-4)
    half = weight_of(checkpoint.model.with_lora({name: vectors}, 0.5), QUERY)
    torch.testing.assert_close(half, (before + after) / 2, atol=1e-5, rtol=1e-4)


def test_rotated_inputs_of_a_convolution_are_channels_times_kernel(checkpoint):
    vectors = torch.randn(32, 36) * 0.05  # 288 inputs in runs of 9
    before = weight_of(checkpoint.model, CONV)
    after = weight_of(checkpoint.model.with_lora({f"{CONV_KOHYA}.oft_R.weight": vectors}, 1.0), CONV)
    expected = before.flatten(1) @ torch.block_diag(*neumann(vectors, 9)).T
    torch.testing.assert_close(after, expected.reshape(before.shape), atol=1e-5, rtol=1e-4)


def test_rotations_of_other_inputs_are_left_out_with_a_warning(checkpoint, caplog):
    lora = {f"{PEFT}.oft_R.weight": torch.randn(3, 28)}
    assert checkpoint.model.with_lora(lora, 1.0) is checkpoint.model
    assert "1 of a LoRA's 1 changes" in caplog.text


@pytest.mark.parametrize("is_newer", [False, True])
def test_glora_adds_a_matrix_and_the_weight_times_another(checkpoint, is_newer):
    a1, a2, b1, b2 = (torch.randn(shape) * 0.2 for shape in ((4, 32), (32, 4), (4, 32), (32, 4)))
    named = (a2, a1, b2, b1) if is_newer else (a1, a2, b1, b2)
    lora = {f"{KOHYA}.{name}.weight": matrix for name, matrix in zip(("a1", "a2", "b1", "b2"), named, strict=True)}
    lora[f"{KOHYA}.alpha"] = torch.tensor(2.0)
    before, x = weight_of(checkpoint.model, QUERY), torch.randn(5, 32)
    after = weight_of(checkpoint.model.with_lora(lora, 1.0), QUERY)
    expected = (x + x @ a1.T @ a2.T * 0.5) @ before.T + x @ b1.T @ b2.T * 0.5
    torch.testing.assert_close(x @ after.T, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("on_input", [0, 1])
def test_ia3_makes_outputs_or_inputs_larger(checkpoint, on_input):
    factors, x = torch.randn(1, 32, 1, 1) * 0.3, torch.randn(1, 32, 6, 6)
    lora = {f"{CONV_KOHYA}.weight": factors, f"{CONV_KOHYA}.on_input": torch.tensor(on_input)}
    before = weight_of(checkpoint.model, CONV)
    after = weight_of(checkpoint.model.with_lora(lora, 0.5), CONV)
    larger = 1 + factors * 0.5
    expected = torch.conv2d(x * larger, before) if on_input else torch.conv2d(x, before) * larger
    torch.testing.assert_close(torch.conv2d(x, after), expected, atol=1e-4, rtol=1e-4)


def test_layers_that_normalise_are_changed_too(checkpoint):
    added, bias = torch.randn(32), torch.randn(32)
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_norm1"
    lora = {f"{name}.w_norm": added, f"{name}.b_norm": bias}
    place = "input_blocks.1.1.transformer_blocks.0.norm1"
    torch.testing.assert_close(change(checkpoint.model, f"{place}.weight", lora), added, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(change(checkpoint.model, f"{place}.bias", lora), bias, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("end", ["", ".weight", ".default.weight"])
def test_pefts_dora_divides_by_the_length_of_what_was_changed(checkpoint, end):
    lora = pair((4, 32), (32, 4), f"{PEFT}.lora_A.weight", f"{PEFT}.lora_B.weight")
    magnitude = torch.rand(32) + 0.5
    turned = weight_of(checkpoint.model, QUERY) + lora[f"{PEFT}.lora_B.weight"] @ lora[f"{PEFT}.lora_A.weight"]
    expected = turned / turned.norm(dim=1, keepdim=True) * magnitude[:, None]
    patched = checkpoint.model.with_lora(lora | {f"{PEFT}.lora_magnitude_vector{end}": magnitude}, 1.0)
    torch.testing.assert_close(weight_of(patched, QUERY), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "names", "axis", "of_changed"),
    [
        ((32, 1, 1, 1), (CONV_KOHYA, "lora_down.weight", "lora_up.weight", "dora_scale"), 0, False),
        ((1, 32, 1, 1), (CONV_KOHYA, "lora_down.weight", "lora_up.weight", "dora_scale"), 1, True),
        ((1, 32, 1, 1), (PEFT_CONV, "lora_A.weight", "lora_B.weight", "lora_magnitude_vector"), 0, True),
    ],
    ids=["each output", "each input", "PEFT"],
)
def test_dora_sets_the_lengths_of_a_convolution(checkpoint, shape, names, axis, of_changed):
    module, down, up, name = names
    lora = pair((4, 32, 3, 3), (32, 4, 1, 1), f"{module}.{down}", f"{module}.{up}")
    magnitude = torch.rand(shape) + 0.5
    before = weight_of(checkpoint.model, CONV)
    turned = before + torch.einsum("or,rihw->oihw", lora[f"{module}.{up}"][:, :, 0, 0], lora[f"{module}.{down}"])
    lengths = (turned if of_changed else before).transpose(0, axis).flatten(1).norm(dim=1)
    expected = (turned.transpose(0, axis) / lengths[:, None, None, None]).transpose(0, axis)
    expected *= magnitude.reshape(-1, *([1] * (3 - axis)))
    patched = checkpoint.model.with_lora(lora | {f"{module}.{name}": magnitude}, 1.0)
    torch.testing.assert_close(weight_of(patched, CONV), expected, atol=1e-5, rtol=1e-5)
