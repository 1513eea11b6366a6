"""A plain annotated class becomes a node class of ComfyUI's protocol."""

from typing import Annotated, Any

import pytest

from nodes.declare import DeclarationError, is_node, node
from nodes.types import Clip, Fraction, Image, Latent, Mask, Pixels, PromptGraph, Seed, Ui
from nodes.widgets import Choice, Hidden, Name, Number, Text, Tip, Toggle


def declare(cls: type, **options: Any) -> Any:
    return node("tests", **options)(cls)


class Everything:
    """Say what
    it does.

    And more, for those who read code.
    """

    def run(
        self,
        image: Image,
        seed: Seed,
        width: Annotated[Pixels, Tip("How wide.")],
        amount: Fraction,
        words: Annotated[str, Text("a", multiline=True)],
        exactly: Annotated[bool, Toggle(True)],
        mask: Mask | None = None,
        extra: Annotated[float, Number(0.5, -1, 1, step=0.1, round=0.01)] | None = None,
        prompt: PromptGraph = None,
        unique_id: Annotated[str | None, Hidden("UNIQUE_ID")] = None,
    ) -> tuple[Annotated[Image, Tip("The picture.")], Annotated[Mask, Name("rest")]]:
        return image, mask  # type: ignore[return-value]


def test_annotations_become_input_types() -> None:
    assert declare(Everything).INPUT_TYPES() == {
        "required": {
            "image": ("IMAGE",),
            "seed": ("INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}),
            "width": ("INT", {"default": 512, "min": 1, "max": 16384, "step": 1, "tooltip": "How wide."}),
            "amount": ("FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01}),
            "words": ("STRING", {"default": "a", "multiline": True}),
            "exactly": ("BOOLEAN", {"default": True}),
        },
        "optional": {
            "mask": ("MASK",),
            "extra": ("FLOAT", {"default": 0.5, "min": -1.0, "max": 1.0, "step": 0.1, "round": 0.01}),
        },
        "hidden": {"prompt": "PROMPT", "unique_id": "UNIQUE_ID"},
    }


def test_the_class_tells_the_rest_of_the_protocol() -> None:
    cls = declare(Everything, display_name="All of it", output_node=True, deprecated=True)
    assert is_node(cls)
    assert cls.FUNCTION == "run"
    assert cls.CATEGORY == "tests"
    assert cls.DESCRIPTION == "Say what it does."
    assert cls.RETURN_TYPES == ("IMAGE", "MASK")
    assert cls.RETURN_NAMES == ("IMAGE", "rest")
    assert cls.OUTPUT_TOOLTIPS == ("The picture.", "")
    assert (cls.OUTPUT_NODE, cls.DEPRECATED, cls.EXPERIMENTAL) == (True, True, False)


def test_a_single_output_is_wrapped_and_can_still_be_called_by_position() -> None:
    class Twice:
        def double(self, samples: Latent) -> Latent:
            return {"samples": samples["samples"] * 2}

    cls = declare(Twice)
    assert cls.RETURN_TYPES == ("LATENT",)
    assert cls().double({"samples": 3})[0] == {"samples": 6}


def test_several_outputs_and_none_are_passed_on_as_they_are() -> None:
    class Save:
        def save(self, image: Image) -> Ui:
            return {"ui": {"images": []}}

    assert declare(Save, output_node=True).RETURN_TYPES == ()
    assert Save().save(None) == {"ui": {"images": []}}
    assert declare(Everything)().run("image", 0, 1, 1.0, "", True, "mask") == ("image", "mask")


def test_order_puts_inputs_where_saved_links_expect_them() -> None:
    class Encode:
        def encode(self, clip: Clip, text: Annotated[str, Text()]) -> Latent:
            return {"said": (clip, text)}

    cls = declare(Encode, order=("text",))
    assert list(cls.INPUT_TYPES()["required"]) == ["text", "clip"]
    assert cls().encode("clip", "text")[0] == {"said": ("clip", "text")}


def test_choices_that_are_callables_are_asked_anew() -> None:
    files = ["a"]

    class Load:
        def load(self, name: Annotated[str, Choice(lambda: files)]) -> Image:
            raise NotImplementedError

    cls = declare(Load)
    assert cls.INPUT_TYPES()["required"]["name"] == (["a"],)
    files.append("b")
    assert cls.INPUT_TYPES()["required"]["name"] == (["a", "b"],)


def test_fingerprint_and_validation_take_their_protocol_names() -> None:
    class Load:
        def load(self, name: Annotated[str, Text()]) -> Image:
            raise NotImplementedError

    cls = declare(Load, fingerprint=lambda name: name.upper(), validate=lambda name: name == "a" or "not a")
    assert cls.IS_CHANGED(name="a") == "A"
    assert cls.VALIDATE_INPUTS(name="b") == "not a"


class Unannotated:
    def run(self, value: int) -> Image:
        raise NotImplementedError


class TwoMethods:
    def one(self) -> Image:
        raise NotImplementedError

    def two(self) -> Image:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("cls", "options", "message"),
    [
        (Unannotated, {}, "Unannotated: annotate value"),
        (TwoMethods, {}, "TwoMethods must have one public method, the one to run, but has one, two"),
        (Everything, {"order": ("nothing",)}, "Everything: order names nothing"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(cls: type, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        declare(cls, **options)


def test_inputs_are_fixed_unless_choices_are_asked_for_or_any_input_is_taken() -> None:
    class Fixed:
        def run(self, image: Image, how: Annotated[str, Choice(("a", "b"))], seed: Seed) -> Image:
            raise NotImplementedError

    class Files:
        def run(self, name: Annotated[str, Choice(lambda: ["a.png"])]) -> Image:
            raise NotImplementedError

    class Growing:
        def run(self, name: Annotated[str, Choice(["may", "be", "added", "to"])]) -> Image:
            raise NotImplementedError

    class TakesAny:
        def run(self, image: Image, **others: Any) -> Image:
            raise NotImplementedError

    told = {cls.__name__: declare(cls).INPUT_TYPES.is_fixed for cls in (Fixed, Files, Growing, TakesAny)}
    assert told == {"Fixed": True, "Files": False, "Growing": False, "TakesAny": False}
