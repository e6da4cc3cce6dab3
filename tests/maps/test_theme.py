"""Colours of a density keep their order for every eye and in grey print."""

from __future__ import annotations

import numpy as np
import pytest

from geosector.maps import theme, words

# What is seen by eyes that lack a kind of cone (G. Machado, M. Oliveira and L. Fernandes, A
# physiologically-based model for simulation of color vision deficiency, 2009; severity 1), in
# linear light.
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("kind", theme.RAMPS)
def test_a_ramp_grows_darker_at_every_stop(kind: str, eye: str) -> None:
    colours = [[int(stop[at : at + 2], 16) / 255 for at in (1, 3, 5)] for stop in theme.RAMPS[kind]]
    light = np.where(np.array(colours) > 0.04045, ((np.array(colours) + 0.055) / 1.055) ** 2.4, 0)
    seen = np.clip(light @ EYES[eye].T, 0, 1) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(seen) < 0).all()


def test_every_kind_of_incident_has_a_ramp_and_a_name_of_its_density() -> None:
    assert set(theme.RAMPS) == {*words.INCIDENT_KINDS, "all"}
    assert len({str(words.density_name(kind)) for kind in theme.RAMPS}) == len(theme.RAMPS)
