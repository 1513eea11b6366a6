"""FreeU's second form strengthens by where the feature map is strong, also where it is the same all over."""

import torch

from comfy.changes.freeu import _where_strong


def test_the_strongest_place_takes_the_factor_and_the_weakest_none() -> None:
    x = torch.linspace(-1, 1, 16).reshape(1, 1, 4, 4).expand(2, 3, 4, 4)
    factor = _where_strong(x, 1.4)
    assert factor.shape == (2, 1, 4, 4)
    assert factor[0, 0, 0, 0] == 1
    assert torch.isclose(factor[0, 0, -1, -1], torch.tensor(1.4))


def test_a_map_of_one_pixel_or_one_value_is_left_as_it_is() -> None:
    for x in (torch.randn(2, 8, 1, 1), torch.full((1, 8, 4, 4), 0.5), torch.ones(1, 8, 1, 1, dtype=torch.float16)):
        assert torch.equal(_where_strong(x, 1.4), torch.ones_like(x[:, :1]))
