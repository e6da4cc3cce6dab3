"""geosector release: stamps in each row, crowds, written decisions and their list."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geosector import sample
from geosector.cli import main

INCIDENTS, FACILITIES, PEOPLE = (
    str(sample.sample_path(name)) for name in ("incidents", "facilities", "population")
)
REASON = "Agreement 12: ambulances need the doors"


def release(folder: Path, table: str, *words: str, out: str = "seen.csv") -> int:
    given = ["release", table, "--key-file", str(folder / "office.key"), "--date", "2024-05-10"]
    return main([*given, "--out", str(folder / out), *words])


@pytest.mark.parametrize("audience", ["internal", "partner", "public"])
def test_each_row_says_for_whom_of_which_day_and_from_whom(tmp_path: Path, audience: str) -> None:
    words = ["--as", "incidents", "--audience", audience, "--source", "IDL-OPS"]
    assert release(tmp_path, INCIDENTS, *words) == 0
    rows = pd.read_csv(tmp_path / "seen.csv")
    stamps = rows[["audience", "released", "released_by"]].drop_duplicates()
    assert stamps.to_numpy().tolist() == [[audience, "2024-05-10", "IDL-OPS"]]
    summary = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert summary["released_by"] == "IDL-OPS"
    assert summary["stamp"]


def test_a_column_called_as_a_stamp_is_kept_beside_it(tmp_path: Path) -> None:
    given = tmp_path / "rows.csv"
    given.write_text("date,locality,audience\n2024-04-01,a,everyone\n", encoding="utf-8")
    assert release(tmp_path, str(given), "--as", "incidents", "--audience", "internal") == 0
    rows = pd.read_csv(tmp_path / "seen.csv")
    assert rows[["audience", "audience_input"]].to_numpy().tolist() == [["internal", "everyone"]]


def test_people_make_masks_wider(tmp_path: Path) -> None:
    given = tmp_path / "rows.csv"
    given.write_text("date,kind,lat,lon\n2024-04-01,attack,35.29945,38.00104\n", encoding="utf-8")
    words = ["--as", "incidents", "--audience", "partner", "--people", PEOPLE]
    radii = []
    for least in ("1", "20000"):
        out = f"seen{least}.csv"
        assert release(tmp_path, str(given), *words, "--least-people", least, out=out) == 0
        radii.append(pd.read_csv(tmp_path / out)["radius_m"].iloc[0])
    assert radii[0] == 400
    assert radii[1] > 400


def test_a_decision_is_written_into_the_product_and_listed_with_its_fingerprint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--audience", "partner", "--override", REASON, "--office", "IDL-OPS"]
    for name in ("one.gpkg", "two.gpkg"):
        assert release(tmp_path, FACILITIES, *words, out=name) == 0
    seen = gpd.read_file(tmp_path / "one.gpkg", layer=0)
    assert seen.geometry.to_wkt().tolist() == gpd.read_file(FACILITIES).geometry.to_wkt().tolist()
    assert seen["override"].str.contains(REASON).all()
    listed = pd.read_csv(tmp_path / "overrides.csv")
    assert listed["file"].tolist() == ["one.gpkg", "two.gpkg"]
    assert set(listed["office"]) == {"IDL-OPS"}
    digest = hashlib.sha256((tmp_path / "two.gpkg").read_bytes()).hexdigest()
    assert listed["sha256"].iloc[1] == digest
    assert "keep that list in your office" in capsys.readouterr().out


def test_a_decision_without_an_office_or_for_the_public_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(tmp_path, FACILITIES, "--audience", "partner", "--override", REASON) == 2
    words = ["--audience", "public", "--override", REASON, "--office", "IDL-OPS"]
    assert release(tmp_path, FACILITIES, *words) == 2
    assert "never to the audience public" in capsys.readouterr().err
    assert not (tmp_path / "seen.csv").exists()
    assert not (tmp_path / "overrides.csv").exists()


# ---------------------------------------------------------------- what stands beside a product


def shown(folder: Path, audience: str, out: str) -> int:
    return release(folder, INCIDENTS, "--as", "incidents", "--audience", audience, out=out)


def test_a_summary_never_replaces_a_released_table(tmp_path: Path) -> None:
    assert shown(tmp_path, "partner", "seen.json") == 0
    before = (tmp_path / "seen.json").read_bytes()
    assert shown(tmp_path, "public", "seen.gpkg") == 0
    assert (tmp_path / "seen.json").read_bytes() == before
    assert json.loads((tmp_path / "seen.gpkg.json").read_bytes())["audience"] == "public"


def test_two_products_of_one_name_keep_each_its_audience(tmp_path: Path) -> None:
    assert shown(tmp_path, "partner", "seen.csv") == 0
    assert shown(tmp_path, "public", "seen.gpkg") == 0
    assert shown(tmp_path, "partner", "seen.csv") == 0
    for name, product, audience in (
        ("seen.json", "seen.csv", "partner"),
        ("seen.gpkg.json", "seen.gpkg", "public"),
    ):
        told = json.loads((tmp_path / name).read_bytes())
        assert (told["product"], told["audience"]) == (product, audience)


@pytest.mark.parametrize("out", ["seen.json", "problems.csv", "overrides.csv"])
def test_a_product_never_takes_the_place_of_what_is_kept_beside_another(
    tmp_path: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(tmp_path, "partner", "seen.csv") == 0
    before = (tmp_path / "seen.json").read_bytes()
    assert shown(tmp_path, "public", out) == 2
    assert "Give --out another name" in capsys.readouterr().err
    assert (tmp_path / "seen.json").read_bytes() == before
