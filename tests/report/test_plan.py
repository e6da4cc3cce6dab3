"""What planning found, in the report: one number in every product. All data are synthetic."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geosector import maps, write_report
from geosector.errors import AudienceError, InputError
from geosector.language import language
from geosector.maps.saying import told
from geosector.release import NO_KEY, Override, Planned, for_plan
from geosector.report.blocks import Document, Notes, Paragraph, Section, Table, Tiles
from geosector.report.content import Facts, compose
from geosector.report.numbers import reckon
from geosector.report.office import Office, arrange
from geosector.report.plan_numbers import PlanNumbers, reckon_plan, records
from geosector.report.planning import MOST_ROWS, SECTIONS, plan_sections, total_label
from tests.drawn_plan import CUT_OFF, GAP, LEFT, SHELTERED, WITHIN, plan

LANGS = ("ar", "kmr", "ckb", "en")
DECISION = Override("IDL-OPS", "Agreement 12: ambulances need the ways out of the sectors")


def incidents() -> pd.DataFrame:
    return pd.DataFrame({"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"])})


def sectors() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"sector_id": [1, 2], "name": ["West", "East"], "population": [1200.0, 800.0]},
        geometry=[box(37.0, 36.0, 37.1, 36.1), box(37.1, 36.0, 37.2, 36.1)], crs=4326,
    )  # fmt: skip


def reckoned(audience: str = "internal", **given: Any) -> PlanNumbers:
    return reckon_plan(for_plan(plan(), audience, sectors=sectors(), key=NO_KEY, **given))


def totals(numbers: PlanNumbers) -> dict[str, float | None]:
    return {total.id: total.value for total in numbers.totals}


def folded(words: str, lang: str) -> list[str]:
    """Give the numbers of a text as they would be written in English without marks."""
    own = language(lang)
    western = "".join(
        str(unicodedata.digit(sign)) if unicodedata.category(sign) == "Nd" else sign
        for sign in words
    )
    western = re.sub(rf"(?<=\d){re.escape(own.group_mark)}(?=\d{{3}}\b)", "", western)
    western = re.sub(rf"(?<=\d){re.escape(own.decimal_mark)}(?=\d)", ".", western)
    return sorted(re.findall(r"\d+(?:\.\d+)?", western))


def cells(parts: tuple[Section, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for section in parts:
        for block in section.blocks:
            if isinstance(block, Table):
                found += [*block.rows, block.header, (block.note,)]
            elif isinstance(block, Tiles):
                found += [(tile.value, tile.label) for tile in block.tiles]
            elif isinstance(block, Notes):
                found += [(item,) for item in block.items]
            elif isinstance(block, Paragraph):
                found.append((block.text,))
    return found


# --------------------------------------------------------------- one number everywhere


def written(folder: Path, **given: Any) -> dict[str, Any]:
    usual = {"audience": "internal", "lang": LANGS, "formats": ["html"], "sectors": sectors()}
    write_report(incidents(), "2024-04", folder, plan=plan(), **{**usual, **given})
    pages = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.html")}
    return {"json": json.loads((folder / "report.json").read_text(encoding="utf-8")), **pages}


def drawn(**given: Any) -> dict[str, Any]:
    usual = {"audience": "internal", "lang": "en", "sectors": sectors()}
    scene: dict[str, Any] = told(maps.draw_map(plan=plan(), **{**usual, **given}).scene, "en")
    return scene


def shaded(scene: dict[str, Any], question: str, measure: str) -> list[float | None]:
    """Give the values of a measure of the shading by sector."""
    layer = next(one for one in scene["layers"] if one["id"] == "plan-sectors")
    kind = next(one for one in layer["kinds"] if one["name"].startswith(question))
    return next(one["values"] for one in kind["measures"] if one["name"] == measure)


def carded(scene: dict[str, Any], layer: str) -> list[list[list[str]]]:
    own = next(one for one in scene["layers"] if one["id"] == layer)
    return [item["card"]["rows"] for item in own["items"]]


def test_a_number_is_the_same_in_table_map_report_workbook_and_json(tmp_path: Path) -> None:
    made, scene = written(tmp_path), drawn()
    numbers = made["json"]["plan"]["totals"]
    sheets = pd.read_excel(tmp_path / "report.xlsx", sheet_name=None)
    book = dict(zip(sheets["plan"]["id"], sheets["plan"]["value"], strict=True))
    tables = plan()
    expected = {
        "access.shelter.10.within": WITHIN,
        "sheltering.people": SHELTERED,
        "left_over.people": LEFT + 800,
        "cut_off.people": CUT_OFF,
        "stock_gaps.water.l.gap": GAP,
        "posts.empty": 10,
        "routes.unknown": 1,
    }
    for name, value in expected.items():
        assert numbers[name] == book[name] == value, name
        for lang in LANGS:
            assert str(int(value)) in folded(made[f"report.{lang}.html"], lang), (name, lang)
    assert (
        shaded(scene, "Who reaches what", "People within reach")
        == tables["access"]["within"].tolist()
    )
    assert shaded(scene, "Who goes to a shelter", "People sheltered")[0] == SHELTERED
    assert sum(shaded(scene, "People left", "People left over")) == LEFT + 800
    assert shaded(scene, "Need against stock", "Gap") == tables["stock_gaps"]["gap"].tolist()
    assert ["People cut off", "219"] in carded(scene, "plan-cut-off")[0]
    assert sheets["plan.stock_gaps"]["gap"].tolist() == tables["stock_gaps"]["gap"].tolist()
    rows = made["json"]["plan"]["tables"]["stock_gaps"]
    assert [row["gap"] for row in rows] == tables["stock_gaps"]["gap"].tolist()


def test_every_edition_has_the_same_numbers() -> None:
    editions = [cells(plan_sections(reckoned(), lang)) for lang in LANGS]
    assert len({len(found) for found in editions}) == 1
    compared = 0
    for same in zip(*editions, strict=True):
        numbers = [
            [folded(word, lang) for word in cell] for cell, lang in zip(same, LANGS, strict=True)
        ]
        assert len({str(found) for found in numbers}) == 1, same
        compared += any(numbers[0])
    assert compared > 60


def test_every_table_of_the_plan_has_its_section() -> None:
    told_of = {name for tables in SECTIONS.values() for name in tables}
    assert told_of == set(plan()) - {"blocks", "served"}
    told_of.remove("reach")  # access says the same by sector
    made = plan_sections(reckoned(), "en")
    assert [section.id for section in made] == list(SECTIONS)
    shown = [block.id for section in made for block in section.blocks if isinstance(block, Table)]
    assert set(shown) - {""} == {f"plan.{name}" for name in told_of}


def test_the_same_rows_in_another_order_give_the_same_report() -> None:
    turned = {name: rows.iloc[::-1] for name, rows in plan().items()}
    other = reckon_plan(for_plan(turned, "internal"))
    assert plan_sections(other, "en") == plan_sections(reckoned(), "en")
    assert totals(other) == totals(reckoned())


# --------------------------------------------------------------- what is not known


def test_every_way_prints_the_age_of_its_oldest_report_and_is_unknown_where_that_is_old() -> None:
    made = {
        block.id: block
        for section in plan_sections(reckoned(), "en")
        for block in section.blocks
        if isinstance(block, Table)
    }
    routes = made["plan.routes"]
    age = routes.header.index("Oldest road report (days)")
    assert [row[age] for row in routes.rows] == ["3", "45, unknown"]
    transfers = made["plan.transfers"]
    assert transfers.rows[0][transfers.header.index("Oldest road report (days)")] == "45, unknown"


@pytest.mark.parametrize("given", [{}, {"oldest_report_days": [None]}, {"known": [True]}])
def test_a_way_of_which_nobody_says_how_old_its_reports_are_is_unknown(given: Any) -> None:
    ways = pd.DataFrame({"sector_id": [1], "minutes": [3.0], **given})
    made = reckon_plan(for_plan({"routes": ways}, "internal"))
    (section,) = plan_sections(made, "en")
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert table.rows[0][-1] == "unknown"


def test_a_sum_of_which_a_part_is_missing_is_missing() -> None:
    gaps = plan()["stock_gaps"].assign(gap=[None, 3.0])
    made = reckon_plan(for_plan({"stock_gaps": gaps}, "internal"))
    assert totals(made)["stock_gaps.water.l.gap"] is None
    sums = plan_sections(made, "en")[0].blocks[0]
    assert sums.rows == (("water", "l", "30,000", "25,679", "withheld or unknown"),)


def test_what_several_sources_counted_is_never_added_up() -> None:
    two = pd.concat(
        [plan()["returned"], plan()["returned"].assign(source="Another", people_max=90)]
    )
    made = totals(reckon_plan(for_plan({"returned": two}, "internal")))
    assert made["returned.2024-04.Another.people_max"] == 90
    assert made["returned.2024-04.Synthetic count.people_max"] == 55


def test_posts_of_two_periods_are_not_added_up() -> None:
    posts = plan()["posts"]
    months = [
        posts.assign(date_from=pd.Timestamp(2024, at, 1), date_to=pd.Timestamp(2024, at, 28))
        for at in (1, 2)
    ]
    made = reckon_plan(for_plan({"posts": pd.concat(months)}, "internal"))
    assert totals(made)["posts.2024-01-01.2024-01-28.empty"] == 10
    (section,) = plan_sections(made, "en")
    sums = section.blocks[0]
    assert sums.rows[0][:2] == ("1 January 2024", "28 January 2024")


def test_an_empty_table_says_that_there_is_none() -> None:
    empty = {name: rows.iloc[:0] for name, rows in plan().items()}
    made = reckon_plan(for_plan(empty, "internal"))
    said = [
        block.text
        for section in plan_sections(made, "en")
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    assert "Ways out: none." in said
    assert "Transfers: none." in said
    assert totals(made)["overlaps.count"] == 0


def test_areas_that_are_neither_hot_nor_cold_are_counted_and_not_listed() -> None:
    cold = plan()["hot_spots"].assign(spot="none")
    (section,) = plan_sections(reckon_plan(for_plan({"hot_spots": cold}, "internal")), "en")
    assert [tile.value for tile in section.blocks[0].tiles] == ["2", "0", "0"]
    assert section.blocks[1] == Paragraph("Hot and cold spots: none.")


def test_a_long_table_is_cut_and_says_how_much_is_left() -> None:
    many = pd.DataFrame({"what": "stretch", "people": np.arange(100.0)})
    (section,) = plan_sections(reckon_plan(for_plan({"critical": many}, "internal")), "en")
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert len(table.rows) == MOST_ROWS
    assert table.rows[0][-1] == "99"
    assert table.note == "And 60 more in report.xlsx."


def test_no_sentence_calls_a_place_or_a_way_safe() -> None:
    words = " ".join(" ".join(row) for row in cells(plan_sections(reckoned(), "en")))
    assert not re.search(r"\bsafe", words, re.IGNORECASE)


def test_records_are_plain() -> None:
    rows = pd.DataFrame(
        {
            "day": pd.to_datetime(["2024-04-02", None]), "people": pd.array([3, None], "Int64"),
            "share": [np.inf, 0.25], "hot": pd.array([True, None], "boolean"), "name": ["a", None],
        }
    )  # fmt: skip
    assert records(rows) == [
        {"day": "2024-04-02", "people": 3, "share": None, "hot": True, "name": "a"},
        {"day": None, "people": None, "share": 0.25, "hot": None, "name": None},
    ]


# --------------------------------------------------------------- for whom


def test_a_partner_reads_sums_and_what_is_left_out(tmp_path: Path) -> None:
    made = written(tmp_path, audience="partner", lang=["en"])
    told_of = made["json"]["plan"]
    assert "routes" in told_of["left_out"]
    assert "routes" not in told_of["tables"]
    assert told_of["totals"]["sheltering.people"] == SHELTERED
    assert "Not for the readers of this report:" in made["report.en.html"]
    assert "North gate" not in made["report.en.html"]
    assert "North gate" not in made["plan.en.html"]
    assert "plan-sectors" in made["plan.en.html"]
    held = pd.read_excel(tmp_path / "report.xlsx", sheet_name=None)
    assert "plan.routes" not in held


def test_the_public_reads_no_more_than_what_was_released(tmp_path: Path) -> None:
    made = written(tmp_path, audience="public", lang=["en"])
    assert made["json"]["plan"]["left_out"] == {}
    assert set(made["json"]["plan"]["tables"]) <= {
        "stock_gaps", "posts", "activity_gaps", "returned", "catalogue", "who_does_what",
        "projects",
    }  # fmt: skip
    assert "Not for the readers" not in made["report.en.html"]
    assert "Access and shelters" not in made["report.en.html"]
    assert "plan.en.html" not in made
    assert "One; Two" not in json.dumps(made["json"])


def test_a_decision_shows_a_partner_the_ways_and_stands_on_every_page(tmp_path: Path) -> None:
    made = written(tmp_path, audience="partner", lang=["en", "ar"], override=DECISION)
    assert "routes" in made["json"]["plan"]["tables"]
    assert "Agreement 12" in made["json"]["stamp"]
    assert "Agreement 12" in made["plan.ar.html"]
    assert "plan-routes" in made["plan.en.html"]
    assert 'href="./plan.en.html"' in made["report.en.html"]
    for lang in ("en", "ar"):
        assert "Agreement 12" in made[f"report.{lang}.html"]


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_a_decision_is_for_a_partner_alone(tmp_path: Path, audience: str) -> None:
    with pytest.raises(AudienceError, match="never to the audience"):
        written(tmp_path, audience=audience, override=DECISION)
    with pytest.raises(InputError, match="A plan holds no table 'ways'"):
        write_report(
            incidents(), "2024-04", tmp_path, audience="internal", plan={"ways": incidents()}
        )


def test_without_a_plan_a_report_is_what_it_was(tmp_path: Path) -> None:
    write_report(incidents(), "2024-04", tmp_path, audience="internal", formats=["html"])
    assert "plan" not in json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))


def test_an_office_may_move_name_and_leave_out_the_parts_of_a_plan() -> None:
    facts = Facts("internal", "Synthetic office", "", plan=reckoned())
    whole = compose(reckon(incidents(), "2024-04"), [], facts, "en")
    changed: Callable[[Office], Document] = lambda office: arrange(whole, office)  # noqa: E731
    office = Office(
        order=("plan_stock",), leave_out=("plan_sites",), titles={"plan_access": {"en": "Shelter"}}
    )
    sections = {section.id: section.title for section in changed(office).sections}
    assert next(iter(sections)) == "plan_stock"
    assert "plan_sites" not in sections
    assert sections["plan_access"] == "Shelter"


def test_minutes_that_are_a_word_stand_as_they_were_written() -> None:
    rows = pd.DataFrame({"sector_id": [1, 2], "kind": "shelter", "minutes": ["10", "few"],
                         "people": [30.0, 40.0], "within": [20.0, 10.0]})  # fmt: skip
    totals = reckon_plan(Planned({"access": rows}, {})).totals
    said = [total_label(total, "en") for total in totals]
    assert any("10 minutes" in one for one in said)
    assert any("few" in one for one in said)
