"""What packs put beside a model: functions around its runs, other models, layers, and things of their own."""

from collections.abc import Sequence
from typing import Any

from nodes.compat.patcher_extension import (
    CallbacksMP,
    PatcherInjection,
    Registered,
    add_to,
    all_of,
    copy_nested_dicts,
    merge_nested_dicts,
)

NO_INJECTIONS = (
    "This pack puts layers of its own into the network ({key}), which cannot be done here: what runs is a copy made "
    "ready for the device. Packs may patch attentions and blocks, and stand around the network's calls "
    "(WrappersMP.DIFFUSION_MODEL)."
)


class Registers:
    """Mixed into models; every clone has its own."""

    model_options: dict[str, Any]
    callbacks: Registered
    wrappers: Registered
    attachments: dict[str, Any]
    additional_models: dict[str, list[Any]]
    injections: dict[str, list[PatcherInjection]]

    def begin_registers(self) -> None:
        """Nothing beside the model yet."""
        self.callbacks, self.wrappers, self.attachments = {}, {}, {}
        self.additional_models, self.injections = {}, {}

    def copy_registers_to(self, other: Any) -> None:
        """What the other model has becomes a copy of this one's."""
        other.callbacks, other.wrappers = copy_nested_dicts(self.callbacks), copy_nested_dicts(self.wrappers)
        other.attachments = {
            key: each.on_model_patcher_clone() if hasattr(each, "on_model_patcher_clone") else each
            for key, each in self.attachments.items()
        }
        other.additional_models = {
            key: [each.clone() for each in models] for key, models in self.additional_models.items()
        }
        other.injections = {key: list(injections) for key, injections in self.injections.items()}

    # Functions that are told

    def add_callback(self, call_type: str, callback: Any) -> None:
        self.add_callback_with_key(call_type, None, callback)

    def add_callback_with_key(self, call_type: str, key: Any, callback: Any) -> None:
        add_to(self.callbacks, call_type, key, callback)

    def remove_callbacks_with_key(self, call_type: str, key: Any) -> None:
        self.callbacks.get(call_type, {}).pop(key, None)

    def get_callbacks(self, call_type: str, key: Any) -> list[Any]:
        return list(self.callbacks.get(call_type, {}).get(key, ()))

    def get_all_callbacks(self, call_type: str) -> list[Any]:
        return all_of(self.callbacks, call_type)

    def tell(self, call_type: str, *told: Any) -> None:
        """Call every function that wants to know of a moment."""
        in_options = (self.model_options.get("transformer_options") or {}).get("callbacks", {})
        for callback in all_of(merge_nested_dicts(self.callbacks, in_options), call_type):
            callback(self, *told)

    # Functions around parts of a run

    def add_wrapper(self, wrapper_type: str, wrapper: Any) -> None:
        self.add_wrapper_with_key(wrapper_type, None, wrapper)

    def add_wrapper_with_key(self, wrapper_type: str, key: Any, wrapper: Any) -> None:
        add_to(self.wrappers, wrapper_type, key, wrapper)

    def remove_wrappers_with_key(self, wrapper_type: str, key: Any) -> None:
        self.wrappers.get(wrapper_type, {}).pop(key, None)

    def get_wrappers(self, wrapper_type: str, key: Any) -> list[Any]:
        return list(self.wrappers.get(wrapper_type, {}).get(key, ()))

    def get_all_wrappers(self, wrapper_type: str) -> list[Any]:
        return all_of(self.wrappers, wrapper_type)

    # Things of a pack's own

    def set_attachments(self, key: str, attachment: Any) -> None:
        self.attachments[key] = attachment

    def get_attachment(self, key: str) -> Any:
        return self.attachments.get(key)

    def remove_attachments(self, key: str) -> None:
        self.attachments.pop(key, None)

    # Other models

    def set_additional_models(self, key: str, models: Sequence[Any]) -> None:
        self.additional_models[key] = list(models)

    def get_additional_models_with_key(self, key: str) -> list[Any]:
        return self.additional_models.get(key, [])

    def get_additional_models(self) -> list[Any]:
        return [model for models in self.additional_models.values() for model in models]

    def get_nested_additional_models(self) -> list[Any]:
        """The other models, theirs, and so on."""
        own = self.get_additional_models()
        nested = [each for model in own for each in getattr(model, "get_nested_additional_models", list)()]
        return [*own, *nested]

    def remove_additional_models(self, key: str) -> None:
        self.additional_models.pop(key, None)

    # Layers to be put in

    def set_injections(self, key: str, injections: Sequence[PatcherInjection]) -> None:
        self.injections[key] = list(injections)

    def get_injections(self, key: str) -> list[PatcherInjection] | None:
        return self.injections.get(key)

    def remove_injections(self, key: str) -> None:
        self.injections.pop(key, None)

    def inject_model(self) -> None:
        """Put them into a network that a pack brought with it."""
        for injections in self.injections.values():
            for each in injections:
                each.inject(self)
        self.tell(CallbacksMP.ON_INJECT_MODEL)

    def eject_model(self) -> None:
        for injections in self.injections.values():
            for each in injections:
                each.eject(self)
        self.tell(CallbacksMP.ON_EJECT_MODEL)

    # A run

    def pre_run(self) -> None:
        self.tell(CallbacksMP.ON_PRE_RUN)

    def prepare_state(self, timestep: Any, model_options: Any = None, *_: Any) -> None:
        self.tell(CallbacksMP.ON_PREPARE_STATE, timestep)

    def cleanup(self) -> None:
        self.tell(CallbacksMP.ON_CLEANUP)
