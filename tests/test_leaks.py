"""The scanner finds what is planted, in any dress, and nothing where nothing is.

All places are synthetic.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import mgrs
import numpy as np
import pandas as pd
import pytest
import shapely
from openlocationcode import openlocationcode
from shapely.geometry import Point

from geosector import crs, storage
from geosector.maps.encoding import pack_bytes, pack_lines, pack_shapes, varints, write_bytes
from geosector.maps.planes import pack_places
from geosector.release import for_audience
from tests.leaks import Page, _geohash, leaks

LON, LAT = 37.163457, 36.202346
SECRET = [(LON, LAT, 100.0)]
PLACE = Point(LON, LAT)
TEXT = f"{LAT:.6f}, {LON:.6f}"


def digits(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in text)


def angle(value: float, form: str) -> str:
    minutes = value % 1 * 60
    return form.format(d=int(value), m=int(minutes), s=minutes % 1 * 60, mm=minutes)


def metres(system: object) -> tuple[float, float]:
    x, y = crs.convert_points(np.array([LON]), np.array([LAT]), crs.WGS84, system)
    return float(x[0]), float(y[0])


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def pdf(stream: bytes) -> bytes:
    packed = zlib.compress(stream)
    return (
        f"%PDF-1.4\n1 0 obj <</Filter/FlateDecode/Length {len(packed)}>> stream\n".encode()
        + packed
        + b"\nendstream endobj\n%%EOF"
    )


def png_text(text: str) -> bytes:
    chunk = b"zTXtComment\0\0" + zlib.compress(text.encode())
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(chunk) - 4) + chunk + bytes(4)


def sqlite_free_page() -> bytes:
    """Delete a row: its bytes stay in the file."""
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA secure_delete=OFF")
    connection.execute("CREATE TABLE t (id INTEGER, lon REAL, note TEXT, lat REAL)")
    connection.execute("INSERT INTO t VALUES (1, ?, 'x', ?)", (LON, LAT))
    connection.execute("DELETE FROM t")
    connection.commit()
    return connection.serialize()


def tile(zoom: int) -> tuple[int, int]:
    x, y = crs.world_points(np.array([LON]), np.array([LAT]))
    return int(x[0] * 2**zoom), int(y[0] * 2**zoom)


def quadkey(zoom: int) -> str:
    x, y = tile(zoom)
    return "".join(str((x >> b & 1) + 2 * (y >> b & 1)) for b in range(zoom - 1, -1, -1))


def maidenhead() -> str:
    code, lon, lat = "", LON + 180, LAT + 90
    for size, first in ((20, "A"), (2, "0"), (2 / 24, "A"), (2 / 240, "0"), (2 / 5760, "A")):
        code += chr(ord(first) + int(lon / size)) + chr(ord(first) + int(lat / size * 2))
        lon, lat = lon % size, lat % (size / 2)
    return code


def table_file(suffix: str) -> bytes:
    import tempfile

    rows = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[Point(37, 36), PLACE], crs=4326)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"t{suffix}"
        storage.write_table(rows, file)
        return file.read_bytes()


def columns_file() -> bytes:
    """Longitudes in one column of Parquet and latitudes in another, without a geometry."""
    out = io.BytesIO()
    pd.DataFrame(
        {"a": [*np.linspace(1, 2, 50), LON], "b": "x", "c": [*np.linspace(1, 2, 50), LAT]}
    ).to_parquet(out)
    return out.getvalue()


def places_scene() -> str:
    x, y = crs.world_points(np.array([37.0, LON, 37.3]), np.array([36.1, LAT, 36.3]))
    packed = pack_places(x, y, crs.world_unit(1.0, np.array([36.0]))).places
    return (
        f'<script type="application/json" id="gs-scene">{json.dumps({"layers": [packed]})}</script>'
    )


def lines_scene() -> str:
    ends = np.array([[37.0, 36.0], [LON, LAT], [37.2, 36.3]])
    return json.dumps({"unit": 1e-5, "lines": pack_lines(ends, np.array([3]), np.array([0]), 1e-5)})


def shapes_scene() -> str:
    whole = np.rint(np.array([[37.0, 36.0], [37.1, 36], [LON, LAT], [37.0, 36.1]]) / 1e-5)
    return json.dumps(
        {
            "unit": 1e-5,
            "shapes": pack_shapes(whole.astype(np.int64), np.array([4]), np.array([0]), rings=True),
        }
    )


def deltas() -> str:
    whole = np.rint(np.array([[37.1, 36.1], [LON, LAT], [37.2, 36.3]]) * 1e5).astype(int)
    return json.dumps(np.diff(whole, axis=0, prepend=0).ravel().tolist())


def _nmea(value: float, digits: int) -> str:
    return f"{int(value):0{digits}d}{value % 1 * 60:07.4f}"


def _packed(value: float, digits: int) -> str:
    seconds = round(value * 3600)
    return f"{seconds // 3600:0{digits}d}{seconds // 60 % 60:02d}{seconds % 60:02d}"


def _polyline(places: tuple[tuple[float, float], ...]) -> str:
    whole = np.rint(np.array(places) * 1e5).astype(int)
    letters = ""
    for value in np.diff(whole, axis=0, prepend=0).ravel().tolist():
        rest = ~(value << 1) if value < 0 else value << 1
        while rest >= 32:
            letters, rest = letters + chr((32 | rest & 31) + 63), rest >> 5
        letters += chr(rest + 63)
    return letters


def picture(width: int = 8, pixels: bytes = bytes(8 * 9)) -> bytes:
    """Make a PNG of grey pixels, each row behind a byte that says how it is filtered."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, len(pixels) // (width + 1), 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )


def as_bytes(made: str | bytes) -> bytes:
    return made if isinstance(made, bytes) else made.encode()


doubles = struct.pack("<dd", LON, LAT)
PLANTED: dict[str, Callable[[], str | bytes]] = {
    "decimals": lambda: f"seen at {TEXT}.",
    "longitude first": lambda: f"POINT ({LON} {LAT})",
    "Arabic digits": lambda: digits(TEXT, "٠").replace(".", "٫").replace(",", "،"),
    "Persian digits": lambda: digits(TEXT, "۰"),
    "Devanagari digits": lambda: digits(TEXT, "०"),
    "digits of full width": lambda: digits(TEXT, "０").replace(".", "．"),
    "decimal commas": lambda: f"{LAT:.5f}; {LON:.5f}".replace(".", ","),
    "letters of the compass": lambda: f"N{LAT:.5f} E{LON:.5f}",
    "degrees, minutes, seconds": lambda: (
        angle(LAT, "{d}°{m}'{s:.2f}\"N ") + angle(LON, "{d}°{m}'{s:.2f}\"E")
    ),
    "degrees and minutes": lambda: angle(LAT, "N {d}° {mm:.4f}' ") + angle(LON, "E {d}° {mm:.4f}'"),
    "cells of one row": lambda: f"id,lon,name,kind,day,lat\n7,{LON},shelter,x,2024-04-02,{LAT}\n",
    "keys of one record": lambda: json.dumps(
        {"lon": LON, "a": 1, "b": 2, "c": 3, "d": 4, "lat": LAT}
    ),
    "escaped JSON": lambda: json.dumps({"x": digits(TEXT, "٠").replace(".", "٫")}),
    "a percent-encoded link": lambda: f"https://maps.example/?q={LAT:.6f}%2C{LON:.6f}",
    "a geo link": lambda: f"geo:{LAT:.6f},{LON:.6f};u=35",
    "a map link": lambda: f"https://map.example/#map=19/{LAT:.5f}/{LON:.5f}",
    "UTF-16": lambda: TEXT.encode("utf-16"),
    "whole numbers times 1e5": lambda: f"[{LON * 1e5:.0f},{LAT * 1e5:.0f}]",
    "whole numbers times 1e7": lambda: f"x={LON * 1e7:.0f} y={LAT * 1e7:.0f}",
    "differences": deltas,
    "doubles, odd offset": lambda: b"abc" + doubles + b"z",
    "doubles of the other order": lambda: b"a" + struct.pack(">dd", LAT, LON),
    "floats of four bytes": lambda: b"ab" + struct.pack("<ff", LON, LAT) + b"c",
    "integers of four bytes": lambda: b"a" + struct.pack(">ii", round(LAT * 1e7), round(LON * 1e7)),
    "WKB": lambda: shapely.to_wkb(PLACE),
    "EWKB in hex": lambda: shapely.to_wkb(
        shapely.set_srid(PLACE, 4326), hex=True, include_srid=True
    ),
    "NMEA": lambda: f"{_nmea(LAT, 2)},N,{_nmea(LON, 3)},E",
    "an airport's degrees": lambda: f"{_packed(LAT, 2)}N{_packed(LON, 3)}E",
    "ISO 6709": lambda: f"+{_packed(LAT, 2)}.0+{_packed(LON, 3)}.0/",
    "an encoded polyline": lambda: json.dumps([_polyline(((36.1, 37.1), (LAT, LON)))]),
    "base32": lambda: base64.b32encode(TEXT.encode()).decode(),
    "UTF-16 within a PDF": lambda: (
        b"%PDF-1.4\n1 0 obj << /Title (\xfe\xff" + f"حي {TEXT}".encode("utf-16-be") + b") >>"
    ),
    "bytes behind a picture": lambda: picture() + doubles,
    "UTM": lambda: "37S {:.0f} {:.0f}".format(*metres("EPSG:32637")),
    "Web Mercator": lambda: "{:.1f} {:.1f}".format(*metres("EPSG:3857")),
    "the local metric system": lambda: struct.pack(
        "<dd", *metres(crs.metric_crs((LON, LAT, LON, LAT)))
    ),
    "geohash": lambda: f"see {_geohash(LON, LAT, 9)}!",
    "plus code": lambda: openlocationcode.encode(LAT, LON),
    "short plus code": lambda: openlocationcode.encode(LAT, LON)[4:] + " Synthetic Town",
    "MGRS": lambda: mgrs.MGRS().toMGRS(LAT, LON),
    "MGRS with blanks": lambda: (
        "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]} ".format(mgrs.MGRS().toMGRS(LAT, LON, MGRSPrecision=4))
        + mgrs.MGRS().toMGRS(LAT, LON, MGRSPrecision=4)[5:9]
        + " "
        + mgrs.MGRS().toMGRS(LAT, LON, MGRSPrecision=4)[9:]
    ),
    "Maidenhead": maidenhead,
    "quadkey": lambda: quadkey(20),
    "tile": lambda: "tiles/20/{}/{}.png".format(*tile(20)),
    "base64": lambda: json.dumps({"b": base64.b64encode(b"12" + doubles).decode()}),
    "base64 for links": lambda: base64.urlsafe_b64encode(b"\xff\xef" + TEXT.encode()).decode(),
    "hex": lambda: (b"q" + doubles).hex(),  # noqa: PLW0108 - a table of makers
    "base85": lambda: json.dumps([base64.b85encode(doubles).decode()]),
    "our base85": lambda: json.dumps([write_bytes(doubles)]),
    "our packed numbers": lambda: json.dumps(
        {"a": pack_bytes(varints(np.array([3, 7, round(LON * 1e5), round(LAT * 1e5), 9])))}
    ),
    "our packed places": places_scene,
    "our packed lines": lines_scene,
    "our packed shapes": shapes_scene,
    "zip": lambda: zipped("word/document.xml", TEXT.encode()),
    "the name of a zipped part": lambda: zipped(f"{TEXT}.txt", b"nothing"),
    "zip in a zip": lambda: zipped("a.kmz", zipped("doc.kml", f"{LON},{LAT},0".encode())),
    "gzip": lambda: gzip.compress(doubles),
    "zlib": lambda: b"head" + zlib.compress(TEXT.encode() * 3) + b"tail",
    "raw deflate": lambda: zlib.compress(TEXT.encode() * 3)[2:-4],
    "PDF text": lambda: pdf(f"BT ({TEXT}) Tj ET".encode()),
    "PNG text": lambda: png_text(TEXT),
    "a deleted row": sqlite_free_page,
    "columns of Parquet": columns_file,
    **{
        f"a table as {suffix}": (lambda suffix=suffix: table_file(suffix))
        for suffix in storage.TABLE_FORMATS
    },
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_place_is_found(kind: str) -> None:
    found = leaks(as_bytes(PLANTED[kind]()), SECRET)
    assert found
    assert all(abs(one.lon - LON) < 0.002 and abs(one.lat - LAT) < 0.002 for one in found)


SOUTH_WEST = (-58.412345, -34.612345)


@pytest.mark.parametrize(
    "written",
    [
        "-34.612345, -58.412345",
        "34.612345 S, 58.412345 W",
        "34°36'44.44\"S 58°24'44.44\"W",
        "3436.7407,S,05824.7407,W",
        "-343644.4-0582444.4/",
        "[-5841234,-3461234]",
        struct.pack("<dd", *SOUTH_WEST),
        struct.pack(">ii", -584123450, -346123450),
        openlocationcode.encode(*SOUTH_WEST[::-1]),
        _geohash(*SOUTH_WEST, 9),
        mgrs.MGRS().toMGRS(*SOUTH_WEST[::-1]),
        _polyline(((-34.6, -58.4), SOUTH_WEST[::-1])),
        "21H {:.0f} {:.0f}".format(
            *np.ravel(crs.convert_points(*np.array(SOUTH_WEST)[:, None], crs.WGS84, "EPSG:32721"))
        ),
    ],
    ids=lambda written: str(written)[:24],
)
def test_a_place_south_of_the_equator_and_west_of_greenwich_is_found(written: str | bytes) -> None:
    assert leaks(as_bytes(written), [(*SOUTH_WEST, 100.0)])
    assert not leaks(as_bytes(written), [(58.412345, 34.7, 100.0), (-58.41, -34.7, 100.0)])


def test_a_place_among_long_runs_of_one_colour_is_found() -> None:
    white = b"\xff" * 150_003
    assert leaks(picture(400, (white + doubles + white)[: 401 * 748]), SECRET)


def test_a_drawn_place_is_found_by_the_corners_of_its_map() -> None:
    page = Page(50, 60, 550, 760, 37.0, 36.0, 37.4, 36.4)
    x, y = crs.world_points(np.array([LON, 37.0, 37.4]), np.array([LAT, 36.0, 36.4]))
    across = 50 + (x[0] - x[1]) / (x[2] - x[1]) * 500
    up = 60 + (y[0] - y[1]) / (y[2] - y[1]) * 700
    drawn = pdf(f"q 1 0 0 1 0 0 cm {across:.2f} {up:.2f} m 10 20 l S Q".encode())
    assert leaks(drawn, SECRET, pages=[page])
    assert not leaks(drawn, SECRET)


PAGE = Page(50, 60, 550, 760, 37.0, 36.0, 37.4, 36.4)


def on_page(page: Page) -> tuple[float, float]:
    x, y = crs.world_points(
        np.array([LON, page.west, page.east]), np.array([LAT, page.south, page.north])
    )
    across = page.left + (x[0] - x[1]) / (x[2] - x[1]) * (page.right - page.left)
    return across, page.bottom + (y[0] - y[1]) / (y[2] - y[1]) * (page.top - page.bottom)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x, y: f"q 2 0 0 2 10 20 cm 1 0 0 1 {(x - 10) / 2} {(y - 20) / 2} cm /M0 Do Q",
        lambda x, y: f"1 0 0 1 100 100 cm /M0 Do 1 0 0 1 {x - 100} {y - 100} cm /M0 Do",
        lambda x, y: f"{x - 3} {y - 3} m {x + 3} {y - 3} l {x + 3} {y + 3} l {x - 3} {y + 3} l f",
        lambda x, y: f"{x - 2} {y - 2} 4 4 re f",
        lambda x, y: f"0 0 m {x + 1} 9 {x} 8 {x} {y} c S",
        lambda x, y: f"BT /F1 12 Tf 1 0 0 1 {x - 1} {y - 1} Tm 1 1 Td (x) Tj ET",
    ],
    ids=["scaled", "one after the other", "a square", "a box", "a curve", "a word"],
)
def test_a_place_drawn_in_a_pdf_is_turned_back(draw: Callable[[float, float], str]) -> None:
    (found, *_) = leaks(pdf(draw(*on_page(PAGE)).encode()), SECRET, pages=[PAGE])
    assert "page" in found.kind
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=2e-5)
    assert not leaks(pdf(draw(*on_page(PAGE)).encode()), [(LON + 0.01, LAT, 100.0)], pages=[PAGE])


@pytest.mark.parametrize(
    "draw",
    [
        lambda x, y: f'<use x="{x}" y="{y}" href="#m"/>',
        lambda x, y: f'<circle cx="{x}" cy="{y}" r="3"/>',
        lambda x, y: f'<g transform="translate(5 7) scale(2)"><path d="M{(x - 5) / 2} {(y - 7) / 2}h9"/></g>',
        lambda x, y: f'<path d="M 9 9 C 1 2 3 4 11 12 l {x - 11} {y - 12} z"/>',
        lambda x, y: f'<path d="m{x - 2},{y - 2} 4 0 0 4 -4 0z"/>',
        lambda x, y: f'<rect x="{x - 2}" y="{y - 2}" width="4" height="4"/>',
        lambda x, y: f'<polygon points="1,2 {x},{y} 3,4"/>',
        lambda x, y: f'<g transform="rotate(90)"><path d="M {y} {-x} V 3 H 4"/></g>',
        lambda x, y: f'<text transform="matrix(1 0 0 1 {x} {y})" x="0" y="0">a</text>',
    ],
)  # fmt: skip
def test_a_place_drawn_in_an_svg_is_turned_back(draw: Callable[[float, float], str]) -> None:
    page = Page(50, 760, 550, 60, 37.0, 36.0, 37.4, 36.4)  # down the page is south
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{draw(*on_page(page))}</svg>'
    (found, *_) = leaks(svg.encode(), SECRET, pages=[page])
    assert (found.lon, found.lat) == pytest.approx((LON, LAT), abs=2e-5)
    assert not leaks(svg.encode(), [(LON + 0.01, LAT, 100.0)], pages=[page])


def test_colours_are_no_metres_but_may_hide_a_place() -> None:
    """Of random bytes eight are soon a number of metres: once in a few pictures by chance."""
    random = np.random.default_rng(5)
    places = random.uniform((37.0, 36.0), (37.02, 36.02), (30, 2))
    noise = random.integers(0, 256, 200 * 201, np.uint8).tobytes()
    secrets = [(x, y, 100.0) for x, y in places]
    svg = b'<svg><image href="data:image/png;base64,' + base64.b64encode(picture(200, noise))
    assert leaks(svg + b'"/></svg>', secrets) == []
    hidden = picture(200, noise[:5000] + doubles + noise[5016:])
    assert leaks(hidden, SECRET)


def test_a_place_written_more_roughly_than_promised_is_no_leak() -> None:
    assert not leaks(b"36.2, 37.16", SECRET)
    assert not leaks(_geohash(LON, LAT, 6).encode(), SECRET)
    assert not leaks(openlocationcode.encode(LAT, LON, 8).encode(), SECRET)


def test_what_everybody_knows_is_no_leak() -> None:
    assert not leaks(TEXT.encode(), SECRET, known=np.array([[LON, LAT]]))


def test_a_known_place_written_without_signs_is_known_where_it_lies_and_not_mirrored() -> None:
    near = [(SOUTH_WEST[0] + 1e-4, SOUTH_WEST[1] - 1e-4, 100.0)]
    mirrored = np.array([[SOUTH_WEST[0] + 2e-4, SOUTH_WEST[1] - 2e-4]])
    written = b"34.612345 S, 58.412345 W"
    (found,) = leaks(written, near)
    assert (found.lon, found.lat) == SOUTH_WEST
    assert leaks(written, near, known=np.array([SOUTH_WEST])) == []
    assert leaks(written, near, known=mirrored) == [found]


def test_nothing_is_found_in_nothing() -> None:
    assert leaks(b"", SECRET) == leaks(TEXT.encode(), []) == []


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.leaks.MOST_BYTES", 100_000)
    assert not leaks(zipped("a", bytes(90_000)), SECRET)
    with pytest.raises(ValueError, match="more is packed in it"):
        leaks(zipped("a", bytes(200_000)), SECRET)


@pytest.mark.parametrize("suffix", storage.TABLE_FORMATS)
def test_masked_tables_raise_no_false_alarm(suffix: str, tmp_path: Path) -> None:
    """Forty places a table, in every format: each keeps to what is promised for its radius."""
    random = np.random.default_rng(len(suffix))
    places = random.uniform((37.0, 36.0), (37.3, 36.3), (40, 2))
    radii = random.choice([100.0, 400.0, 800.0, 3200.0], 40)
    rows = gpd.GeoDataFrame(
        {"kind": "attack", "date": "2024-04-02", "radius_m": radii},
        geometry=shapely.points(places),
        crs="EPSG:4326",
    )
    seen = for_audience(rows, "partner", name="incidents", key=bytes(32), date="2024-04-30")
    file = tmp_path / f"masked{suffix}"
    storage.write_table(seen, file)
    secrets = [(x, y, min(0.3 * r, 30.0)) for (x, y), r in zip(places, radii, strict=True)]
    assert leaks(file.read_bytes(), secrets) == []
