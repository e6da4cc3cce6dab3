"""Names of places from any source."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.errors import InputError
from geosector.sources import check_table, default_gazetteer, read_gazetteer
from geosector.sources.gazetteers.geonames import GEONAMES


def dumped(folder, *places: dict[str, str], extra: str = ""):
    lines = ["\t".join(place.get(column, "") for column in GEONAMES) for place in places]
    path = folder / "SY.txt"
    path.write_text("\n".join(lines) + "\n" + extra, encoding="utf-8")
    return path


SARMIN = {"geonameid": "171", "name": "Sarmīn", "asciiname": "Sarmin", "alternatenames": "Sermin,سرمين",
          "latitude": "35.9", "longitude": "36.7", "feature class": "P", "fcode": "PPL", "population": "14530"}  # fmt: skip


def test_a_geonames_dump_is_known_by_its_shape(tmp_path):
    stream = SARMIN | {"geonameid": "2", "feature class": "H", "fcode": "STM"}
    unnamed = SARMIN | {"geonameid": "3", "name": "", "asciiname": "", "alternatenames": ""}
    rows, problems = read_gazetteer(dumped(tmp_path, SARMIN, stream, unnamed, extra="torn\tline\n"))
    assert rows[["id", "name", "names", "level"]].to_numpy().tolist() == [
        ["gn:171", "Sarmīn", "Sarmin|Sermin", "town"]
    ]
    assert problems[["row", "given", "action"]].fillna(0).to_numpy().tolist() == [
        [0, "1 features of class H", "They were left out."],
        [3, "", "The row was left out."],
        [4, "2", "The row was left out."],
    ]


@pytest.mark.parametrize(
    ("code", "people", "level"),
    [("PPL", "0", "village"), ("PPL", "20000", "town"), ("PPL", "200000", "city"), ("PPLA2", "5", "city"),
     ("PPLX", None, "neighbourhood"), ("ADM3", None, "admin3"), ("PPL", None, "village"), (None, "5", None)],
)  # fmt: skip
def test_a_feature_code_is_a_level(code, people, level):
    given = pd.DataFrame(
        {"name": ["a"], "lat": [36], "lon": [37], "fcode": [code], "population": [people]},
        dtype=object,
    )
    rows, problems = check_table(given, "gazetteer")
    assert (rows["level"].tolist(), len(problems)) == ([level], 0)


def test_a_geonames_dump_is_read_in_the_zip_it_comes_in(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "SY.zip", "w") as archive:
        archive.writestr("readme.txt", "Data from GeoNames")
        archive.write(dumped(tmp_path, SARMIN), "SY.txt")
    rows, problems = read_gazetteer(tmp_path / "SY.zip")
    assert (rows["id"].tolist(), len(problems)) == (["gn:171"], 0)


def test_a_populated_place_without_figures_is_a_village():
    given = pd.DataFrame({"name": ["a"], "lat": [36], "lon": [37], "fcode": ["PPL"]})
    assert check_table(given, "gazetteer")[0]["level"].tolist() == ["village"]


@pytest.mark.parametrize(
    ("code", "level"),
    [("SY07", "admin1"), ("SY0701", "admin2"), ("SY070100", "admin3"), ("C3871", None)],
)
def test_an_ocha_code_is_a_level_and_an_id(code, level):
    rows, _ = check_table(
        pd.DataFrame({"ar": ["سرمين"], "lat": [36], "lon": [37], "pcode": [code]}), "gazetteer"
    )
    assert (rows["level"].tolist(), rows["id"].tolist()) == ([level], [code])


def test_every_spelling_is_kept_once():
    given = pd.DataFrame(
        {
            "id": ["1"],
            "name": ["Idlib"],
            "name_en": ["Edlib"],
            "aliases": ["Idleb|Edlib"],
            "alt_ar": ["ادلب"],
            "lat": [36],
            "lon": [37],
        }
    )
    rows, _ = check_table(given, "gazetteer")
    assert rows[["name", "names"]].to_numpy().tolist() == [["Idlib", "Edlib|Idleb|ادلب"]]


def test_the_built_in_gazetteer_knows_308_places_of_syria():
    places = default_gazetteer()
    assert (len(places), places["id"].is_unique, places.crs.to_epsg()) == (308, True, 4326)
    assert places["name_ar"].notna().sum() > 250
    assert set(places["level"]) == {"village", "town", "city"}
    aleppo = places.set_index("name_ar").loc["حلب"]
    assert (aleppo["level"], round(aleppo["lat"], 1), round(aleppo["lon"], 1)) == (
        "city",
        36.2,
        37.2,
    )


def test_the_built_in_gazetteer_says_what_it_lacks():
    assert (
        default_gazetteer()
        .attrs["coverage"]
        .startswith("The built-in gazetteer has 308 places of SY. For villages get SY.zip")
    )


def test_the_built_in_gazetteer_knows_other_countries():
    assert len(default_gazetteer("LB")) > 50


@pytest.mark.parametrize("country", ["XX", "Syria", '"', ""])
def test_a_country_without_places_is_refused(country):
    with pytest.raises(InputError, match="knows no place in"):
        default_gazetteer(country)
