"""Law 9: the same input and seed give the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector import storage
from geosector.maps import draw_map
from geosector.partition import partition_city
from tests.drawn import draw_town

TOWN = draw_town("""
+=====+-----+-----+
H  40 |  50 |  60 H
+-----+~~~~~+-----+
H  50 !  40 |  30 H
+-----+-----+=====+
""")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes")


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_a_layout_and_its_map_are_the_same_bytes_again(folder: Path, seed: int, random) -> None:
    made = set()
    for turn in range(2):
        order = random.sample(range(len(TOWN.roads)), len(TOWN.roads))
        layout = partition_city(
            TOWN.boundary,
            TOWN.roads.iloc[order],
            2,
            population=TOWN.people,
            tolerance=0.3,
            seed=seed,
            iterations=9,
        )
        file = folder / f"{turn}.gpkg"
        storage.write_layers({"sectors": layout.sectors, "borders": layout.borders}, file)
        drawn = draw_map(sectors=layout.sectors, roads=TOWN.roads, audience="internal", lang="ckb")
        made.add((file.read_bytes(), drawn.to_html()))
    assert len(made) == 1
