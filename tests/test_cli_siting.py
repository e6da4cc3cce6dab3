"""`geosector siting`: what it writes and what it refuses. Town and candidates are synthetic."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector import sample
from geosector.cli import main

ROADS, PEOPLE = str(sample.sample_path("roads")), str(sample.sample_path("population"))


@pytest.fixture
def candidates(tmp_path: Path) -> str:
    """Draw places of the sample town by lot, as candidates."""
    people = gpd.read_file(PEOPLE).iloc[::9]
    table = gpd.GeoDataFrame(
        {"id": [f"c{at}" for at in range(len(people))], "kind": "shelter", "capacity": 4000},
        geometry=people.representative_point().to_numpy(),
        crs=people.crs,
    )
    path = tmp_path / "candidates.geojson"
    table.to_file(path)
    return str(path)


def around(places: gpd.GeoDataFrame, row: int, degrees: float) -> np.ndarray:
    return shapely.buffer(places.geometry.to_numpy()[[row]], degrees)


def words(candidates: str, out: Path, *more: str, count: str = "3") -> list[str]:
    return [
        "siting", "--roads", ROADS, "--demand", PEOPLE, "--candidates", candidates,
        "--count", count, "--out", str(out), "--date", "2024-05-01", *more,
    ]  # fmt: skip


def test_it_writes_sites_who_is_served_and_a_summary(candidates, tmp_path, capsys) -> None:
    out = tmp_path / "sites.gpkg"
    assert main(words(candidates, out)) == 0
    sites = gpd.read_file(out, layer="sites")
    served = gpd.read_file(out, layer="served")
    demand = gpd.read_file(out, layer="demand")
    every = gpd.read_file(out, layer="candidates")
    assert sites["order"].tolist() == [1, 2, 3]
    assert every["chosen"].sum() == 3
    people = gpd.read_file(PEOPLE)["population"].sum()
    assert served["people"].sum() == pytest.approx(people)
    assert sites["people"].sum() == pytest.approx(
        served.loc[served["site_id"].notna(), "people"].sum()
    )
    assert len(demand) == len(gpd.read_file(PEOPLE))
    told = json.loads(out.with_suffix(".json").read_text("utf-8"))
    assert told["audience"] == "internal"
    assert told["objective"] == pytest.approx((served["people"] * served["minutes"]).sum())
    assert 0 <= told["gap"] < 0.05
    assert told["bound"] <= told["objective"]
    assert (told["method"], told["seed"], told["mode"]) == ("p_median", 0, "walk")
    said = capsys.readouterr().out
    assert "no choice takes fewer" in said
    assert "the state of a street on the way is not known" in said
    assert "safe" not in said.casefold()


def test_every_layer_with_shapes_has_a_style(candidates, tmp_path) -> None:
    out = tmp_path / "sites.gpkg"
    assert main(words(candidates, out)) == 0
    styles = gpd.read_file(out, layer="layer_styles")
    names = dict(zip(styles["f_table_name"], styles["styleName"], strict=True))
    assert names["sites"] == "Proposed sites"
    assert names["candidates"] == "Candidates"
    assert names["demand"] == "Who is served"


def test_the_same_input_and_seed_give_the_same_bytes(candidates, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    files = [tmp_path / "one" / "s.gpkg", tmp_path / "two" / "s.gpkg"]
    for file in files:
        file.parent.mkdir()
        assert main(words(candidates, file)) == 0
    one, two = (file.read_bytes() for file in files)
    assert one == two


def test_all_the_rules_at_once(candidates, tmp_path, capsys) -> None:
    layout = tmp_path / "town.gpkg"
    making = ["sectors", "--boundary", str(sample.sample_path("boundary")), "--roads", ROADS]
    making += ["--population", PEOPLE, "--count", "3", "--iterations", "5"]
    assert main([*making, "--out", str(layout)]) == 0
    places = gpd.read_file(candidates)
    hot = gpd.GeoDataFrame(geometry=around(places, 0, 0.0001), crs=places.crs)
    hot.to_file(tmp_path / "hot.geojson")
    wall = gpd.GeoDataFrame(
        {"kind": ["wall"]},
        geometry=shapely.boundary(around(places, 1, 0.0001)),
        crs=places.crs,
    )
    wall.to_file(tmp_path / "wall.geojson")
    closed = gpd.GeoDataFrame(geometry=around(places, 2, 0.0002), crs=places.crs)
    closed.to_file(tmp_path / "closed.geojson")
    out = tmp_path / "sites.gpkg"
    more = ["--existing", str(sample.sample_path("facilities")), "--kind", "shelter"]
    more += ["--avoid", str(tmp_path / "hot.geojson"), "--barriers", str(tmp_path / "wall.geojson")]
    more += ["--away-m", "30", "--sectors", str(layout), "--two-roads", "--mode", "drive"]
    more += ["--closed", str(tmp_path / "closed.geojson"), "--method", "covering", "--minutes", "5"]
    made = words(candidates, out, *more, "--iterations", "5", "--seed", "4", count="6")
    made[made.index("--demand") + 1] = str(layout)
    assert main(made) == 0
    sites = gpd.read_file(out, layer="sites")
    every = gpd.read_file(out, layer="candidates").set_index("id")
    assert sites["existing"].any()
    assert set(sites["sector_id"].dropna()) == {1, 2, 3}
    assert every.loc["c0", "reason"] == "in_area"
    assert every.loc["c1", "reason"] == "near_barrier"
    assert not every.loc[["c0", "c1"], "chosen"].any()
    assert "people are within 5 minutes of a site" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "count", "said"),
    [
        ((), "0", "0 more sites are asked for"),
        ((), "999", "999 sites are asked for"),
        (("--method", "covering"), "2", "The covering needs minutes"),
        (("--minutes", "5"), "2", "The covering needs minutes"),
        (("--away-m", "5"), "2", "Give both"),
        (("--method", "best"), "2", "--method expects p_median, covering"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(  # noqa: PLR0917
    candidates, tmp_path, capsys, more, count, said
) -> None:
    out = tmp_path / "sites.gpkg"
    assert main(words(candidates, out, *more, count=count)) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.strip().splitlines()) == 1
    assert not out.exists()


def test_too_little_room_is_told_and_rows_left_out_are_listed(candidates, tmp_path, capsys) -> None:
    out = tmp_path / "sites.gpkg"
    assert main(words(candidates, out, "--capacities", count="1")) == 2
    assert "holds at most 4,000 people" in capsys.readouterr().err
    people = gpd.read_file(PEOPLE)
    people["population"] = people["population"].astype(float)
    people.loc[0, "population"] = np.nan
    people.to_file(tmp_path / "people.geojson")
    made = words(candidates, out, "--capacities", "--whole", count="11")
    made[made.index("--demand") + 1] = str(tmp_path / "people.geojson")
    assert main(made) == 0
    listed = pd.read_csv(tmp_path / "problems.csv")
    assert (listed["column"] == "population").any()
    assert gpd.read_file(out, layer="sites")["people"].le(4000).all()


def test_closed_streets_are_read_as_by_access_each_by_its_state(candidates, tmp_path) -> None:
    """A street that is open or damaged can be walked; nobody goes straight across a front line."""
    left, low, right, high = gpd.read_file(ROADS).total_bounds
    told = {}
    for state in ("open", "damaged", "closed"):
        everywhere = [shapely.box(left, low, right, high)]
        shut = gpd.GeoDataFrame({"state": [state]}, geometry=everywhere, crs=4326)
        shut.to_file(tmp_path / f"{state}.geojson")
        out = tmp_path / f"{state}.gpkg"
        more = ["--closed", str(tmp_path / f"{state}.geojson"), "--iterations", "1"]
        if state == "closed":
            assert main(words(candidates, out, *more, count="1")) == 2
            continue
        assert main(words(candidates, out, *more, count="1")) == 0
        told[state] = json.loads(out.with_suffix(".json").read_text("utf-8"))
    assert told["open"]["served"] == told["damaged"]["served"]
    assert told["open"]["mean_minutes"] < told["damaged"]["mean_minutes"]


def test_a_layout_whose_blocks_hold_square_metres_is_no_demand(candidates, tmp_path, capsys):
    layout = tmp_path / "bare.gpkg"
    boundary = str(sample.sample_path("boundary"))
    made = ["sectors", "--boundary", boundary, "--roads", ROADS, "--count", "2"]
    assert main([*made, "--iterations", "1", "--out", str(layout)]) == 0
    asked = words(candidates, tmp_path / "sites.gpkg")
    asked[asked.index("--demand") + 1] = str(layout)
    assert main(asked) == 2
    assert "bare.gpkg was made without people" in capsys.readouterr().err
    assert not (tmp_path / "sites.gpkg").exists()
