"""The colours of pictures: one table in the layer, which page and sheet both read."""

from __future__ import annotations

import numpy as np
import pytest

from geosector.maps import colours, theme


@pytest.mark.parametrize("kind", sorted(theme.RAMPS))
def test_a_density_fades_into_the_map_and_grows_denser(kind: str) -> None:
    table = colours.rising(theme.RAMPS[kind])
    opacity = table[:, 3].astype(int)
    assert opacity[0] == 0
    assert opacity[1] > 0
    assert (np.diff(opacity) >= 0).all()
    assert opacity[-1] == colours.DENSEST
    ends = [list(bytes.fromhex(theme.RAMPS[kind][at][1:])) for at in (0, -1)]
    assert table[[0, -1], :3].tolist() == ends


def test_a_change_is_as_dense_at_the_same_distance_from_none() -> None:
    table = colours.diverging(theme.CHANGE)
    opacity = table[:, 3].astype(int)
    assert (opacity == opacity[::-1]).all()
    assert np.flatnonzero(opacity == 0).tolist() == [127]


def test_a_table_is_read_as_it_was_packed() -> None:
    table = colours.diverging(theme.CHANGE)
    assert (colours.read({"colours": colours.pack(table)}) == table).all()
