"""What goes a long way before it is released tells no sensitive place either.

Tables go through geocoding, assigning, a register, a merge and a layout edited by hand, and only
then to an audience; beside them stand forms, lists of problems, logs of decisions and what a command
says. All of it is looked through. All places are synthetic.
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geosector import Register, draw_map
from geosector.cli import main
from tests.leaks import leaks
from tests.test_released_files import (
    DATE,
    PROMISED_M,
    Town,
    contents,
    ground,
    inside,
    layout,
    run,
    town,
)  # fmt: skip

__all__ = ["layout"]  # a fixture
SIGNED = ("--office", "SYN-OPS")
LEAST_BYTES = 100_000
# The thousands of corners of a layout lie near any place, by one axis or both; a place that was
# written among them would be there to the centimetre.
LAYOUTS, EXACT_M = ("layout.gpkg", "sectors.kml", "adopted.gpkg"), 0.05
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def office(layout: Path, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Let an office do everything that it does before it releases: into the folder ``office``."""
    made = town(
        tmp_path_factory.mktemp("ways") / "town",
        layout,
        inside(layout, 12, 4),
        inside(layout, 6, 5),
    )
    work = made.folder / "office"
    work.mkdir()
    rows = pd.read_csv(made.folder / "incidents.csv")
    rows["locality"] = [f"{y:.6f}, {x:.6f}" for x, y in made.incidents]
    rows.drop(columns=["lat", "lon"]).to_csv(made.folder / "written.csv", index=False)
    run("geocode", made.folder / "written.csv", "--column", "locality", "--out",
        work / "geocoded.csv", "--review", work / "review.xlsx")  # fmt: skip
    run("assign", work / "geocoded.csv", "--sectors", layout, "--out", work / "assigned.gpkg")
    run("adopt", layout, "--blocks", layout, "--out", work / "adopted.gpkg")
    _registers(made, work)
    lon, lat = made.facilities[0]
    first = work / "one.gpkg"
    run("register", first, "near", "--at", f"{lon},{lat}", "--count", 5, "--out", work / "near.csv")
    run("register", first, "duplicates", "--threshold", "0.01", "--out", work / "pairs.xlsx")
    run("merge", first, work / "other.gpkg", "--out", work / "merged.gpkg")
    bad = pd.read_csv(made.folder / "incidents.csv").astype(object)
    for column in ("date", "kind", "killed_man"):
        bad.loc[:4, column] = bad["narrative"]
    bad.to_csv(made.folder / "bad.csv", index=False)
    main(["check", str(made.folder / "bad.csv"), "--as", "incidents", "--out", str(work / "list.csv")])  # fmt: skip
    return made


def _registers(made: Town, work: Path) -> None:
    places = gpd.read_file(made.folder / "facilities.geojson").assign(status="open")
    reports = pd.read_csv(made.folder / "incidents.csv").drop(columns="phone")
    shapes = shapely.points(made.incidents)
    reports = gpd.GeoDataFrame(reports.drop(columns=["lat", "lon"]), geometry=shapes, crs=4326)
    for name, part in (("one", slice(None)), ("other", slice(0, 3))):
        with Register(work / f"{name}.gpkg", office=f"SYN-{name.upper()}") as register:
            register.add("facilities", places.iloc[part].assign(name=f"Synthetic {name}"))
            register.add("incidents", reports.iloc[part])


def passed_on(office: Town, audience: str) -> list[list[object]]:
    """List the commands that pass on what the office has."""
    work, out = office.folder / "office", office.folder / audience
    common = ["--sectors", office.layout, "--audience", audience, "--key-file",
              office.folder / "office.key", "--date", DATE, "--out"]  # fmt: skip
    given = {
        "geocoded": (work / "geocoded.csv", "incidents", ".csv"),
        "matches": (work / "geocoded.csv", "matches", ".csv"),
        "assigned": (work / "assigned.gpkg", "incidents", ".gpkg"),
        "review": (work / "review.xlsx", "matches", ".xlsx"),
        "near": (work / "near.csv", "facilities", ".xlsx"),
        "pairs": (work / "pairs.xlsx", "incidents", ".csv"),
        "problems": (work / "list.csv", "incidents", ".csv"),
        "register": (work / "one.gpkg", None, ".gpkg"),
        "merged": (work / "merged.gpkg", None, ".gpkg"),
        "layout": (work / "adopted.gpkg", None, ".gpkg"),
        "sectors": (work / "adopted.gpkg", "sectors", ".kml"),
        "bad": (office.folder / "bad.csv", "incidents", ".csv"),
        "swapped": (office.folder / "facilities.geojson", "incidents", ".csv"),
        "strange": (office.folder / "incidents.csv", "facilities", ".csv"),
        "needs": (office.folder / "written.csv", "needs", ".csv"),
        "keyless": (office.folder / "office.key", "incidents", ".csv"),
    }
    return [
        ["release", file, *(["--as", name] if name else []), *common, out / f"{word}{suffix}"]
        for word, (file, name, suffix) in given.items()
    ] + [
        ["map", office.folder / "bad.csv", *common, out / "no.docx"],
        ["map", office.folder / "facilities.geojson", *common, out / "no.html"],
        ["form", "incidents", "--out", out / "form.xlsx"],
        ["release", office.folder / "facilities.geojson", "--as", "facilities", "--override",
         "Synthetic agreement 1", *SIGNED, "--log", out / "overrides.csv", *common,
         work / f"exact_{audience}.gpkg"],
    ]  # fmt: skip


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_no_way_through_the_office_leads_a_secret_place_out(
    office: Town, audience: str, capfd: pytest.CaptureFixture[str]
) -> None:
    out = office.folder / audience
    out.mkdir()
    capfd.readouterr()
    ended = {}
    for words in passed_on(office, audience):
        ended[Path(str(words[-1])).name] = main([str(word) for word in words])
    said = "\n".join(capfd.readouterr())
    (out / "said.txt").write_text(said, encoding="utf-8")
    assert set(ended.values()) == {0, 2}, ended
    for name in ("geocoded.csv", "assigned.gpkg", "near.xlsx", "register.gpkg", "merged.gpkg"):
        assert ended[name] == 0, (name, said)
    files = contents(out)
    assert sum(map(len, files.values())) > LEAST_BYTES
    assert found(office, files) == {}


def test_the_office_itself_has_the_places_so_the_scan_would_find_them(office: Town) -> None:
    """Where nothing could be found, finding nothing would prove nothing."""
    seen = found(office, contents(office.folder / "office"))
    assert set(seen) >= {
        "geocoded.csv", "assigned.gpkg", "one.gpkg", "merged.gpkg", "near.csv", "list.csv",
    }  # fmt: skip
    assert "adopted.gpkg" not in seen


def found(office: Town, files: dict[str, bytes]) -> dict[str, list[object]]:
    known = ground(office.layout)
    told = {}
    for name, data in files.items():
        promised = EXACT_M if name in LAYOUTS else PROMISED_M
        secrets = [(x, y, promised) for x, y in (*office.incidents, *office.facilities)]
        told[name] = leaks(data, secrets, known=known)
    return {name: some for name, some in told.items() if some}


def test_what_is_written_without_an_audience_says_beside_it_that_it_is_internal(
    office: Town,
) -> None:
    work = office.folder / "office"
    for name in ("geocoded", "assigned", "adopted", "merged"):
        told = json.loads((work / f"{name}.json").read_text(encoding="utf-8"))
        assert told["audience"] == "internal"
        assert told["product"].startswith(name)


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_what_a_notebook_shows_of_a_map_holds_no_secret_place(office: Town, audience: str) -> None:
    zones = gpd.read_file(office.layout, layer="sectors")
    rows = pd.read_csv(office.folder / "incidents.csv").drop(columns="phone")
    table = gpd.GeoDataFrame(rows, geometry=shapely.points(office.incidents), crs=4326)
    drawn = draw_map(table, sectors=zones, audience=audience, key=bytes(range(32)), date=DATE)
    assert (
        found(office, {"cell": drawn._repr_html_().encode(), "words": repr(drawn).encode()}) == {}
    )
