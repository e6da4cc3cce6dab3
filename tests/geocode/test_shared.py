"""The real spellings and coordinates of ../shared: what is found, and what must not go wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geosector.geocode import geocode
from geosector.sources import default_gazetteer, read_gazetteer

SYRIA = (35.5, 32.2, 42.5, 37.5)


@pytest.fixture(scope="module")
def gazetteers(shared_data: Path) -> list[pd.DataFrame]:
    files = ("gazetteer.csv", "ocha_named_points.csv")
    return [read_gazetteer(shared_data / "syria" / file)[0] for file in files]


def _within(gazetteer: pd.DataFrame, *governorates: str) -> pd.DataFrame:
    return gazetteer[gazetteer["admin1"].isin(governorates)]


def test_every_written_coordinate_comes_out_right(
    shared_data: Path, gazetteers: list[pd.DataFrame]
) -> None:
    written = pd.read_csv(shared_data / "geocode" / "coords_dev.csv", dtype={"query": str})
    found = geocode(written, gazetteers, column="query", area=SYRIA)
    north = found["lat"] - written["lat"]
    east = (found["lon"] - written["lon"]) * np.cos(np.radians(written["lat"]))
    near = 111_195 * np.hypot(north, east) <= written["tolerance_m"]
    right = np.where(written["expect"] == "ok", near, found["lat"].isna())
    assert written["query"][~right].tolist() == []


@pytest.mark.parametrize(
    ("admin", "accepted", "wrong"), [(None, 750, 0.02), ("hint_admin1", 2_050, 0.015)]
)
def test_names_are_accepted_with_few_mistakes(
    shared_data: Path,
    gazetteers: list[pd.DataFrame],
    admin: str | None,
    accepted: int,
    wrong: float,
) -> None:
    names = pd.read_csv(shared_data / "geocode" / "names_dev.csv")
    found = geocode(names, gazetteers[:1], column="query", admin=admin)
    taken = (found["decision"] == "accepted").to_numpy(bool)
    right = np.array(
        [
            one in str(ids).split("|")
            for one, ids in zip(found["match_id"].fillna(""), names["accept_ids"], strict=True)
        ]
    )
    assert len(found) == len(names)
    assert taken.sum() >= accepted
    assert (taken & ~right).sum() <= wrong * taken.sum()
    assert (taken & (names["answerable"] == 0)).sum() == 0
    assert "advice" not in found.attrs


def test_phrases_lie_where_they_say(shared_data: Path, gazetteers: list[pd.DataFrame]) -> None:
    phrases = pd.read_csv(shared_data / "geocode" / "phrases_dev.csv")
    found = geocode(phrases, gazetteers[:1])
    north = found["lat"] - phrases["lat"]
    east = (found["lon"] - phrases["lon"]) * np.cos(np.radians(phrases["lat"]))
    near = 111_195 * np.hypot(north, east) <= phrases["tolerance_m"]
    right = np.where(phrases["note"] == "refuse", found["lat"].isna(), near)
    assert phrases["query"][~right].tolist() == []


@pytest.mark.parametrize(
    ("text", "lat", "lon", "metres"),
    [
        ("sarmin east Idleb countryside", 35.904, 36.725, 2_000),
        ("5 km east of Ariha", 35.814, 36.665, 1_500),
        ("on the road between Saraqib and Idlib", 35.898, 36.720, 2_000),
        ("كفر انتين قرب دارة عزة", 36.294, 36.881, 500),
        ("Darat Izza", 36.282, 36.852, 500),
        ("Dāret ʿEzza", 36.282, 36.852, 500),
    ],
)
def test_what_a_radio_operator_wrote(
    gazetteers: list[pd.DataFrame], text: str, lat: float, lon: float, metres: float
) -> None:
    found = geocode(pd.DataFrame({"query": [text]}), gazetteers[:1]).iloc[0]
    east = (found["lon"] - lon) * np.cos(np.radians(lat))
    assert 111_195 * np.hypot(found["lat"] - lat, east) <= metres
    assert found["radius_m"] > 0


def test_the_village_named_is_given_and_the_town_beside_it_among_the_others(
    gazetteers: list[pd.DataFrame],
) -> None:
    found = geocode(pd.DataFrame({"query": ["كفر انتين قرب دارة عزة"]}), gazetteers[:1]).iloc[0]
    assert found["match_name"].startswith("Kafr Tinah")
    assert "gn:170857" in found["alternatives"]


def test_a_governorate_is_understood_in_any_spelling(gazetteers: list[pd.DataFrame]) -> None:
    hints = ["SY02", "حلب", "Halab", "Heleb", "محافظة حلب", "Aleppo Governorate", "SY0203"]
    words = pd.DataFrame({"query": "كفر انتين", "gov": [*hints, "Idlib"]})
    found = geocode(words, _within(gazetteers[0], "Aleppo", "Idleb"), admin="gov")
    assert len(set(found["match_id"][:-1])) == 1
    assert not found["flags"].str.contains("unknown_hint").any()


def test_rural_damascus_is_not_damascus(gazetteers: list[pd.DataFrame]) -> None:
    words = pd.DataFrame({"query": ["دوما", "دوما"], "gov": ["ريف دمشق", "دمشق"]})
    found = geocode(words, _within(gazetteers[0], "Damascus", "Rural Damascus"), admin="gov")
    assert found["match_id"][0] == "gn:170592"
    assert found["decision"][1] != "accepted"


def test_the_builtin_gazetteer_resolves_towns_and_asks_for_a_fuller_one(shared_data: Path) -> None:
    towns = default_gazetteer()
    words = pd.DataFrame({"query": ["حلب", "Idlib", "GWQX+3P Manbij", "كفر انتين"]})
    found = geocode(words, towns, towns=towns)
    assert found["decision"].tolist()[:3] == ["accepted"] * 3
    assert "SY.zip" in geocode(words.iloc[3:], towns).attrs["advice"]
