"""When a class is asked for its inputs: for each prompt, or once where it says that its answer never changes."""

import functools
from typing import Any

from execution.node_class import NodeClasses


def make_class(is_fixed: bool) -> tuple[type, list[str]]:
    asked: list[str] = []

    def input_types(cls: type) -> dict[str, Any]:
        asked.append(cls.__name__)
        return {"required": {"x": ("INT",)}}

    input_types.is_fixed = is_fixed  # type: ignore[attr-defined]
    return type(
        "Node", (), {"FUNCTION": "run", "run": lambda self, x: (), "INPUT_TYPES": classmethod(input_types)}
    ), asked


def test_a_class_is_asked_anew_for_each_prompt() -> None:
    cls, asked = make_class(is_fixed=False)
    for _ in range(3):
        assert NodeClasses({"Node": cls})["Node"].spec("x") is not None
    assert len(asked) == 3


def test_a_class_that_never_changes_is_asked_once() -> None:
    cls, asked = make_class(is_fixed=True)
    for _ in range(3):
        assert NodeClasses({"Node": cls})["Node"].spec("x") is not None
    assert len(asked) == 1


def test_inputs_that_a_pack_puts_in_place_of_fixed_ones_are_heard() -> None:
    cls, _ = make_class(is_fixed=True)
    assert NodeClasses({"Node": cls})["Node"].spec("y") is None
    cls.INPUT_TYPES = classmethod(lambda _cls: {"required": {"y": ("INT",)}})  # type: ignore[attr-defined]
    declared = NodeClasses({"Node": cls})["Node"]
    assert declared.spec("y") is not None
    assert declared.spec("x") is None


def test_what_a_pack_puts_around_fixed_inputs_is_asked_each_time() -> None:
    cls, _ = make_class(is_fixed=True)
    NodeClasses({"Node": cls})["Node"].spec("x")
    before, names = cls.INPUT_TYPES.__func__, ["y"]  # type: ignore[attr-defined]

    @functools.wraps(before)
    def more(cls: type) -> dict[str, Any]:
        return {**before(cls), "optional": dict.fromkeys(names, ("INT",))}

    cls.INPUT_TYPES = classmethod(more)  # type: ignore[attr-defined]
    assert NodeClasses({"Node": cls})["Node"].spec("y") is not None
    names.append("z")
    assert NodeClasses({"Node": cls})["Node"].spec("z") is not None


def test_what_a_pack_changes_of_a_class_that_was_in_use_is_heard() -> None:
    cls: Any = make_class(is_fixed=True)[0]
    read = lambda: NodeClasses({"Node": cls})["Node"]  # noqa: E731
    assert (read().return_types, read().is_output, read().takes("more"), read().own_check) == ((), False, False, None)
    assert read() is read()
    cls.RETURN_TYPES = ("IMAGE",)
    assert read().return_types == ("IMAGE",)
    cls.OUTPUT_NODE = True
    assert read().is_output
    cls.run = lambda self, x, more=None: ()
    assert read().takes("more")
    cls.VALIDATE_INPUTS = classmethod(lambda cls, x: True)
    assert read().own_check is not None


def test_a_subclass_says_its_own_inputs() -> None:
    cls, _ = make_class(is_fixed=True)
    sub: Any = type("Sub", (cls,), {"INPUT_TYPES": classmethod(lambda _cls: {"optional": {"z": ("INT",)}})})
    classes = NodeClasses({"Node": cls, "Sub": sub})
    assert classes["Node"].spec("x") is not None
    assert classes["Sub"].spec("x") is None
    assert classes["Sub"].spec("z") is not None
