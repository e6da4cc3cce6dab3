"""CPU seconds and peak address space of reading large tables in every format.

    python benchmarks/reading.py [kind …] [--rows N] [--table incidents|facilities]

The rows are invented. Each file is read in a process of its own within 3 GiB of address space;
``--keep DIR`` keeps the files there and finds them again.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

ROWS = {"text": 2_000_000, "other": 500_000}
ADDRESS_SPACE = 3 * 1024**3
ARABIC = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
TEXTS = ("clean", "dirty", "quoted", "utf16", "cp1256", "arabic", "crlf")
HEADERS = {
    "incidents": ["id", "date", "kind", "locality", "lat", "lon", "killed_man", "note"],
    "facilities": ["id", "status", "kind", "name", "lat", "lon", "capacity", "note"],
}
Row = list[str]


def main() -> None:
    """Write each file, read it, and print a line for it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("kinds", nargs="*")
    asked.add_argument("--rows", type=int)
    asked.add_argument("--table", default="incidents")
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--read", type=Path)
    args = asked.parse_args()
    if args.read is not None:
        read(args.read, args.table)
        return
    print("| file | MB | rows | good | problems | CPU s | peak MiB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in args.kinds or (*TEXTS, *WRITERS):
            count = args.rows or ROWS["text" if kind in TEXTS else "other"]
            path = write(kind, args.table, count, args.keep or Path(folder))
            command = [sys.executable, __file__, "--read", str(path), "--table", args.table]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            answer = done.stdout.strip() or f"{done.returncode}: {done.stderr[-300:]}"
            size = path.stat().st_size // 10**6
            print(f"| {args.table}, {kind} | {size} | {count:,} | {answer} |", flush=True)


def read(path: Path, name: str) -> None:
    """Read one file in this process, and print what it took."""
    from geosector.errors import GeosectorError
    from geosector.sources import read_table

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    start = time.process_time()
    try:
        rows, problems = read_table(path, name)
        said = f"{len(rows):,} | {len(problems):,}"
    except GeosectorError as error:
        said = f"{type(error).__name__}: {error} |"
    seconds = time.process_time() - start
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmPeak:")[2].split()[0]) // 1024
    print(f"{said} | {seconds:.1f} | {peak:,}")


# ---------------------------------------------------------------- what is written


def synthetic(
    count: int, table: str, *, dirty: bool = False, arabic: bool = False
) -> Iterator[Row]:
    """Invent rows; dirty ones mix digits, forms of dates and decimal marks."""
    chance = random.Random(5)  # noqa: S311 - no secret
    for row in range(count):
        day, month = chance.randint(1, 28), chance.randint(1, 12)
        date = f"2024-{month:02d}-{day:02d}"
        lat, lon = (f"{low + 2 * chance.random():.5f}" for low in (35, 36))
        people = str(chance.randint(0, 4))
        place = f"synthetic {row % 6000}"
        if arabic:
            date, lat, lon, people = (w.translate(ARABIC) for w in (date, lat, lon, people))
            place = f"مكان {row % 6000}"
        if dirty:
            date = chance.choice([date, f"{day}/{month}/2024", f"{day} نيسان 2024", "30/02/2024"])
            lat = chance.choice([lat.replace(".", ","), lat.translate(ARABIC)])
            people = chance.choice([people, people.translate(ARABIC), "10-15", "several"])
        if table == "facilities":
            date = ("open", "closed", "damaged")[day % 3]
        kind = "fire" if table == "incidents" else ("shelter", "clinic")[month % 2]
        yield [f"R{row}", date, kind, place, lat, lon, people, f"note {row % 1000}"]


def write(kind: str, table: str, count: int, folder: Path) -> Path:
    """Write one file, unless it is there."""
    path = folder / f"{table}_{kind}_{count}.{'csv' if kind in TEXTS else kind}"
    if not path.exists():
        if kind in TEXTS:
            _write_text(path, kind, table, count)
        else:
            WRITERS[kind](path, table, count)
    return path


def _write_text(path: Path, kind: str, table: str, count: int) -> None:
    is_arabic = kind in {"arabic", "cp1256"}
    rows = synthetic(count, table, dirty=kind == "dirty", arabic=is_arabic)
    encoding = {"utf16": "utf-16", "cp1256": "cp1256"}.get(kind, "utf-8")
    with path.open("w", encoding=encoding, newline="\r\n" if kind == "crlf" else "\n") as file:
        file.write(";".join(HEADERS[table]) + "\n")
        for number, row in enumerate(rows):
            cells = row
            if kind == "cp1256":  # it has no digits of its own
                second = "2024-04-03" if table == "incidents" else row[1]
                place = f"35.{number % 99999:05d}", f"36.{number % 88888:05d}"
                cells = [row[0], second, row[2], row[3], *place, "3", row[7]]
            if kind == "quoted":
                cells = [f'"{cell}"' for cell in row]
                if number % 20 == 0:
                    cells[7] = '"said ""go""; and\nwent"'
            file.write(";".join(cells) + "\n")


def _frame(table: str, count: int):  # noqa: ANN202 - a GeoDataFrame, imported only where needed
    import geopandas as gpd
    import pandas as pd

    cells = pd.DataFrame(synthetic(count, table), columns=HEADERS[table])
    lon, lat = cells.pop("lon").astype(float), cells.pop("lat").astype(float)
    return gpd.GeoDataFrame(cells, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")


def _write_gdal(driver: str, **options: object) -> Callable[[Path, str, int], None]:
    def written(path: Path, table: str, count: int) -> None:
        _frame(table, count).to_file(path, driver=driver, **options)

    return written


def _write_shapefile(path: Path, table: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _frame(table, count).to_file(Path(folder, "rows.shp"), encoding="utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)


def _write_parquet(path: Path, table: str, count: int) -> None:
    _frame(table, count).to_parquet(path)


def _write_json(path: Path, table: str, count: int) -> None:
    import json

    rows = [dict(zip(HEADERS[table], row, strict=True)) for row in synthetic(count, table)]
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override '
    'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="'
    'application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override '
    'PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sharedStrings+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="rows" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
    '2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship '
    'Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'sharedStrings" Target="sharedStrings.xml"/></Relationships>',
}
_SHEET = '<{} xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def _write_xlsx(path: Path, table: str, count: int) -> None:
    """Write as Excel does: words once each in a part of their own, numbers in the sheet."""
    words: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in _PARTS.items():
            archive.writestr(name, part)
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            file.write((_SHEET.format("worksheet") + "<sheetData>").encode())
            rows = (row for part in ([HEADERS[table]], synthetic(count, table)) for row in part)
            for number, row in enumerate(rows, start=1):
                cells = []
                for letter, cell in zip("ABCDEFGH", row, strict=True):
                    is_number = number > 1 and letter in "EFG"
                    value = cell if is_number else words.setdefault(cell, len(words))
                    kind = "" if is_number else ' t="s"'
                    cells.append(f'<c r="{letter}{number}"{kind}><v>{value}</v></c>')
                file.write(f'<row r="{number}">{"".join(cells)}</row>'.encode())
            file.write(b"</sheetData></worksheet>")
        strings = "".join(f"<si><t>{escape(word)}</t></si>" for word in words)
        archive.writestr("xl/sharedStrings.xml", _SHEET.format("sst") + strings + "</sst>")


WRITERS: dict[str, Callable[[Path, str, int], None]] = {
    "xlsx": _write_xlsx,
    "geojson": _write_gdal("GeoJSON"),
    "geojsonl": _write_gdal("GeoJSONSeq"),
    "gpkg": _write_gdal("GPKG"),
    "shp.zip": _write_shapefile,
    "fgb": _write_gdal("FlatGeobuf"),
    "parquet": _write_parquet,
    "json": _write_json,
    "kml": _write_gdal("LIBKML"),
    "gpx": _write_gdal("GPX", GPX_USE_EXTENSIONS="YES"),
}


if __name__ == "__main__":
    main()
