"""What is too large is refused by one sentence of ours, before or when memory runs out."""

from __future__ import annotations

import errno
import gc
import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest

from geosector.errors import UnreadableFileError
from geosector.sources import limits, read_rows, read_table
from geosector.sources.limits import (
    LIMITS,
    Limit,
    require_bytes,
    require_cells,
    within_memory,
    without_collector,
)

SYNTHETIC = gpd.GeoDataFrame(
    {"date": ["2024-04-01"] * 3, "locality": ["synthetic"] * 3},
    geometry=gpd.points_from_xy([37, 37.1, 37.2], [36, 36.1, 36.2]),
    crs="EPSG:4326",
)


def stored(folder: Path, ending: str) -> Path:
    path = folder / f"synthetic{ending}"
    if ending == ".csv":
        path.write_text("date;locality\n2024-04-01;a\n", encoding="utf-8")
    elif ending == ".parquet":
        SYNTHETIC.to_parquet(path)
    elif ending == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(["date", "locality"])
        book.save(path)
    else:
        SYNTHETIC.to_file(path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_a_file_of_more_bytes_than_its_format_may_have_is_refused(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, ending)
    monkeypatch.setattr(limits, "OTHERS", Limit(0))
    for kind in LIMITS:
        monkeypatch.setitem(LIMITS, kind, Limit(0))
    with pytest.raises(UnreadableFileError, match="larger than the 0 MB"):
        read_table(path, "incidents")


@pytest.mark.parametrize("ending", [".csv", ".gpkg", ".fgb", ".shp", ".parquet"])
def test_a_file_of_more_cells_than_its_format_may_have_is_refused(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, ending)
    monkeypatch.setattr(limits, "OTHERS", Limit(100, 2))
    monkeypatch.setitem(LIMITS, "text", Limit(100, 2))
    with pytest.raises(UnreadableFileError, match="more than the 2 that are read at once"):
        read_table(path, "incidents")


def test_every_limit_is_kept_by_what_is_just_as_large() -> None:
    for kind, most in LIMITS.items():
        require_bytes(kind, most.megabytes * 1024**2, "x")
        require_cells(kind, most.cells, "x")
        with pytest.raises(UnreadableFileError):
            require_bytes(kind, most.megabytes * 1024**2 + 1, "x")
        with pytest.raises(UnreadableFileError):
            require_cells(kind, most.cells + 1, "x")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "no"),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("Resource temporarily unavailable"),
        ImportError("x.so: failed to map segment from shared object"),
        ValueError("GDAL: Cannot allocate 5 bytes"),
    ],
)
def test_whoever_says_that_memory_ran_out_the_sentence_is_ours(error: Exception) -> None:
    @within_memory
    def read(path: str) -> None:
        del path
        try:
            raise error  # noqa: TRY301
        except Exception as cause:
            message = "the file is damaged"
            raise UnreadableFileError(message) from cause

    with pytest.raises(UnreadableFileError, match=r"^a\.csv: it does not fit into the memory"):
        read(path="somewhere/a.csv")


def test_what_only_sounds_like_it_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="there is no such file"):
        read_rows(tmp_path / "out of memory.csv")

    @within_memory
    def read(path: str) -> None:
        raise ValueError(path)

    with pytest.raises(ValueError, match="std::bad_alloc"):
        read("std::bad_alloc")


LESS_MEMORY = """
import json, resource, sys
from geosector.errors import GeosectorError
from geosector.sources import read_table
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
most = used + int(sys.argv[2]) * 1024**2
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    print(len(read_table(sys.argv[1], "incidents")[0]))
except GeosectorError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
@pytest.mark.parametrize("megabytes", [20, 60])
@pytest.mark.parametrize("kind", ["csv", "quoted.csv", "geojson"])
def test_less_memory_than_a_file_needs_is_one_typed_sentence(
    kind: str, megabytes: int, tmp_path: Path
) -> None:
    path = tmp_path / f"synthetic.{kind}"
    if kind == "geojson":
        properties = [{"date": "2024-04-01", "locality": f"synthetic {n}"} for n in range(60_000)]
        point = {"type": "Point", "coordinates": [37, 36]}
        features = [{"type": "Feature", "properties": p, "geometry": point} for p in properties]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    else:
        mark = '"' if "quoted" in kind else ""
        rows = (f"{mark}{n}{mark};2024-04-01;{mark}synthetic {n}{mark}" for n in range(300_000))
        path.write_text("\n".join(["id;date;locality", *rows]))
    command = [sys.executable, "-c", LESS_MEMORY, str(path), str(megabytes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("UnreadableFileError synthetic.")
    assert "does not fit into the memory" in done.stdout


def test_arrow_reserves_nothing_beforehand() -> None:
    code = "import geosector, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "system"


@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_rests_while_much_is_read_and_is_left_as_it_was(
    is_on: bool,  # noqa: FBT001
) -> None:
    (gc.enable if is_on else gc.disable)()
    try:
        with without_collector(1000):
            assert gc.isenabled() == is_on
        within: list[bool] = []
        with without_collector(10**8):
            within.append(gc.isenabled())
        assert (within, gc.isenabled()) == ([False], is_on)
    finally:
        gc.enable()
