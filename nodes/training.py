"""Nodes that train a LoRA, use it, write it into a file, and show how its training went."""

from typing import Annotated, Any

import torch

from comfy import saving
from comfy.line_chart import line_chart
from comfy.lora_training import ALGORITHMS, LOSSES, OPTIMIZERS, Lesson, Plan, train_lora
from comfy.state_dict import read_state_dict
from execution import paths, progress
from nodes.declare import node
from nodes.image_files import SaveImage
from nodes.input_files import check_prefix
from nodes.loaders import Strength
from nodes.model_saving import write_tensors
from nodes.needs import need
from nodes.types import Conditioning, ExtraPngInfo, IntValue, Latent, LoraModel, LossMap, Model, PromptGraph, Ui
from nodes.widgets import Choice, More, Name, Number, Other, Text, Tip, Toggle

NONE = "[None]"
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}
OFT = "OFT"
STEPS_MARK = "_steps_"


def existing_loras() -> list[str]:
    """The LoRAs that training can go on from, and the word for none."""
    return [*paths.current().list_files("loras"), NONE]


@node("training", display_name="Train LoRA", experimental=True)
class TrainLoraNode:
    """Teach a model what it does not know of some latents, as a LoRA."""

    def train(
        self,
        model: Annotated[Model, Tip("The model to teach; it stays as it is.")],
        latents: Annotated[Latent, Tip("What it is to learn to make.")],
        positive: Annotated[Conditioning, Tip("One text for all latents, or one for each.")],
        batch_size: Annotated[int, Number(1, 1, 10_000, step=1), Tip("How many latents at a time.")],
        grad_accumulation_steps: Annotated[int, Number(1, 1, 1024, step=1), Tip("Steps between changes.")],
        steps: Annotated[int, Number(16, 1, 100_000), Tip("How many batches.")],
        learning_rate: Annotated[float, Number(0.0005, 1e-7, 1.0, step=1e-6), Tip("How much each change changes.")],
        rank: Annotated[int, Number(8, 1, 128), Tip("How much the LoRA can hold.")],
        optimizer: Annotated[str, Choice(tuple(OPTIMIZERS), "AdamW"), Tip("The rule of change.")],
        loss_function: Annotated[str, Choice(tuple(LOSSES), "MSE"), Tip("How errors are measured.")],
        seed: Annotated[int, Number(0, 0, 2**64 - 1), Tip("For the first weights and all noise.")],
        training_dtype: Annotated[str, Choice(tuple(DTYPES), "bf16"), Tip("What the model computes in.")],
        lora_dtype: Annotated[str, Choice(tuple(DTYPES), "bf16"), Tip("What the LoRA is kept in meanwhile.")],
        algorithm: Annotated[str, Choice((*ALGORITHMS, OFT), "LoRA"), Tip("LoRA, LoHa or LoKr.")],
        gradient_checkpointing: Annotated[bool, Toggle(True), Tip("Compute twice, to need less memory.")],
        existing_lora: Annotated[str, Choice(existing_loras, NONE), Tip("A LoRA to go on from.")],
    ) -> tuple[
        Annotated[Model, Name("model_with_lora")],
        Annotated[LoraModel, Name("lora")],
        Annotated[LossMap, Name("loss")],
        Annotated[IntValue, Name("steps")],
    ]:
        model = need(model, "model")
        if algorithm not in ALGORITHMS:
            raise ValueError(f"{algorithm} cannot be trained here. Set algorithm to {', '.join(ALGORITHMS)}.")
        plan = Plan(
            steps=steps,
            rate=learning_rate,
            rank=rank,
            batch_size=batch_size,
            accumulation=grad_accumulation_steps,
            algorithm=algorithm,
            optimizer=optimizer,
            loss=loss_function,
            seed=seed,
            training_dtype=DTYPES[training_dtype],
            lora_dtype=DTYPES[lora_dtype],
            saves_memory=gradient_checkpointing,
        )
        existing, before = _existing(existing_lora)
        lesson = _lesson(model, latents, positive)

        def on_step(step: int, loss: float) -> None:
            progress.current().update(step, steps)

        trained = train_lora(model, lesson, plan, existing, on_step)
        return model.with_lora(trained.tensors, 1.0), trained.tensors, {"loss": trained.losses}, steps + before


def _existing(name: str) -> tuple[dict[str, torch.Tensor] | None, int]:
    """A LoRA's tensors, and how many steps its name says that it was trained for."""
    if name == NONE:
        return None, 0
    told = name.split(STEPS_MARK)[0].rpartition("_")[2]
    count = int(told) if STEPS_MARK in name and told.isdigit() else 0
    return dict(read_state_dict(paths.current().full_path("loras", name))), count


def _lesson(model: Model, latents: Latent, positive: Conditioning) -> Lesson:
    samples = latents["samples"]
    if len(positive) not in (1, len(samples)):
        raise ValueError(
            f"There are {len(samples)} latents and {len(positive)} texts. Connect one text for all, or one for each."
        )
    entries = list(positive) * (len(samples) // len(positive))
    return Lesson(model.latent_format.into_model(samples.float()), entries)


@node("loaders", display_name="Load LoRA Model", experimental=True)
class LoraModelLoader:
    """Change a model by a LoRA that was just trained."""

    def load_lora_model(
        self,
        model: Annotated[Model, Tip("The model to change; the one given stays as it is.")],
        lora: Annotated[LoraModel, Tip("What Train LoRA made.")],
        strength_model: Annotated[Strength, Tip("How much to change it; below 0 the other way.")],
    ) -> Model:
        return need(model, "model").with_lora(lora, strength_model)


def check_lora_prefix(prefix: str | None = None) -> bool | str:
    """True, or what is wrong with the beginning of the file's name."""
    return check_prefix(prefix)


@node("loaders", display_name="Save LoRA Weights", output_node=True, experimental=True, validate=check_lora_prefix)
class SaveLoRANode:
    """Write a LoRA that was trained into a file."""

    def save(
        self,
        lora: Annotated[LoraModel, Tip("What Train LoRA made.")],
        prefix: Annotated[str, Text("loras/ComfyUI_trained_lora"), Tip("How the file's name begins.")],
        steps: Annotated[int, Other("INT", {"forceInput": True}), Tip("For the file's name.")] | None = None,
    ) -> Ui:
        named = prefix if steps is None else f"{prefix}_{steps}{STEPS_MARK.rstrip('_')}"
        entries = [saving.Entry(name, t.dtype, tuple(t.shape), t.clone) for name, t in lora.items()]
        write_tensors(named, entries, {})
        return {}


@node("training", display_name="Plot Loss Graph", output_node=True, experimental=True)
class LossGraphNode:
    """Draw how the loss went during training, and keep the picture."""

    def plot_loss(
        self,
        loss: Annotated[LossMap, More({"default": {}})],
        filename_prefix: Annotated[str, Text("loss_graph")],
        prompt: PromptGraph = None,
        extra_pnginfo: ExtraPngInfo = None,
    ) -> Ui:
        losses: Any = loss.get("loss") if isinstance(loss, dict) else None
        if not losses:
            raise ValueError("The input loss holds no losses. Connect the output loss of Train LoRA.")
        chart = line_chart(losses, "Loss", "Step")
        saved: Ui = SaveImage().save_images(chart, filename_prefix, prompt, extra_pnginfo)
        return saved
