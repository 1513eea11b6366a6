"""What packs import as `comfy.patcher_extension`: functions that stand around parts of a run, by kind and key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nodes.compat.names import lacks_of

Options = dict[str, Any]
Registered = dict[str, dict[Any, list[Any]]]
"""Functions by kind, and there by the key of whoever has added them."""


class CallbacksMP:
    """Moments of a model's life of which packs are told."""

    ON_CLONE = "on_clone"
    ON_LOAD = "on_load_after"
    ON_DETACH = "on_detach_after"
    ON_CLEANUP = "on_cleanup"
    ON_PRE_RUN = "on_pre_run"
    ON_PREPARE_STATE = "on_prepare_state"
    ON_APPLY_HOOKS = "on_apply_hooks"
    ON_REGISTER_ALL_HOOK_PATCHES = "on_register_all_hook_patches"
    ON_INJECT_MODEL = "on_inject_model"
    ON_EJECT_MODEL = "on_eject_model"

    @classmethod
    def init_callbacks(cls) -> Registered:
        return {kind: {} for kind in _kinds(cls)}


class WrappersMP:
    """Parts of a run around which packs may stand, from the outermost to the innermost."""

    OUTER_SAMPLE = "outer_sample"
    PREPARE_SAMPLING = "prepare_sampling"
    SAMPLER_SAMPLE = "sampler_sample"
    PREDICT_NOISE = "predict_noise"
    CALC_COND_BATCH = "calc_cond_batch"
    APPLY_MODEL = "apply_model"
    DIFFUSION_MODEL = "diffusion_model"

    @classmethod
    def init_wrappers(cls) -> Registered:
        return {kind: {} for kind in _kinds(cls)}


def _kinds(cls: type) -> list[str]:
    return [value for name, value in vars(cls).items() if name.isupper()]


class WrapperExecutor:
    """A function with others around it, the first the outermost; a wrapper goes on by calling what it is given."""

    def __init__(
        self, original: Callable[..., Any], class_obj: Any, wrappers: Sequence[Callable[..., Any]], idx: int
    ) -> None:
        self.original, self.class_obj = original, class_obj
        self.wrappers, self.idx = list(wrappers), idx
        self.is_last = idx == len(self.wrappers)

    @classmethod
    def new_executor(
        cls, original: Callable[..., Any], wrappers: Sequence[Callable[..., Any]], idx: int = 0
    ) -> "WrapperExecutor":
        return cls(original, None, wrappers, idx)

    @classmethod
    def new_class_executor(
        cls, original: Callable[..., Any], class_obj: Any, wrappers: Sequence[Callable[..., Any]], idx: int = 0
    ) -> "WrapperExecutor":
        return cls(original, class_obj, wrappers, idx)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Go on with the next wrapper, or the function itself."""
        following = WrapperExecutor(self.original, self.class_obj, self.wrappers, min(self.idx + 1, len(self.wrappers)))
        return following.execute(*args, **kwargs)

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Call this place's wrapper, or the function itself where all have been called."""
        if self.is_last:
            return self.original(*args, **kwargs)
        return self.wrappers[self.idx](self, *args, **kwargs)


@dataclass
class PatcherInjection:
    """Functions that put layers into a network and take them out again."""

    inject: Callable[[Any], Any]
    eject: Callable[[Any], Any]


def registered_in(options: Options, name: str, is_model_options: bool) -> Registered:
    """Where options keep their functions of this name; made where they have none."""
    place = options.setdefault("transformer_options", {}) if is_model_options else options
    found: Registered = place.setdefault(name, {})
    return found


def add_to(registered: Registered, kind: str, key: Any, function: Any) -> None:
    """Put a function behind the others of its kind and key."""
    registered.setdefault(kind, {}).setdefault(key, []).append(function)


def all_of(registered: Mapping[str, Mapping[Any, Sequence[Any]]], kind: str) -> list[Any]:
    """The functions of a kind, in the order in which they were added by key."""
    return [function for functions in registered.get(kind, {}).values() for function in functions]


def add_callback(call_type: str, callback: Any, transformer_options: Options, is_model_options: bool = False) -> None:
    add_callback_with_key(call_type, None, callback, transformer_options, is_model_options)


def add_callback_with_key(
    call_type: str, key: Any, callback: Any, transformer_options: Options, is_model_options: bool = False
) -> None:
    add_to(registered_in(transformer_options, "callbacks", is_model_options), call_type, key, callback)


def get_callbacks_with_key(
    call_type: str, key: Any, transformer_options: Options, is_model_options: bool = False
) -> list[Any]:
    return list(registered_in(transformer_options, "callbacks", is_model_options).get(call_type, {}).get(key, ()))


def get_all_callbacks(call_type: str, transformer_options: Options, is_model_options: bool = False) -> list[Any]:
    return all_of(registered_in(transformer_options, "callbacks", is_model_options), call_type)


def add_wrapper(wrapper_type: str, wrapper: Any, transformer_options: Options, is_model_options: bool = False) -> None:
    add_wrapper_with_key(wrapper_type, None, wrapper, transformer_options, is_model_options)


def add_wrapper_with_key(
    wrapper_type: str, key: Any, wrapper: Any, transformer_options: Options, is_model_options: bool = False
) -> None:
    add_to(registered_in(transformer_options, "wrappers", is_model_options), wrapper_type, key, wrapper)


def get_wrappers_with_key(
    wrapper_type: str, key: Any, transformer_options: Options, is_model_options: bool = False
) -> list[Any]:
    return list(registered_in(transformer_options, "wrappers", is_model_options).get(wrapper_type, {}).get(key, ()))


def get_all_wrappers(wrapper_type: str, transformer_options: Options, is_model_options: bool = False) -> list[Any]:
    return all_of(registered_in(transformer_options, "wrappers", is_model_options), wrapper_type)


def copy_nested_dicts(input_dict: Mapping[Any, Any]) -> dict[Any, Any]:
    """A copy in which dicts and lists, at any depth, are its own; what lies in them is shared."""
    return {key: _copied(value) for key, value in input_dict.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return copy_nested_dicts(value)
    return list(value) if isinstance(value, list) else value


def merge_nested_dicts(dict1: Mapping[Any, Any], dict2: Mapping[Any, Any], copy_dict1: bool = True) -> dict[Any, Any]:
    """Both together: dicts by key at any depth, lists one behind the other; elsewhere the second counts."""
    merged: dict[Any, Any] = copy_nested_dicts(dict1) if copy_dict1 else dict1  # type: ignore[assignment]
    for key, value in dict2.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, Mapping):
            merged[key] = merge_nested_dicts(before, value, copy_dict1=False)
        elif isinstance(before, list) and isinstance(value, list):
            merged[key] = before + value
        else:
            merged[key] = _copied(value)
    return merged


__getattr__ = lacks_of("comfy.patcher_extension")
