"""``--plan`` of ``geosector map`` and ``geosector report``: what is read, drawn, told and refused."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geosector import read_plan, storage
from geosector.cli import main
from geosector.errors import InputError, MissingColumnError
from tests.drawn_plan import GAP, SHELTERED, plan


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Write a synthetic plan in two files, with sectors and incidents."""
    access = ("blocks", "reach", "access", "cut_off", "critical", "routes", "sheltering")
    tables = plan()
    placed = {name: tables[name] for name in access}
    storage.write_layers(placed, tmp_path / "A.gpkg")
    storage.write_layers(
        {"stock_gaps": tables["stock_gaps"], "notes": tables["posts"]}, tmp_path / "S.xlsx"
    )
    sectors = gpd.GeoDataFrame(
        {"sector_id": [1, 2], "population": [1200.0, 800.0]},
        geometry=[box(37.0, 36.0, 37.1, 36.1), box(37.1, 36.0, 37.2, 36.1)], crs=4326,
    )  # fmt: skip
    storage.write_layers({"sectors": sectors}, tmp_path / "L.gpkg")
    rows = "id,date,kind,lat,lon,locality\n1,2024-04-02,attack,36.05,37.05,North\n"
    (tmp_path / "incidents.csv").write_text(rows, encoding="utf-8")
    return {
        "incidents": str(tmp_path / "incidents.csv"), "access": str(tmp_path / "A.gpkg"),
        "stock": str(tmp_path / "S.xlsx"), "sectors": str(tmp_path / "L.gpkg"),
        "key": str(tmp_path / "office.key"),
    }  # fmt: skip


def run(files: dict[str, str], out: Path, command: str, audience: str, *more: str) -> int:
    words = [command, files["incidents"], "--sectors", files["sectors"], "--audience", audience]
    words += ["--plan", files["access"], "--plan", files["stock"], "--date", "2024-05-30"]
    return main([*words, "--key-file", files["key"], *more, "--out", str(out)])


def test_a_plan_is_read_from_layers_sheets_and_a_file_of_its_name(
    files: dict[str, str], tmp_path: Path
) -> None:
    layers, problems = read_plan(files["access"])
    assert list(layers) == [
        "reach",
        "access",
        "cut_off",
        "critical",
        "routes",
        "sheltering",
        "blocks",
    ]
    assert layers["sheltering"]["people"].sum() == SHELTERED
    assert isinstance(layers["routes"], gpd.GeoDataFrame)
    assert set(problems["column"].dropna()) <= {"kind"}
    sheets, none = read_plan(files["stock"])
    assert list(sheets) == ["stock_gaps"]
    assert sheets["stock_gaps"]["gap"].tolist() == [0, GAP]
    assert none.empty
    posts = plan()["posts"].assign(date_from="2024-04-01", date_to="2024-04-30")
    posts.to_csv(tmp_path / "posts.csv", index=False)
    assert list(read_plan(tmp_path / "posts.csv")[0]) == ["posts"]


def test_a_file_without_a_result_is_refused(files: dict[str, str]) -> None:
    for name in ("sectors", "incidents"):
        with pytest.raises(InputError, match="holds no result of planning"):
            read_plan(files[name])


def test_the_map_of_the_office_shows_the_plan(files: dict[str, str], tmp_path: Path) -> None:
    assert run(files, tmp_path / "M.html", "map", "internal") == 0
    page = (tmp_path / "M.html").read_text(encoding="utf-8")
    for layer in ("plan-reach-shelter", "plan-sectors", "plan-routes", "plan-critical"):
        assert layer in page
    assert "North gate" in page


def test_the_map_of_a_partner_shows_no_way_but_by_a_decision(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, tmp_path / "M.html", "map", "partner") == 0
    page = (tmp_path / "M.html").read_text(encoding="utf-8")
    assert "plan-sectors" in page
    assert "North gate" not in page
    why = "Agreement 12: ambulances need the ways out"
    options = ("--override", why, "--decided-by", "IDL-OPS")
    (tmp_path / "decided").mkdir()
    assert run(files, tmp_path / "decided" / "M.html", "map", "partner", *options) == 0
    page = (tmp_path / "decided" / "M.html").read_text(encoding="utf-8")
    assert "North gate" in page
    assert why in page
    listed = pd.read_csv(tmp_path / "decided" / "overrides.csv")
    assert listed["reason"].unique().tolist() == [why]
    assert "routes" in listed["table"].tolist()
    capsys.readouterr()
    assert run(files, tmp_path / "N.html", "map", "public", *options) == 2
    assert "never to the audience public" in capsys.readouterr().err
    assert run(files, tmp_path / "N.html", "map", "partner", "--override", why) == 2
    assert "code of the office" in capsys.readouterr().err


def test_the_report_tells_the_plan_as_far_as_its_reader_may_see_it(
    files: dict[str, str], tmp_path: Path
) -> None:
    month = ("--month", "2024-04", "--lang", "en,ar")
    for audience in ("internal", "partner", "public"):
        assert run(files, tmp_path / audience, "report", audience, *month) == 0
    told = {
        audience: json.loads((tmp_path / audience / "report.json").read_text(encoding="utf-8"))[
            "plan"
        ]
        for audience in ("internal", "partner", "public")
    }
    assert "routes" in told["internal"]["tables"]
    assert list(told["partner"]["tables"]) == ["access", "sheltering", "stock_gaps"]
    assert list(told["public"]["tables"]) == ["stock_gaps"]
    assert told["internal"]["totals"]["stock_gaps.water.l.gap"] == GAP
    usable = plan()["stock_gaps"]["usable"].sum()
    ways = {f"access.shelter.10.{figure}" for figure in ("people", "within", "reached", "unknown")}
    for audience in ("internal", "partner"):
        assert ways <= set(told[audience]["totals"])
    for audience in ("internal", "partner"):
        assert told[audience]["totals"]["stock_gaps.water.l.usable"] == usable
        assert told[audience]["totals"]["sheltering.people"] == SHELTERED


def test_a_decision_for_a_report_is_listed_beside_it(files: dict[str, str], tmp_path: Path) -> None:
    options = ("--override", "Agreement 12: ambulances need the ways", "--decided-by", "IDL-OPS")
    out = tmp_path / "april"
    assert run(files, out, "report", "partner", "--month", "2024-04", "--lang", "en", *options) == 0
    told = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert "routes" in told["plan"]["tables"]
    assert (out / "overrides.csv").exists()


@pytest.mark.parametrize(
    ("name", "written"),
    [("cut_off.gpkg", "damaged"), ("cut_off.csv", "a,b\n"), ("access.csv", "a,b\n1,2\n")],
)
def test_a_file_that_has_only_the_name_of_a_result_is_no_answer(
    tmp_path: Path, name: str, written: str
) -> None:
    (tmp_path / name).write_text(written, encoding="utf-8")
    with pytest.raises(MissingColumnError, match="no column was found for"):
        read_plan(tmp_path / name)


def test_a_result_without_rows_is_an_answer_in_every_kind_of_file(tmp_path: Path) -> None:
    nobody = plan()["cut_off"].iloc[:0]
    storage.write_layers({"cut_off": nobody}, tmp_path / "none.gpkg")
    storage.write_layers({"cut_off": nobody.drop(columns="geometry")}, tmp_path / "none.xlsx")
    (tmp_path / "cut_off.csv").write_text("part,people\n", encoding="utf-8")
    for name in ("none.gpkg", "none.xlsx", "cut_off.csv"):
        tables, problems = read_plan(tmp_path / name)
        assert (len(tables["cut_off"]), len(problems)) == (0, 0)
