"""What packs ask of a model besides changing it, where Skein has little to do for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nodes.compat.model_options import with_patch
from nodes.compat.registers import Registers


class PatcherRest(Registers):
    """Mixed into models. Hooks of conditionings are weights of their own here, so nothing has to be undone for them."""

    is_injected = False
    skip_injection = False
    current_hooks: Any = None
    forced_hooks: Any = None

    def set_model_forward_timestep_embed_patch(self, patch: Any) -> None:
        """Called for layers that only other families of models have, as the next two."""
        with_patch(self.model_options, "forward_timestep_embed_patch", patch)

    def set_model_double_block_patch(self, patch: Any) -> None:
        with_patch(self.model_options, "double_block", patch)

    def set_model_post_input_patch(self, patch: Any) -> None:
        with_patch(self.model_options, "post_input", patch)

    def model_patches_to(self, device: Any) -> None:
        """Bring to a device, or into a precision, what patches say can be brought there."""
        options = self.model_options["transformer_options"]
        for name, patches in (options.get("patches") or {}).items():
            options["patches"][name] = [each.to(device) if hasattr(each, "to") else each for each in patches]
        for replaced in (options.get("patches_replace") or {}).values():
            replaced.update({key: each.to(device) for key, each in replaced.items() if hasattr(each, "to")})

    def model_patches_models(self) -> list[Any]:
        """Further models that patches want loaded beside this one."""
        patches = (self.model_options["transformer_options"].get("patches") or {}).values()
        return [model for each in patches for patch in each if hasattr(patch, "models") for model in patch.models()]

    @contextmanager
    def use_ejected(self, skip_and_inject_on_exit_only: bool = False) -> Iterator[None]:
        """Inside, layers that were put into the network are out of it."""
        was_in = self.is_injected
        if was_in and not skip_and_inject_on_exit_only:
            self.eject_model()
        try:
            yield
        finally:
            if (was_in or skip_and_inject_on_exit_only) and not self.is_injected:
                self.inject_model()

    def inject_model(self) -> None:
        if not self.is_injected and not self.skip_injection:
            super().inject_model()
            self.is_injected = bool(self.injections)

    def eject_model(self) -> None:
        if self.is_injected:
            super().eject_model()
            self.is_injected = False

    def copy_registers_to(self, other: Any) -> None:
        super().copy_registers_to(other)
        other.is_injected = False

    def lowvram_patch_counter(self) -> int:
        """How many weights wait outside the device to be patched: none, they are patched before."""
        return 0

    def pin_weight_to_device(self, key: str) -> None:
        return

    def unpin_weight(self, key: str) -> None:
        return

    def unpin_all_weights(self) -> None:
        return

    def set_hook_mode(self, hook_mode: Any) -> None:
        return

    def restore_hook_patches(self) -> None:
        return

    def clear_cached_hook_weights(self) -> None:
        return

    def unpatch_hooks(self, whitelist_keys_set: Any = None) -> None:
        return

    def clean_hooks(self) -> None:
        return
