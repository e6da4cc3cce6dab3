"""Gazetteers of every kind become one table: synthetic files of each kind, made here."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import osmium
import pandas as pd
import pytest
from shapely.geometry import Point, box

from geosector import storage
from geosector.errors import InputError, MissingColumnError, UnreadableFileError
from geosector.sources import check_table, read_gazetteer
from geosector.sources.gazetteers.geonames import GEONAMES


def listed(rows: pd.DataFrame, *columns: str) -> list[list[object]]:
    cells = rows[list(columns)].astype(object)
    return cells.where(cells.notna(), None).to_numpy().tolist()


# ---------------------------------------------------------------- GeoNames


def place(number: int, name: str, **more: str) -> str:
    cells = {"geonameid": str(number), "name": name, "asciiname": name, "latitude": "36.1", "longitude": "37.1",
             "feature class": "P", "fcode": "PPL", "country code": "XA", **more}  # fmt: skip
    return "\t".join(cells.get(column, "") for column in GEONAMES)


UNIT = {"feature class": "A", "admin1 code": "07"}


def test_units_of_a_dump_name_the_places_in_them(tmp_path):
    lines = [
        place(1, "Synth Province", **UNIT, fcode="ADM1"),
        place(2, "Synth District", **UNIT, fcode="ADM2", **{"admin2 code": "12"}),
        place(3, "Tell Synth", **{"admin1 code": "07", "admin2 code": "12"}),
        place(4, "Ruin", fcode="PPLCH"),
    ]
    (tmp_path / "XA.txt").write_text("\n".join(lines), encoding="utf-8")
    rows, problems = read_gazetteer(tmp_path / "XA.txt")
    assert listed(rows, "id", "level", "admin1", "admin2") == [
        ["gn:1", "admin1", "Synth Province", None],
        ["gn:2", "admin2", "Synth Province", "Synth District"],
        ["gn:3", "village", "Synth Province", "Synth District"],
        ["gn:4", "village", None, None],
    ]
    assert rows["source"].unique().tolist() == ["geonames:XA.txt"]
    assert problems.empty


def test_tables_beside_a_dump_add_unit_names_and_spellings(tmp_path):
    (tmp_path / "XA.txt").write_text(
        place(3, "Tell Synth", **{"admin1 code": "07"}), encoding="utf-8"
    )
    (tmp_path / "admin1CodesASCII.txt").write_text("XA.07\tSynthê\tSynthe\t1\n", encoding="utf-8")
    names = ["9\t3\tar\tتل مثال\t1", "8\t3\tku\tGirê Synth\t", "7\t3\twkdt\tQ77\t", "6\t3\tlink\thttps://x", "5\t99\tar\tآخر\t"]  # fmt: skip
    with zipfile.ZipFile(tmp_path / "alternateNamesV2.zip", "w") as archive:
        archive.writestr("iso-languagecodes.txt", "ku\tKurdish")
        archive.writestr("alternateNamesV2.txt", "\n".join(names))
    rows, _ = read_gazetteer(tmp_path / "XA.txt")
    assert listed(rows, "name", "name_ar", "names", "admin1", "same_as") == [
        ["Tell Synth", "تل مثال", "Girê Synth", "Synthe", "wd:Q77"]
    ]


def test_further_names_may_lie_in_their_own_folder(tmp_path):
    (tmp_path / "XA.txt").write_text(place(3, "Tell Synth"), encoding="utf-8")
    (tmp_path / "alternatenames").mkdir()
    (tmp_path / "alternatenames" / "XA.txt").write_text("9\t3\tar\tتل مثال\t1\n", encoding="utf-8")
    assert read_gazetteer(tmp_path / "XA.txt")[0]["name_ar"].tolist() == ["تل مثال"]


def test_a_damaged_table_beside_a_dump_is_named(tmp_path):
    (tmp_path / "XA.txt").write_text(place(3, "Tell Synth"), encoding="utf-8")
    (tmp_path / "alternateNames.zip").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(UnreadableFileError, match=r"alternateNames\.zip: the table beside"):
        read_gazetteer(tmp_path / "XA.txt")


# ---------------------------------------------------------------- OCHA


def units(level: int, spelling: str) -> gpd.GeoDataFrame:
    """One unit of a level, a square of 0.1°, with its parents; columns in one of the spellings."""
    cells = {}
    for at in range(level + 1):
        code = "XA" + "0" + "".join(["1", "01", "01"][:at]) if at else "XA"
        english, arabic, pcode = {
            "old": (f"admin{at}Name_en", f"admin{at}Name_ar", f"admin{at}Pcode"),
            "upper": (f"ADM{at}_EN", f"ADM{at}_AR", f"ADM{at}_PCODE"),
            "new": (f"adm{at}_name", f"adm{at}_name1", f"adm{at}_pcode"),
        }[spelling]
        cells |= {english: f"Unit {at}", arabic: f"وحدة {at}", pcode: code}
    cells |= {"validOn" if spelling == "old" else "valid_on": "2024-01-01"}
    return gpd.GeoDataFrame([cells], geometry=[box(37, 36, 37.1, 36.1)], crs="EPSG:4326")


@pytest.mark.parametrize("spelling", ["old", "upper", "new"])
def test_units_are_places_with_codes_parents_and_reach_in_any_spelling(tmp_path, spelling):
    path = tmp_path / "xa_adm.geojson"
    storage.write_table(units(3, spelling), path)
    rows, problems = read_gazetteer(path)
    assert listed(rows, "id", "name", "name_ar", "level", "admin1", "admin1_pcode", "admin2_pcode", "pcode") == [
        ["XA010101", "Unit 3", "وحدة 3", "admin3", "Unit 1", "XA01", "XA0101", "XA010101"]
    ]  # fmt: skip
    # 0.1° × 0.1° at 36° north are 9.0 by 11.1 km: √(100 / π) = 5.6 km.
    assert (rows["radius_m"].round(-2).tolist(), rows["lat"].tolist()) == ([5600.0], [36.05])
    assert problems.empty


def test_every_layer_of_a_geopackage_of_units_is_read_but_the_country(tmp_path):
    path = tmp_path / "xa.gpkg"
    storage.write_layers({f"adm{at}": units(at, "upper") for at in range(3)}, path)
    rows, problems = read_gazetteer(path)
    assert rows["level"].tolist() == ["admin1", "admin2"]
    assert problems["given"].tolist() == ["1 countries (level 0)"]


def test_every_shapefile_of_an_archive_of_units_is_read(tmp_path):
    for at in (1, 2):
        units(at, "upper").to_file(tmp_path / f"xa_adm{at}.shp", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "xa.zip", "w") as archive:
        for file in sorted(tmp_path.glob("xa_adm*")):
            archive.write(file, file.name)
    rows, problems = read_gazetteer(tmp_path / "xa.zip")
    assert rows["id"].tolist() == ["XA01", "XA0101"]
    assert problems.empty


def test_populated_places_have_their_own_name_code_kind_and_parents(tmp_path):
    path = tmp_path / "pplp.csv"
    path.write_text(
        "featureName_en,featureName_ar,featurePcode,featureType,admin1Name_en,admin1Pcode,Latitude_Y,Longitude_X\n"
        "Tell Synth,تل مثال,P11,Neighbourhood,Unit 1,XA01,36.1,37.1\n",
        encoding="utf-8",
    )
    rows, problems = read_gazetteer(path)
    assert listed(rows, "id", "name", "name_ar", "level", "admin1", "pcode", "lat") == [
        ["P11", "Tell Synth", "تل مثال", "neighbourhood", "Unit 1", "P11", 36.1]
    ]
    assert problems.empty


def test_communities_of_level_four_are_villages_with_their_subdistrict():
    cells = {"ADM4_EN": ["Tell Synth"], "ADM4_AR": ["تل مثال"], "ADM4_PCODE": ["C1"], "ADM3_EN": ["Unit 3"],
             "ADM3_PCODE": ["XA010101"], "ADM4ALT1EN": ["Tal Synth"]}  # fmt: skip
    given = gpd.GeoDataFrame(cells, geometry=[Point(37.1, 36.1)], crs="EPSG:4326")
    rows, _ = check_table(given, "gazetteer", file="pplp.shp")
    assert listed(rows, "id", "names", "level", "admin3", "admin3_pcode", "pcode") == [
        ["C1", "Tal Synth", "village", "Unit 3", "XA010101", "C1"]
    ]


# ---------------------------------------------------------------- Open-Syria


def test_objects_are_named_by_the_files_of_their_parents_beside_them(tmp_path):
    top = {
        "id": "xa-a",
        "name": {"en": "Synth", "ar": "مثال"},
        "externalIds": {"ochaPcode": "XA01"},
    }
    below = {"id": "xa-a-b", "governorateId": "xa-a", "districtId": "xa-a-c", "name": {"en": "Sub"},
             "aliases": [{"value": "Sub-district Sub"}], "centroid": {"latitude": 36.1, "longitude": 37.1},
             "area": {"value": 314.159, "unit": "km2"},
             "externalIds": {"ochaPcode": "XA010101", "wikidata": "Q1", "geonames": "5"}}  # fmt: skip
    (tmp_path / "governorates.json").write_text(json.dumps([top]), encoding="utf-8")
    (tmp_path / "districts.json").write_text("[torn", encoding="utf-8")
    path = tmp_path / "subdistricts.json"
    path.write_text(json.dumps([below]), encoding="utf-8")
    rows, problems = read_gazetteer(path)
    assert listed(rows, "id", "level", "admin1", "admin1_pcode", "admin3", "pcode", "radius_m", "same_as") == [
        ["xa-a-b", "admin3", "Synth", "XA01", "Sub", "XA010101", 10_000.0, "wd:Q1|gn:5"]
    ]  # fmt: skip
    assert problems.empty


def test_what_lies_below_the_deepest_unit_is_a_settlement(tmp_path):
    one = {"id": "v", "subdistrictId": "s", "name": {"en": "Tell"}, "coordinates": {"latitude": 36.0, "longitude": 37.0},
           "externalIds": {"geonames": "5"}, "population": {"value": 20_000}}  # fmt: skip
    path = tmp_path / "localities.json"
    path.write_text(json.dumps([one, one | {"id": "w", "type": "camp"}]), encoding="utf-8")
    assert read_gazetteer(path)[0]["level"].tolist() == ["town", "neighbourhood"]


def test_the_units_of_syria_know_their_parents(shared_data):
    rows, problems = read_gazetteer(shared_data / "syria" / "subdistricts.json")
    assert (len(rows), len(problems)) == (272, 0)
    assert (
        rows[["admin1", "admin1_pcode", "admin2", "admin2_pcode", "radius_m"]]
        .notna()
        .all(axis=None)
    )
    assert (rows["admin2_pcode"].str[:4] == rows["admin1_pcode"]).all()


def test_the_neighbourhoods_of_aleppo_are_read(shared_data):
    rows, problems = read_gazetteer(shared_data / "aleppo" / "neighbourhoods.geojson")
    assert (len(rows), set(rows["level"])) == (111, {"neighbourhood"})
    assert rows["radius_m"].between(100, 4000).all()
    assert problems["expected"].tolist() == ["an id of its own"]


# ---------------------------------------------------------------- Who's On First


def record(number: int, name: str, kind: str = "locality", **more: object) -> dict[str, object]:
    properties = {"wof:id": number, "wof:name": name, "wof:placetype": kind, "geom:latitude": 36.0,
                  "geom:longitude": 37.0, "mz:is_current": 1, **more}  # fmt: skip
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [37.0, 36.0]},
    }


TELL = record(
    5, "Tell", **{
        "name:eng_x_preferred": ["Tell Synth"], "name:ara_x_preferred": ["تل مثال"], "name:kur_x_variant": ["Girê Synth"],
        "lbl:latitude": 36.5, "lbl:longitude": 37.5, "wof:concordances": {"gn:id": 3, "wd:id": "Q7"},
        "wof:population": 20_000, "wof:hierarchy": [{"region_id": 1, "county_id": -1}],
    },
)  # fmt: skip
REGION = record(1, "Province", "region")
REGION["geometry"] = {"type": "Polygon", "coordinates": [[[37, 36], [38, 36], [38, 37], [37, 36]]]}
REGION["properties"]["geom:area_square_m"] = 314_159_265.0  # type: ignore[index]
HOOD = record(6, "Hood", "neighbourhood", **{"wof:hierarchy": [{"locality_id": 5}]})
GONE = [
    record(7, "Old", **{"wof:superseded_by": [5]}),
    record(8, "Older", **{"edtf:deprecated": "2019-01-01"}),
    record(9, "Left", **{"mz:is_current": 0}),
    record(10, "Shop", "venue"),
    record(11, "Emptied", **{"edtf:cessation": "1982"}),
]
ALL = [TELL, REGION, HOOD, *GONE]


def folder_of(root: Path, records: list[dict[str, object]]) -> Path:
    folder = root / "wof"
    for one in records:
        number = one["properties"]["wof:id"]  # type: ignore[index]
        file = folder / "data" / str(number) / f"{number}.geojson"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(one), encoding="utf-8")
    return folder


def as_folder(root: Path) -> Path:
    folder = folder_of(root, ALL)
    (folder / "data" / "1" / "1-alt-quattroshapes.geojson").write_text("{}", encoding="utf-8")
    return folder


def as_zip(root: Path) -> Path:
    folder = as_folder(root)
    with zipfile.ZipFile(root / "wof.zip", "w") as archive:
        for file in folder.rglob("*.geojson"):
            archive.write(file, file.relative_to(folder))
    return root / "wof.zip"


def as_tar(root: Path) -> Path:
    folder = as_folder(root)
    with tarfile.open(root / "wof.tar.bz2", "w:bz2") as archive:
        archive.add(folder, "wof")
    return root / "wof.tar.bz2"


def as_collection(root: Path) -> Path:
    path = root / "wof.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": ALL}), encoding="utf-8")
    return path


@pytest.mark.parametrize("made", [as_folder, as_zip, as_tar, as_collection])
def test_records_are_read_from_a_folder_an_archive_or_a_collection(tmp_path, made):
    rows, problems = read_gazetteer(made(tmp_path))
    rows = rows.set_index("id").sort_index()
    assert rows.index.tolist() == ["wof:1", "wof:5", "wof:6"]
    assert listed(rows.loc[["wof:5"]], "name", "name_ar", "names", "level", "lat", "admin1", "same_as") == [
        ["Tell Synth", "تل مثال", "Tell|Girê Synth", "town", 36.5, "Province", "gn:3|wd:Q7"]
    ]  # fmt: skip
    assert (rows.loc["wof:1", "level"], rows.loc["wof:1", "radius_m"]) == ("admin1", 10_000.0)
    assert (rows.loc["wof:6", "parent"], rows.loc["wof:6", "parent_id"]) == ("Tell Synth", "wof:5")
    assert problems["given"].tolist() == [
        "1 records: edtf:cessation", "1 records: edtf:deprecated", "1 records: mz:is_current 0",
        "1 records: wof:placetype venue", "1 records: wof:superseded_by",
    ]  # fmt: skip


def test_a_record_that_cannot_be_read_costs_only_itself(tmp_path):
    folder = folder_of(tmp_path, [TELL])
    (folder / "torn.geojson").write_text("{", encoding="utf-8")
    rows, problems = read_gazetteer(folder)
    assert (len(rows), problems["given"].tolist()) == (1, ["torn.geojson"])


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="this is a folder"):
        read_gazetteer(tmp_path)


def test_too_many_records_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("geosector.sources.gazetteers.whosonfirst.MAX_RECORDS", 2)
    with pytest.raises(UnreadableFileError, match="more than is read"):
        read_gazetteer(as_folder(tmp_path))


def test_a_damaged_archive_is_refused(tmp_path):
    path = as_zip(tmp_path)
    data = bytearray(path.read_bytes())
    data[60:90] = b"\0" * 30
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError):
        read_gazetteer(path, kind="whosonfirst")


# ---------------------------------------------------------------- OpenStreetMap


NODES = {
    1: ((37.05, 36.05), {"place": "town", "name": "تل مثال", "name:en": "Tell Synth", "name:ku": "Girê Synth",
                         "alt_name": "Tal Synth;Tall Synth", "old_name": "Synthia", "name:etymology": "no",
                         "population": "12000", "wikidata": "Q7", "unocha:pcode": "C1"}),
    2: ((37.2, 36.2), {"place": "sea", "name": "Sea"}),
    3: ((37.2, 36.2), {"place": "hamlet"}),
    10: ((37.0, 36.0), {}), 11: ((37.1, 36.0), {}), 12: ((37.1, 36.1), {}), 13: ((37.0, 36.1), {}),
}  # fmt: skip
WAYS = {
    20: ([10, 11, 12, 13, 10], {"place": "town", "name": "تل مثال"}),
    21: ([10, 11, 12, 10], {"place": "suburb", "name": "حي مثال"}),
}


@pytest.fixture
def extract(tmp_path) -> Path:
    path = tmp_path / "synthetic.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (where, tags) in NODES.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=where, tags=tags))
        for number, (nodes, tags) in WAYS.items():
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    return path


def test_places_of_an_extract_come_with_every_spelling(extract):
    rows, _ = read_gazetteer(extract)
    town = rows.set_index("id").loc["osm:n1"]
    assert (town["name"], town["name_ar"]) == ("Tell Synth", "تل مثال")
    assert town["names"].split("|") == ["Girê Synth", "Tal Synth", "Tall Synth", "Synthia"]
    assert (town["level"], town["population"], town["pcode"]) == ("town", 12_000, "C1")


def test_a_node_and_the_area_that_holds_it_are_one_place(extract):
    rows, _ = read_gazetteer(extract)
    rows = rows.set_index("id")
    assert rows.index.tolist() == ["osm:n1", "osm:w21"]
    assert rows.loc["osm:n1", "same_as"] == "wd:Q7|osm:w20"
    assert (rows.loc["osm:n1", "lat"], rows.loc["osm:n1", "radius_m"].round(-2)) == (36.05, 5600.0)
    assert (rows.loc["osm:w21", "level"], rows.loc["osm:w21", "radius_m"] > 0) == (
        "neighbourhood",
        True,
    )


def test_an_extract_without_places_is_an_empty_gazetteer(tmp_path):
    path = tmp_path / "empty.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(37, 36)))
    assert read_gazetteer(path)[0].empty


@pytest.mark.parametrize(
    "columns",
    [{"@id": "node/1", "place": "village", "name": "Synth", "name:ar": "مثال"},
     {"osm_id": "1", "osm_type": "node", "place": "village", "name": "Synth", "name_ar": "مثال"},
     {"full_id": "n1", "osm_id": "1", "place": "village", "name": "Synth", "name:ar": "مثال"},
     {"osm_id": "n1", "place": "village", "name": "Synth", "other_tags": '"name:ar"=>"مثال","source"=>"x"'}],
)  # fmt: skip
def test_exports_of_openstreetmap_are_known_by_their_columns(columns):
    cells = gpd.GeoDataFrame([columns], geometry=[Point(37, 36)], crs="EPSG:4326")
    rows, problems = check_table(cells, "gazetteer", file="export.geojson")
    assert listed(rows, "id", "name", "name_ar", "level", "source") == [
        ["osm:n1", "Synth", "مثال", "village", "osm:export.geojson"]
    ]
    assert problems.empty


def test_places_that_are_none_are_counted(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(
        "@id,place,name,lat,lon\nnode/1,village,Synth,36,37\nnode/2,sea,Sea,36,37\n",
        encoding="utf-8",
    )
    rows, problems = read_gazetteer(path)
    assert (rows["id"].tolist(), problems["given"].tolist()) == (["osm:n1"], ["1 with place=sea"])


# ---------------------------------------------------------------- neighbourhoods


def hoods(**columns: object) -> gpd.GeoDataFrame:
    shapes = [box(37, 36, 37.01, 36.01), box(37.01, 36, 37.02, 36.01)]
    return gpd.GeoDataFrame(
        {"name_ar": ["حي أول", "حي ثان"], **columns}, geometry=shapes, crs="EPSG:4326"
    )


def test_small_areas_are_neighbourhoods_with_a_point_inside_and_a_reach():
    rows, problems = check_table(hoods(city=["Synth", "Synth"]), "gazetteer", file="hoods.gpkg")
    assert listed(rows, "name_ar", "level", "parent") == [
        ["حي أول", "neighbourhood", "Synth"],
        ["حي ثان", "neighbourhood", "Synth"],
    ]
    # 0.9 × 1.1 km: √(1.0 / π) = 0.56 km.
    assert rows["radius_m"].round(-1).tolist() == [560.0, 560.0]
    assert (rows["lat"].round(3).tolist(), problems.empty) == ([36.005, 36.005], True)


def test_the_city_around_neighbourhoods_is_their_parent(tmp_path):
    cells = pd.concat(
        [
            hoods(id=["1", "2"], type=["quarter", "quarter"]),
            gpd.GeoDataFrame(
                {"id": ["c"], "name_ar": ["مدينة"], "type": ["city"]},
                geometry=[box(36.9, 35.9, 37.2, 36.2)],
                crs="EPSG:4326",
            ),
        ],
        ignore_index=True,
    )
    storage.write_table(cells, tmp_path / "hoods.geojson")
    rows, _ = read_gazetteer(tmp_path / "hoods.geojson", kind="neighbourhoods")
    assert listed(rows, "id", "level", "parent", "parent_id") == [
        ["1", "neighbourhood", "مدينة", "c"],
        ["2", "neighbourhood", "مدينة", "c"],
        ["c", "city", None, None],
    ]


def test_large_areas_without_a_level_are_no_neighbourhoods():
    large = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(37, 36, 38, 37)], crs="EPSG:4326")
    assert check_table(large, "gazetteer", file="a.gpkg")[0]["level"].tolist() == [None]


# ---------------------------------------------------------------- any table


def test_any_table_is_read_through_a_column_map(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "Ortsname;auch;noch;hoch;rechts;Art\nSynth;Sinth;Cynth;36,1;37,1;village\n",
        encoding="utf-8",
    )
    rows, problems = read_gazetteer(
        path,
        columns={
            "name": "Ortsname",
            "names": ["auch", "noch"],
            "lat": "hoch",
            "lon": "rechts",
            "level": "Art",
        },
    )
    assert listed(rows, "name", "names", "lat", "lon", "level", "source") == [
        ["Synth", "Sinth|Cynth", 36.1, 37.1, "village", "table:list.csv"]
    ]
    assert problems.empty


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [({"title": "name"}, InputError, "'title' is no column of a gazetteer"),
     ({"name": "Ort"}, MissingColumnError, "there is no column 'Ort'")],
)  # fmt: skip
def test_a_wrong_column_map_is_refused(tmp_path, columns, error, message):
    (tmp_path / "list.csv").write_text("name,lat,lon\na,36,37\n", encoding="utf-8")
    with pytest.raises(error, match=message):
        read_gazetteer(tmp_path / "list.csv", columns=columns)


def test_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(InputError, match="'atlas' is not a kind of gazetteer"):
        read_gazetteer(tmp_path / "list.csv", kind="atlas")


def test_a_point_is_as_precise_as_its_digits(tmp_path):
    (tmp_path / "list.csv").write_text(
        "name,lat,lon\na,36.28333,36.51667\nb,36.28,37.5\nc,36.123456,37.1\n", encoding="utf-8"
    )
    rows, _ = read_gazetteer(tmp_path / "list.csv")
    assert rows["precision_m"].round().tolist() == [927.0, 556.0, 0.0]


def test_a_merged_gazetteer_that_is_read_again_keeps_its_sources(tmp_path):
    (tmp_path / "m.csv").write_text(
        "id,name,lat,lon,source,point_source\ngn:1,a,36,37,cod:x|geonames:y,cod:x\n",
        encoding="utf-8",
    )
    rows, _ = read_gazetteer(tmp_path / "m.csv")
    assert listed(rows, "source", "point_source") == [["cod:x|geonames:y", "cod:x"]]


def test_every_sheet_of_a_workbook_of_units_is_read_and_that_is_told(tmp_path):
    book = openpyxl.Workbook()
    sheets = {
        "adm0": ["XX"], "adm1": ["XX", "XX01"], "adm2": ["XX", "XX01", "XX0101"],
        "adm3": ["XX", "XX01", "XX0101", "XX010101"],
    }  # fmt: skip
    book.active.title = "about"
    book.active.append(["synthetic", "2024"])
    for title, codes in sheets.items():
        sheet = book.create_sheet(title)
        levels = range(len(codes))
        sheet.append(
            [f"ADM{at}_{part}" for at in levels for part in ("EN", "PCODE")] + ["lat", "lon"]
        )
        sheet.append(
            [cell for at in levels for cell in (f"Unit {at}", codes[at])] + [36.25, 37.125]
        )
    book.save(tmp_path / "units.xlsx")
    places, problems = read_gazetteer(tmp_path / "units.xlsx")
    assert places["level"].tolist() == ["admin1", "admin2", "admin3"]
    assert places["pcode"].tolist() == ["XX01", "XX0101", "XX010101"]
    assert "Only these sheets were read: adm0, adm1, adm2, adm3." in problems["action"].tolist()
