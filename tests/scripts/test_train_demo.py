"""The training of the demo checkpoint, at sizes that take seconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from comfy.checkpoint import load_checkpoint
from comfy.models.autoencoder import Autoencoder, AutoencoderConfig
from comfy.models.clip_text import ClipText
from comfy.models.unet import UNetConfig
from scripts.train_demo import diffusion, emoji_set, latents, vae
from scripts.train_demo.compose import Scene, draw_scene, paint_at_random, paint_scenes, sprite_odds
from scripts.train_demo.emoji_set import Sprites
from scripts.train_demo.export import export, spread
from scripts.train_demo.linear_start import colour_latents, keep_colours, start_linear
from scripts.train_demo.recipe import CPU, LATENT_SCALE, Recipe
from scripts.train_demo.run import Run
from scripts.train_demo.sheet import prompts
from scripts.train_demo.words import start_with_words

TINY = replace(
    CPU,
    size=32,
    vae=AutoencoderConfig(channels=96, multipliers=(1, 1, 1, 1), res_blocks=1),
    vae_batch=2,
    unet=UNetConfig(
        model_channels=32,
        channel_mult=(1, 2),
        res_blocks=(1, 1),
        transformer_depth=(0, 1),
        context_dim=64,
    ),
    text_width=64,
    text_layers=1,
    pictures=6,
    batch=2,
)


@pytest.fixture
def sprites() -> Sprites:
    """A disc and a square."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    disc = np.where((x**2 + y**2 < 0.9)[..., None], np.array([220, 40, 40, 255]), 0)
    square = np.where(((abs(x) < 0.9) & (abs(y) < 0.9))[..., None], np.array([40, 160, 60, 255]), 0)
    return Sprites(np.stack([disc, square]).astype(np.uint8), (("red disc", "disc"), ("green square",)))


def test_the_familiar_emoji_all_have_their_name_in_unicode() -> None:
    assert set(emoji_set.familiar_names()) <= {names[0] for _, names in emoji_set.wanted()}


def test_the_familiar_emoji_get_their_share_of_the_pictures(sprites: Sprites) -> None:
    known = replace(sprites, names=(("banana",), *sprites.names[1:]))
    assert sprite_odds(known, 0.7).tolist() == pytest.approx([0.7, 0.3])
    assert sprite_odds(sprites, 0.7).sum() == pytest.approx(1)


def test_flags_clocks_and_lettered_buttons_are_left_out() -> None:
    names = {names[0] for _, names in emoji_set.wanted()}
    assert not names & {"two o'clock", "two-thirty", "OK button", "Scotland", "keycap 1", "man running"}
    assert {"banana", "red apple", "rocket", "grinning face"} <= names


def test_there_are_forty_prompts() -> None:
    assert len(set(prompts())) == 40


def test_a_scene_is_painted_where_it_says(sprites: Sprites) -> None:
    scene = Scene(0, scale=0.4, centre=(0.25, 0.25), background=(0, 0, 255), caption="")
    picture = paint_scenes(torch.from_numpy(sprites.pixels), [scene], 64)[0]
    assert picture[:, 16, 16].tolist() == pytest.approx([0.725, -0.686, -0.686], abs=0.02)
    assert picture[:, 60, 60].tolist() == [-1, -1, 1]


def test_a_caption_names_what_is_painted(sprites: Sprites) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        scene = draw_scene(rng, sprites, sprite_odds(sprites, 0.5), CPU.backgrounds)
        assert any(name in scene.caption for name in sprites.names[scene.sprite])
        named = [colour for colour in CPU.backgrounds if f"{colour} background" in scene.caption]
        assert CPU.backgrounds[named[0] if named else "white"] == scene.background


def test_the_linear_start_passes_colours_and_training_leaves_their_way_alone(sprites: Sprites) -> None:
    torch.manual_seed(0)
    palette = torch.tensor(list(CPU.backgrounds.values())) / 255
    pixels = torch.from_numpy(sprites.pixels)
    model = Autoencoder(TINY.vae)
    start_linear(model, paint_at_random(pixels, 12, 64, palette))
    pictures = paint_at_random(pixels, 4, 64, palette)
    with torch.no_grad():
        torch.testing.assert_close(model.encode(pictures), colour_latents(pictures), atol=0.02, rtol=0)
        error = (model(pictures) - pictures).square().mean()
    assert error < 0.1  # a plain grey is at about 0.5
    keep_colours(model)
    vae.thumbnail_losses(model, pictures)["loss"].backward()
    gradient = model.decoder.conv_in.weight.grad
    assert gradient is not None
    assert not gradient[:24].any()
    assert gradient[24:].any()


def test_training_goes_on_where_it_stopped(tmp_path: Path, sprites: Sprites) -> None:
    pixels, cpu = torch.from_numpy(sprites.pixels), torch.device("cpu")
    vae.train(replace(TINY, vae_steps=2), Run(tmp_path, "vae", 2), pixels, cpu)
    second = Run(tmp_path, "vae", 3)
    vae.train(replace(TINY, vae_steps=3), second, pixels, cpu)
    assert second.step == 3


def test_a_trained_checkpoint_loads_as_stable_diffusion(tmp_path: Path, sprites: Sprites) -> None:
    cpu = torch.device("cpu")
    model = vae.train(TINY, Run(tmp_path, "vae", 0), torch.from_numpy(sprites.pixels), cpu)
    pairs = _pairs(TINY, model, sprites, tmp_path)
    diffusion.train(TINY, Run(tmp_path, "diffusion", 2), pairs, cpu)
    painter = diffusion.load_average(tmp_path / "diffusion.pt", TINY, len(pairs.vocabulary))
    path = tmp_path / "demo.safetensors"
    export(path, painter, model.state_dict(), pairs.deviation, pairs.vocabulary)

    checkpoint = load_checkpoint(path)
    assert checkpoint.model.config == TINY.unet
    assert checkpoint.clip is not None
    assert checkpoint.vae is not None
    pictures = paint_at_random(torch.from_numpy(sprites.pixels), 2, 32, torch.rand(3, 3))
    raw = model.encode(pictures)
    seen = checkpoint.vae.encode((pictures.movedim(1, -1) + 1) / 2)
    torch.testing.assert_close(seen * LATENT_SCALE, raw / pairs.deviation, atol=0.05, rtol=0.05)
    decoded = checkpoint.vae.decode(seen)
    torch.testing.assert_close(decoded, (model.decode(raw).movedim(1, -1) / 2 + 0.5).clamp(0, 1), atol=0.05, rtol=0.05)


def test_the_end_tokens_begin_by_carrying_the_words(tmp_path: Path, sprites: Sprites) -> None:
    model = vae.train(TINY, Run(tmp_path, "vae", 0), torch.from_numpy(sprites.pixels), torch.device("cpu"))
    pairs = _pairs(replace(TINY, pictures=40), model, sprites, tmp_path)
    text = ClipText(TINY.text(len(pairs.vocabulary)))
    start_with_words(text, pairs)
    captions = pairs.tokens.unique(dim=0)[:2].long()
    last = text(captions).last[:, -1]
    assert torch.nn.functional.cosine_similarity(last[0], last[1], dim=0) < 0.98


def test_tokens_never_trained_stay_zero() -> None:
    table = spread(torch.ones(2, 4), torch.tensor([5, 49407]))
    assert table.shape == (49408, 4)
    assert table.any(dim=1).nonzero().flatten().tolist() == [5, 49407]


def _pairs(recipe: Recipe, model: Autoencoder, sprites: Sprites, folder: Path) -> latents.Pairs:
    with torch.no_grad():
        pairs = latents.build(recipe, model, sprites, torch.device("cpu"), folder / "captions.jsonl")
    pairs.save(folder / "latents.pt")
    return latents.Pairs.load(folder / "latents.pt")
