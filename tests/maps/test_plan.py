"""What planning found, on the map: which layers, which cards, what is hatched. Synthetic data."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geosector.errors import AudienceError, InputError, MissingCRSError
from geosector.maps import draw_map
from geosector.maps.encoding import unpack_lines
from geosector.maps.plan.areas import MOST_QUESTIONS
from geosector.maps.plan.cells import cell
from geosector.maps.plan.shapes import MOST_SHAPES
from geosector.maps.plan.sums import summed
from geosector.maps.saying import spoken, told
from geosector.release import Override
from tests.drawn_plan import plan

KEY = bytes(range(32))
DECISION = Override("IDL-OPS", "Agreement 12: ambulances need the ways out of the sectors")


def drawn(tables: Any, audience: str = "internal", **given: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "sectors": tables.sectors, "facilities": tables.facilities.assign(id=["s1", "w1"]),
        "plan": plan(), "lang": "en", "key": KEY, "date": "2024-05-30",
    }  # fmt: skip
    scene: dict[str, Any] = told(draw_map(audience=audience, **{**usual, **given}).scene, "en")
    return scene


def layers(scene: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {layer["id"]: layer for layer in scene["layers"]}


def planned(scene: dict[str, Any]) -> list[str]:
    return [name for name in layers(scene) if name.startswith("plan-")]


def cards(layer: dict[str, Any]) -> list[dict[str, str]]:
    return [dict(item["card"]["rows"]) for item in layer["items"]]


# --------------------------------------------------------------- who sees which layer


def test_the_office_sees_shadings_hatched_ground_lines_and_places(tables: Any) -> None:
    scene = drawn(tables, roads=tables.roads.assign(state=["open", "closed"]))
    assert planned(scene) == [
        "plan-reach-shelter", "plan-sectors", "plan-cut-off", "plan-service-areas", "plan-closed",
        "plan-black-spots", "plan-critical", "plan-critical-points", "plan-routes",
        "plan-transfers", "plan-candidates-points", "plan-exposure-points",
        "plan-shelters-points", "plan-sites",
    ]  # fmt: skip
    on = [layer["id"] for layer in scene["layers"] if layer["shown"]]
    assert [name for name in on if layers(scene)[name]["kind"] == "choropleth"] == [
        "plan-reach-shelter"
    ]


def test_partners_see_sums_by_sector_and_which_tables_are_not_for_them(tables: Any) -> None:
    scene = drawn(tables, "partner")
    assert planned(scene) == ["plan-sectors", "plan-black-spots"]
    (gone,) = (note for note in scene["notes"] if note.startswith("Of the plan, not for"))
    assert "Ways out" in gone
    assert "Sites" in gone
    decided = drawn(tables, "partner", override=DECISION)
    assert {"plan-routes", "plan-critical", "plan-sites"} <= set(planned(decided))
    assert "Agreement 12" in decided["stamp"][0]


def test_the_public_sees_no_plan_and_learns_of_none(tables: Any) -> None:
    scene = drawn(tables, "public", plan={name: plan()[name] for name in ("routes", "sites")})
    assert planned(scene) == []
    assert not [note for note in scene["notes"] if "plan" in note]
    with pytest.raises(AudienceError, match="never to the audience public"):
        drawn(tables, "public", override=DECISION)


def test_a_map_without_a_plan_is_what_it_was(tables: Any) -> None:
    page = {
        lang: draw_map(sectors=tables.sectors, audience="internal", lang=lang) for lang in ("en",)
    }
    same = draw_map(sectors=tables.sectors, audience="internal", lang="en", plan={})
    assert page["en"].to_html() == same.to_html()


# --------------------------------------------------------------- shadings


def test_blocks_of_one_band_are_one_area_and_unknown_ways_are_hatched(tables: Any) -> None:
    layer = layers(drawn(tables))["plan-reach-shelter"]
    (question,) = layer["kinds"]
    honest, fastest = (
        [measure["classes"][at]["label"] for at in measure["of"]]
        for measure in question["measures"]
    )
    assert honest == ["0 to 5 minutes", "Way unknown", "No way to one"]
    assert fastest == ["0 to 5 minutes", "15 to 30 minutes", "No way to one"]
    assert question["measures"][1]["name"] == "Minutes, if every street can be passed"
    colours = [one["colour"] for one in question["measures"][0]["classes"]]
    assert colours.count("hatched") == 1
    assert [dict(rows) for rows in question["rows"]] == [
        {"People": "500", "Blocks": "1", "Oldest road report (days)": "2"},
        {"People": "700", "Blocks": "1", "Oldest road report (days)": "45, unknown"},
        {"People": "800", "Blocks": "1"},
    ]


def test_of_several_facilities_of_a_block_the_nearest_one_counts(tables: Any) -> None:
    reach = plan()["reach"]
    both = pd.concat([reach.assign(rank=1), reach.assign(rank=2, minutes=50.0)])
    given = {"reach": both, "blocks": plan()["blocks"]}
    one, two = (
        layers(drawn(tables, plan=tables_))["plan-reach-shelter"]["kinds"]
        for tables_ in (given, {**given, "reach": reach})
    )
    assert one == two


def test_bands_hold_the_people_of_all_blocks_and_cover_their_ground(tables: Any) -> None:
    random = np.random.default_rng(3)
    cells = [
        box(37 + x / 50, 36 + y / 50, 37.02 + x / 50, 36.02 + y / 50)
        for x in range(9)
        for y in range(9)
    ]
    people = random.integers(0, 90, len(cells)).astype(float)
    blocks = gpd.GeoDataFrame({"block_id": range(81), "sector_id": 1}, geometry=cells, crs=4326)
    minutes = random.uniform(0, 50, len(cells))
    reach = pd.DataFrame(
        {
            "block_id": range(81), "sector_id": random.integers(1, 3, 81), "population": people,
            "kind": "clinic", "minutes": minutes, "known": True,
        }
    )  # fmt: skip
    scene = drawn(tables, plan={"reach": reach, "blocks": blocks})
    layer = layers(scene)["plan-reach-clinic"]
    (question,) = layer["kinds"]
    named = [item["name"] for item in layer["items"]]
    edges = [0, 5, 10, 15, 30, np.inf]
    for sector in (1, 2):
        for low, high in pairwise(edges):
            own = (reach["sector_id"] == sector) & (minutes > low) & (minutes <= high)
            label = f"{low:g} to {high:g} minutes" if np.isfinite(high) else "More than 30 minutes"
            rows = dict(question["rows"][named.index(f"Sector {sector} · {label}")])
            assert rows == {"People": f"{people[own].sum():,.0f}", "Blocks": f"{own.sum()}"}
    lines = unpack_lines(layer["lines"], layer["unit"])
    assert set(lines.labels) == set(range(len(named)))


def test_a_sector_without_a_row_and_a_withheld_one_are_hatched_and_say_why(tables: Any) -> None:
    gaps = pd.DataFrame({"sector_id": ["1"], "item": "food", "need": [70.0], "gap": [None]})
    layer = layers(drawn(tables, plan={"stock_gaps": gaps}))["plan-sectors"]
    gap, need = layer["kinds"][0]["measures"]
    assert [one["label"] for one in gap["classes"]] == ["unknown", "No row in the plan"]
    assert {one["colour"] for one in gap["classes"]} == {"hatched"}
    assert need["values"] == [70.0, None]
    small = pd.DataFrame({"sector_id": ["1", "2"], "item": "food", "usable": [3.0, 90.0]})
    held = layers(drawn(tables, "partner", plan={"stock_gaps": small}))["plan-sectors"]
    (measure,) = held["kinds"][0]["measures"]
    assert measure["values"] == [None, None]
    assert [one["label"] for one in measure["classes"]] == ["Number withheld"]


def test_shares_are_told_as_shares_and_sums_of_rows_are_summed(tables: Any) -> None:
    layer = layers(drawn(tables))["plan-sectors"]
    asked = {kind["name"]: kind["measures"] for kind in layer["kinds"]}
    (within, *_) = asked["Who reaches what, by sector · Shelters · 10 minutes"]
    assert within["share"] is True
    assert within["values"] == [53.0, 0.0]
    assert [one["label"] for one in within["classes"]] == ["0%", "53%"]
    spot = asked["Hot and cold spots"][0]
    assert [spot["classes"][at]["label"] for at in spot["of"]] == ["hot", "neither"]


def test_what_is_told_of_localities_is_drawn_on_localities(tables: Any) -> None:
    places = gpd.GeoDataFrame(
        {"id": ["n", "e"], "name": ["North", "East"]},
        geometry=[Point(37.03, 36.06), Point(37.15, 36.06)], crs=4326,
    )  # fmt: skip
    scene = drawn(tables, localities=places)
    layer = layers(scene)["plan-localities"]
    asked = {kind["name"]: kind["measures"][0]["values"] for kind in layer["kinds"]}
    assert asked["Who does what where · food"] == [2.0, None]
    assert "People who came back · April 2024 · Synthetic count" in asked


def test_a_table_lacking_what_it_is_drawn_by_is_refused(tables: Any) -> None:
    lacking = {**plan(), "reach": plan()["reach"].drop(columns="minutes")}
    with pytest.raises(InputError, match="The table reach lacks the column minutes"):
        drawn(tables, plan=lacking)
    bare = plan()["routes"].set_crs(None, allow_override=True)
    with pytest.raises(MissingCRSError):
        drawn(tables, plan={"routes": bare})
    with pytest.raises(InputError, match="A plan holds no table 'ways'"):
        drawn(tables, plan={"ways": bare})


# --------------------------------------------------------------- lines and places


def test_each_way_tells_the_age_of_its_oldest_report_and_is_dashed_where_that_is_old(
    tables: Any,
) -> None:
    layer = layers(drawn(tables))["plan-routes"]
    assert [item["dashed"] for item in layer["items"]] == [False, True]
    ages = [card["Oldest road report (days)"] for card in cards(layer)]
    assert ages == ["3", "45, unknown"]
    assert any(note.startswith("Dashed") for note in layer["notes"])


def test_a_street_is_the_wider_the_more_people_its_loss_cuts_off(tables: Any) -> None:
    two = gpd.GeoDataFrame(
        {"what": "stretch", "people": [25.0, 100.0], "name": ["Small", "Great"]},
        geometry=[LineString([(37, 36), (37.1, 36)]), LineString([(37, 36), (37.1, 36.1)])],
        crs=4326,
    )  # fmt: skip
    layer = layers(drawn(tables, plan={"critical": two}))["plan-critical"]
    assert [item["card"]["title"] for item in layer["items"]] == ["Great", "Small"]
    assert layer["items"][0]["weight"] > layer["items"][1]["weight"]
    assert cards(layer)[0]["People cut off"] == "100"


def test_sites_that_stand_and_sites_that_are_proposed_differ(tables: Any) -> None:
    scene = drawn(tables)
    layer = layers(scene)["plan-sites"]
    assert [item["status"] for item in layer["items"]] == ["planned", "open"]
    assert ["planned", "Planned"] in [list(one) for one in scene["statuses"]]
    assert cards(layer)[0]["People"] == "800"


def test_a_transfer_is_a_line_between_its_places_and_others_are_counted(tables: Any) -> None:
    two = pd.concat([plan()["transfers"], plan()["transfers"].assign(to_id="nowhere")])
    layer = layers(drawn(tables, plan={"transfers": two}))["plan-transfers"]
    assert len(layer["items"]) == 1
    assert layer["notes"][0] == "Rows without a place, not drawn: 1"


def test_closed_and_damaged_streets_tell_the_day_of_their_report(tables: Any) -> None:
    roads = tables.roads.assign(state=["damaged", "closed"], state_at=["2024-04-02", None])
    layer = layers(drawn(tables, roads=roads))["plan-closed"]
    assert [item["dashed"] for item in layer["items"]] == [True, False]
    assert [card["Last report"] for card in cards(layer)] == ["2 April 2024", "—"]
    assert "plan-closed" not in layers(drawn(tables, "partner", roads=roads))


def test_of_thousands_of_shapes_those_that_matter_most_are_drawn(tables: Any) -> None:
    count = MOST_SHAPES + 10
    many = gpd.GeoDataFrame(
        {"what": "junction", "people": np.arange(count, dtype=float)},
        geometry=gpd.points_from_xy(np.full(count, 37.05), np.full(count, 36.05)), crs=4326,
    )  # fmt: skip
    layer = layers(drawn(tables, plan={"critical": many}))["plan-critical-points"]
    assert len(layer["items"]) == MOST_SHAPES
    assert cards(layer)[0]["People cut off"] == f"{count - 1:,}"
    assert any(note.startswith("The first") for note in layer["notes"])


def test_empty_tables_draw_nothing(tables: Any) -> None:
    empty = {name: rows.iloc[:0] for name, rows in plan().items()}
    assert planned(drawn(tables, plan=empty)) == []


def test_a_plan_alone_says_where_it_lies() -> None:
    scene = draw_map(plan={"routes": plan()["routes"]}, audience="internal").scene
    assert scene["bounds"] == [[36.05, 37.05], [36.1, 37.15]]


# --------------------------------------------------------------- words and paper


def test_no_word_of_the_map_calls_a_place_or_a_way_safe(tables: Any) -> None:
    page = draw_map(sectors=tables.sectors, plan=plan(), audience="internal", lang="en")
    assert not re.search(r"\bsafe", str(told(page.scene, "en")), re.IGNORECASE)


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_sheet_shows_the_plan_in_less_than_half_a_megabyte(
    tables: Any, tmp_path: Any, kind: str
) -> None:
    page = draw_map(sectors=tables.sectors, plan=plan(), audience="internal", lang="ar")
    page.save(tmp_path / f"plan.{kind}")
    assert 10_000 < (tmp_path / f"plan.{kind}").stat().st_size < 500_000


def test_the_same_plan_gives_the_same_page(tables: Any) -> None:
    turned = {name: rows.iloc[::-1] for name, rows in plan().items() if name != "blocks"}
    one, two, other = (
        draw_map(sectors=tables.sectors, plan=given, audience="internal", lang="en")
        for given in (plan(), plan(), {**turned, "blocks": plan()["blocks"]})
    )
    assert one.to_html() == two.to_html()
    assert layers(one.scene)["plan-sectors"] == layers(other.scene)["plan-sectors"]


# --------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("table_", "column", "row", "words"),
    [
        ("candidates", "usable", {"usable": True}, "Yes"),
        ("stock_gaps", "usable", {"usable": 1200.0}, "1,200"),
        ("stock_gaps", "need", {"need": "much"}, "much"),
        ("served", "note", {"note": np.True_}, "Yes"),
        ("hot_spots", "spot", {"spot": "hot"}, "hot"),
        ("left_over", "reason", {"reason": "full"}, "those in reach are full"),
        ("left_over", "reason", {"reason": "our own words"}, "our own words"),
        ("returned", "month", {"month": "spring"}, "spring"),
        ("projects", "date_to", {"date_to": "soon"}, "soon"),
        ("projects", "late", {"late": pd.NA}, "—"),
        ("access", "share", {"share": None, "withheld": True}, "withheld"),
        ("need_scores", "missing", {"missing": "damage|water"}, "damage · water"),
        ("sites", "order", {"order": 2.0}, "2"),
        ("served", "note", {"note": True}, "Yes"),
    ],
)
def test_a_cell_is_said_as_what_it_is(
    table_: str, column: str, row: dict[str, Any], words: str
) -> None:
    assert spoken(cell(table_, column, row), "en") == words


def test_more_questions_than_a_legend_can_hold_are_counted(tables: Any) -> None:
    many = pd.DataFrame(
        {"sector_id": ["1"] * 70, "item": [f"item {at:02d}" for at in range(70)], "gap": 1.0}
    )
    layer = layers(drawn(tables, plan={"stock_gaps": many}))["plan-sectors"]
    assert len(layer["kinds"]) == MOST_QUESTIONS
    assert layer["notes"] == ["Further questions, in the tables only: 10"]


def test_reach_without_sectors_and_candidates_without_reasons_are_summed() -> None:
    reach = plan()["reach"].drop(columns="sector_id")
    assert summed("reach", reach)["people"].tolist() == [2000.0]
    assert summed("reach", reach.drop(columns="kind"))["people"].sum() == 2000
    ids = pd.DataFrame({"id": ["a"]})
    assert summed("candidates", ids).equals(ids)
    assert summed("black_spots", pd.DataFrame({"black": [True, False]})).shape == (1, 1)
    assert summed("sheltering", ids).equals(ids)
