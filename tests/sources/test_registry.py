"""The registry of boundaries: complete, honest, and proof against an exchanged file."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from geosector import crs
from geosector.errors import InputError, UnreadableFileError
from geosector.sources import registry
from geosector.sources.registry import read_registered, read_registry

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "docs" / "how-to" / "boundaries.md"

SQUARE = [[[38, 35], [38.1, 35], [38.1, 35.1], [38, 35.1], [38, 35]]]
SYNTHETIC = {
    "type": "FeatureCollection",
    "name": "synthetic_districts",
    "features": [
        {
            "type": "Feature",
            "properties": {"ADM2_PCODE": pcode, "ADM2_EN": f"synthetic {pcode}"},
            "geometry": {"type": "Polygon", "coordinates": SQUARE},
        }
        for pcode in ("SY0100", "SY0101")
    ],
}
ENTRY = {
    "name": "Synthetic districts",
    "source": "this test",
    "licence": "CC0",
    "date": "2026-01-01",
    "crs": "EPSG:4326",
    "file": "synthetic.geojson",
}


def written(folder: Path, sha256: str | None = None, **facts: str) -> Path:
    """Write a synthetic file and the registry that names it."""
    data = folder / "synthetic.geojson"
    data.write_text(json.dumps(SYNTHETIC), encoding="utf-8")
    entry = ENTRY | {"sha256": sha256 or hashlib.sha256(data.read_bytes()).hexdigest()} | facts
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    path = folder / "registry.toml"
    path.write_text("[districts]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_every_entry_of_ours_can_be_cited_and_fetched():
    table = read_registry()
    assert table.index.is_unique
    assert len(table) >= 8
    for column in ("name", "source", "licence", "date", "crs", "url", "licence_url", "attribution"):
        assert (table[column].str.strip() != "").all(), column


def test_neighbouring_countries_are_listed():
    assert {"ocha_cod_ab_irq", "geoboundaries_tur"} <= set(read_registry().index)


def test_at_least_one_real_boundary_is_shipped_small_and_openly_licensed():
    table = read_registry()
    shipped = table[table["file"] != ""]
    assert shipped["licence"].isin(["Public domain", "CC0 1.0", "CC BY 4.0"]).all()
    assert len(shipped) >= 1
    for name, entry in shipped.iterrows():
        assert (ROOT / "data" / "boundaries" / entry["file"]).stat().st_size < 300_000
        boundary = read_registered(name)
        assert boundary.is_valid.all()


def test_every_file_in_the_folder_is_registered():
    files = {path.name for path in (ROOT / "data" / "boundaries").iterdir()}
    registered = set(read_registry()["file"]) - {""}
    assert files - registered == {"registry.toml", "README.md"}


def test_the_shipped_country_has_the_bounds_that_its_source_published():
    country = read_registered("syria_country_ne50m")
    assert country.total_bounds.tolist() == [35.764453, 32.317285, 42.359082, 37.297266]
    assert crs.area_km2(country)[0] == pytest.approx(185_000, rel=0.01)
    assert country.attrs["licence"] == "Public domain"


def test_all_gaps_of_all_entries_are_named_at_once(tmp_path):
    path = tmp_path / "registry.toml"
    path.write_text(
        '[a]\nname = "A"\ncrs = "EPSG:4326"\n[b]\nfile = "../b.gpkg"\n', encoding="utf-8"
    )
    with pytest.raises(
        InputError,
        match=r"a: source, licence, date, file \+ sha256 / obtain; "
        r"b: name, source, licence, date, crs, file, sha256",
    ):
        read_registry(path)


def test_a_value_outside_any_entry_is_refused(tmp_path):
    path = tmp_path / "registry.toml"
    path.write_text('name = "A"\n', encoding="utf-8")
    with pytest.raises(InputError, match="name: name, source, licence, date, crs"):
        read_registry(path)


def test_a_registry_that_is_not_toml_is_refused(tmp_path):
    path = tmp_path / "registry.toml"
    path.write_text("[districts\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"registry\.toml: it cannot be opened"):
        read_registry(path)


def test_an_unknown_boundary_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(InputError, match=r"'villages' is not registered\. Use one of: districts"):
        read_registered("villages", written(tmp_path))


def test_a_boundary_to_be_obtained_says_how(tmp_path):
    with pytest.raises(InputError, match=r"'ocha_cod_ab_syr' is not shipped. Open the address"):
        read_registered("ocha_cod_ab_syr")


def test_a_changed_file_is_refused(tmp_path):
    path = written(tmp_path)
    with (tmp_path / "synthetic.geojson").open("a", encoding="utf-8") as file:
        file.write(" ")
    with pytest.raises(UnreadableFileError, match=r"but [0-9a-f]{64} is registered"):
        read_registered("districts", path)


def test_a_missing_file_is_refused(tmp_path):
    path = written(tmp_path)
    (tmp_path / "synthetic.geojson").unlink()
    with pytest.raises(UnreadableFileError, match="there is no such file"):
        read_registered("districts", path)


def test_a_sum_in_capital_letters_is_the_same_sum(tmp_path):
    path = written(tmp_path)
    sha256 = hashlib.sha256((tmp_path / "synthetic.geojson").read_bytes()).hexdigest()
    path = written(tmp_path, sha256=sha256.upper())
    assert len(read_registered("districts", path)) == 2


def test_a_table_without_geometry_is_no_boundary(tmp_path):
    data = tmp_path / "synthetic.parquet"
    import pandas as pd

    pd.DataFrame({"a": [1]}).to_parquet(data)
    path = written(tmp_path, hashlib.sha256(data.read_bytes()).hexdigest(), file=data.name)
    with pytest.raises(UnreadableFileError, match=r"synthetic\.parquet: it has no geometry"):
        read_registered("districts", path)


def test_the_registry_is_found_in_an_installed_package(tmp_path, monkeypatch):
    (tmp_path / "boundaries").mkdir()
    monkeypatch.setattr(registry.resources, "files", lambda _: tmp_path)
    assert registry._default_path() == tmp_path / "boundaries" / "registry.toml"


def test_the_recipe_works_step_by_step(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = RECIPE.read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```(python|toml)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in blocks] == ["python", "python", "toml", "python"]
    Path("districts.geojson").write_text(json.dumps(SYNTHETIC), encoding="utf-8")
    for language, block in blocks:
        step = re.sub(r"^   ", "", block, flags=re.MULTILINE)
        if language == "toml":
            digits = capsys.readouterr().out.split()[-1]
            step = step.replace("put the 64 digits of step 2 here", digits)
            Path("registry.toml").write_text(step, encoding="utf-8")
        else:
            exec(compile(step, str(RECIPE), "exec"), {})  # noqa: S102 - our own page
    features = json.loads(Path("boundary.geojson").read_text(encoding="utf-8"))["features"]
    assert [one["properties"]["ADM2_PCODE"] for one in features] == ["SY0100"]
