"""The real inputs of ../shared, dirt included: exact figures."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.sources import (
    read_boundary,
    read_gazetteer,
    read_incidents,
    read_points,
    read_population,
    read_roads,
    read_rows,
    read_services,
)


def test_incidents_as_field_offices_send_them_say_what_the_clean_ones_say(shared_data):
    dirty, problems = read_incidents(shared_data / "april2024" / "incidents_dirty.csv")
    clean, none = read_incidents(shared_data / "april2024" / "incidents.csv")
    assert (len(dirty), len(clean), len(problems), len(none)) == (341, 341, 0, 0)
    assert (dirty.index[0], dirty.index[-1]) == (2, 347)
    for column in ("id", "kind", "date", "date_precision"):
        assert dirty[column].tolist() == clean[column].tolist()
    counts = [c for c in clean if c.startswith(("killed_", "injured_"))]
    assert len(counts) == 12
    assert (dirty[counts].sum() == clean[counts].sum()).all()
    assert int(clean[counts].sum().sum()) == 226


def test_the_year_is_read_whole(shared_data):
    rows, problems = read_incidents(shared_data / "april2024" / "incidents_ytd.csv")
    assert (len(rows), len(problems)) == (611, 0)
    assert rows["date_precision"].value_counts().to_dict() == {"month": 608, "day": 3}


def test_the_streets_of_aleppo_are_read_whole(shared_data):
    rows, problems = read_roads(shared_data / "aleppo" / "roads.parquet")
    assert (len(rows), len(problems), rows.crs.to_epsg()) == (78_908, 0, 4326)
    assert rows.columns.tolist() == ["road_class", "u", "v", "key", "geometry"]
    assert (rows["road_class"] == "primary").sum() == 3_511


def test_the_neighbourhoods_of_aleppo_are_a_boundary(shared_data):
    rows, problems = read_boundary(shared_data / "aleppo" / "neighbourhoods.geojson")
    assert (len(rows), len(problems)) == (111, 0)
    assert {"name", "name_ar", "neighbourhood_id", "directorate_ar"} < set(rows.columns)


def test_shared_figures_are_listed_and_the_total_is_untouched(shared_data):
    zones, none = read_population(shared_data / "aleppo" / "population_zones.geojson")
    assert (zones["population"].sum(), len(none)) == (2_030_000, 0)
    rows, problems = read_population(shared_data / "aleppo" / "service_directorates.geojson")
    assert rows["population"].sum() == 3_790_000
    assert problems["row"].tolist() == [11, 12, 13, 14, 15, 16, 17, 18]
    assert (
        problems["expected"].str.contains("appears to share it").tolist()
        == [True] * 2 + [False] * 6
    )


@pytest.mark.parametrize(("name", "blocks"), [("6km", 5_088), ("12km", 9_360), ("all", 14_130)])
def test_the_benchmark_populations_are_read(shared_data, name, blocks):
    rows, problems = read_population(shared_data / "aleppo" / f"population_{name}.parquet")
    assert (len(rows), len(problems), rows["id"].is_unique) == (blocks, 0, True)


def test_the_gazetteers_load_with_no_column_map(shared_data):
    rows, problems = read_gazetteer(shared_data / "syria" / "gazetteer.csv")
    # One place of it lies on whole degrees: kept, and listed.
    assert (len(rows), problems["row"].tolist()) == (10_339, [880])
    assert rows["level"].value_counts().to_dict() == {"village": 10_000, "town": 185, "city": 14}
    assert rows.loc[rows["id"] == "gn:8595811", "names"].item() == "Muzayrīb|Şerek|المزيريب|شرك"
    rows, problems = read_gazetteer(shared_data / "syria" / "ocha_named_points.csv")
    assert (len(rows), len(problems)) == (125, 0)
    assert rows.iloc[0][["id", "pcode", "name", "name_ar"]].tolist() == [
        "C1153",
        "C1153",
        "Barqum",
        "برقوم",
    ]


@pytest.mark.parametrize(
    ("name", "units", "level"),
    [("governorates", 14, "admin1"), ("districts", 62, "admin2"), ("subdistricts", 272, "admin3")],
)
def test_the_administrative_units_load_too(shared_data, name, units, level):
    rows, problems = read_gazetteer(shared_data / "syria" / f"{name}.json")
    assert (len(rows), len(problems), set(rows["level"])) == (units, 0, {level})


@pytest.mark.parametrize(
    ("name", "count"), [("names_dev", 3_265), ("phrases_dev", 44), ("coords_dev", 112)]
)
def test_rows_to_be_geocoded_are_read_as_they_stand(shared_data, name, count):
    path = shared_data / "geocode" / f"{name}.csv"
    rows, problems = read_rows(path)
    given = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert (len(rows), len(problems)) == (count, 0)
    assert rows.fillna("").to_numpy().tolist() == given.to_numpy().tolist()


def test_named_points_are_points(shared_data):
    rows, problems = read_points(shared_data / "syria" / "ocha_named_points.csv")
    assert (len(rows), rows.geometry.notna().all(), len(problems)) == (125, True, 0)


def test_the_services_of_april_2024_are_read_whole(shared_data):
    rows, problems = read_services(shared_data / "april2024" / "services.csv")
    assert (len(rows), len(problems)) == (75, 0)
    assert rows["unit"].value_counts().to_dict() == {"count": 63, "percent": 12}
    assert rows["qualifier"].isna().sum() == 0
    total = rows[(rows["measure"] == "ambulance.beneficiaries") & (rows["key"] == "total")]
    assert total["count"].tolist() == [9872]
