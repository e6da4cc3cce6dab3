"""The compiled index in one file."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geosector.geocode import geocode, index_gazetteer, stored
from geosector.geocode.match import match_names
from geosector.geocode.stored import content_hash, open_gazetteer, to_bytes


def test_a_stored_index_answers_as_a_new_one(places: pd.DataFrame, tmp_path: Path) -> None:
    new = open_gazetteer([places], tmp_path)
    again = open_gazetteer([places], tmp_path)
    words = ["بيت نور", "Kafr Zait", "Zzyzx"]
    assert match_names(words, new, [None] * 3) == match_names(words, again, [None] * 3)
    assert (again.places, again.pcodes, again.units) == (new.places, new.pcodes, new.units)
    assert again.named("Dar al-Ward") == new.named("Dar al-Ward")


def test_a_stored_index_is_read_and_not_made(
    places: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gazetteer([places], tmp_path)
    monkeypatch.setattr(stored, "index_gazetteer", None)
    assert len(open_gazetteer([places], tmp_path).places) == len(places)


def test_the_same_index_gives_the_same_bytes(places: pd.DataFrame) -> None:
    assert to_bytes(index_gazetteer([places])) == to_bytes(index_gazetteer([places]))


def test_a_stored_index_holds_no_pickled_object(places: pd.DataFrame, tmp_path: Path) -> None:
    open_gazetteer([places], tmp_path)
    with np.load(next(tmp_path.iterdir()), allow_pickle=False) as arrays:
        assert all(array.dtype != object for array in arrays.values())


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut off", b"no archive"])
def test_a_damaged_file_is_made_anew(places: pd.DataFrame, tmp_path: Path, damage: bytes) -> None:
    open_gazetteer([places], tmp_path)
    file = next(tmp_path.iterdir())
    whole = file.read_bytes()
    file.write_bytes(damage)
    assert len(open_gazetteer([places], tmp_path).places) == len(places)
    assert file.read_bytes() == whole


def test_another_cell_is_another_index(places: pd.DataFrame) -> None:
    moved = places.assign(lat=places["lat"] + 0.1)
    assert len({content_hash([places]), content_hash([moved]), content_hash([])}) == 3
    assert content_hash([places]) == content_hash([places.assign(note="x")])
    points = gpd.GeoDataFrame(
        {"name": ["A"]}, geometry=gpd.points_from_xy([37.0], [36.0]), crs="EPSG:4326"
    )
    assert content_hash([points]) != content_hash([points.translate(1).to_frame("geometry")])


def test_an_empty_gazetteer_can_be_stored(tmp_path: Path) -> None:
    for _ in range(2):
        assert open_gazetteer([pd.DataFrame()], tmp_path).places == ()


def test_geocoding_leaves_a_file_only_where_asked(places: pd.DataFrame, tmp_path: Path) -> None:
    words = pd.DataFrame({"query": ["بيت نور"]})
    first = geocode(words, places, cache=tmp_path / "kept")
    pd.testing.assert_frame_equal(first, geocode(words, places, cache=tmp_path / "kept"))
    pd.testing.assert_frame_equal(first, geocode(words, places))
    assert len([*(tmp_path / "kept").iterdir()]) == 1
