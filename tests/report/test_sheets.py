"""Sector sheets: what is on them, for whom, in which direction, and the same every time."""

import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point

from geosector import language
from geosector.errors import AudienceError, InputError, MissingColumnError
from geosector.language import unmarked
from geosector.partition import partition_city
from geosector.report import sheets, write_sector_sheets
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS

KEY = bytes(32)
TOWN = draw_town(THREE_QUARTERS)
HOSTILE = "<b>$x^2$</b> \u202eevil\u202c " + "W" * 80


@pytest.fixture(scope="module")
def layout():
    return partition_city(TOWN.boundary, TOWN.roads, 3, population=TOWN.people, iterations=12)


def facilities(shift=0.0):
    """Two shelters and a school in sector 2, which may be moved inside it."""
    middle = TOWN.boundary.union_all().centroid
    spots = [Point(middle.x + step * 2e-4 + shift, middle.y + shift) for step in (-1, 0, 1)]
    facts = {"kind": ["shelter", "shelter", "school"], "name": ["Cellar of Nobody", "B", "C"]}
    return gpd.GeoDataFrame(facts, geometry=spots, crs=4326)


def made(layout, folder, **options):
    options = {
        "audience": "internal",
        "key": KEY,
        "sector_ids": [2],
        "date": "2024-05-15",
        **options,
    }
    return {path.name: path.read_bytes() for path in write_sector_sheets(layout, folder, **options)}


def page_of(layout, sector=2, *, lang="en", audience="internal", **extra):
    """Give the page itself, to look at what is written where."""
    tables = {"facilities": extra.pop("facilities", None), "roads": extra.pop("roads", None)}
    with language.speaking(lang):
        book = sheets._make_book(
            layout, audience, lang, None, tables, extra.pop("places", None), KEY,
            extra.pop("title", "Town"), extra.pop("source", "synthetic"),
        )  # fmt: skip
        return sheets._sheet(book, sector)[0]


def lines_on(page):
    return [unmarked(drawn.get_text()).strip("\u200e\u200f") for drawn in page._texts]


def ink_of(drawn):
    """Give the box of a line's ink in mm: left, bottom, right, top."""
    from matplotlib.textpath import TextPath

    ink = TextPath((0, 0), drawn.get_text(), prop=drawn.get_fontproperties()).get_extents()
    wide = TextPath((0, 0), drawn.get_text().strip(), prop=drawn.get_fontproperties()).get_extents()
    x, y = drawn.get_position()[0] * 210, drawn.get_position()[1] * 297
    mm = 25.4 / 72
    before = {"left": 0, "center": wide.width / 2, "right": wide.width}[drawn.get_ha()] * mm
    return x - before, y + ink.y0 * mm, x - before + wide.width * mm, y + ink.y1 * mm


# --------------------------------------------------------------- what is on a sheet


def test_each_sector_gets_a_file_of_each_format(layout, tmp_path):
    files = made(layout, tmp_path / "new", sector_ids=None, formats=["svg", "png"])
    assert sorted(files) == sorted(
        f"sector_{n}.en.{end}" for n in (1, 2, 3) for end in ("png", "svg")
    )


def test_a_sheet_is_a4(layout, tmp_path):
    from PIL import Image

    files = made(layout, tmp_path)
    with Image.open(io.BytesIO(files["sector_2.en.png"])) as image:
        assert image.size == (1240, 1753)
    assert re.search(rb"/MediaBox \[ 0 0 595\.27\d+ 841\.88\d+ \]", files["sector_2.en.pdf"])
    assert b'width="595.27' in files["sector_2.en.svg"]


def test_a_sheet_tells_people_area_and_borders(layout):
    lines = lines_on(page_of(layout, roads=TOWN.roads, facilities=facilities()))
    told = " ".join(lines)
    for said in ("Sector 2", "People", "400", "0.0%", "Internal: do not pass on", "Sector 2 of 3"):
        assert said in lines
    assert "Column 16 (primary road, 180" in told.replace("\u00a0", " ")
    assert [lines[lines.index(kind) + 1] for kind in ("Schools", "Shelters")] == ["1", "2"]


def test_square_metres_are_not_called_people(layout):
    by_area = partition_city(TOWN.boundary, TOWN.roads, 3, iterations=8)
    assert "People" not in lines_on(page_of(by_area))


def test_a_city_of_one_sector_has_a_sheet():
    alone = partition_city(TOWN.boundary, TOWN.roads, 1, population=TOWN.people)
    lines = lines_on(page_of(alone, 1, facilities=facilities()[:0]))
    assert "All sides" in lines
    assert "None known" in lines
    assert "Borders along main roads" not in lines


def test_a_crowded_map_leaves_small_streets_out(layout, monkeypatch):
    from geosector.report import sector_map

    before = page_of(layout, roads=TOWN.roads).save("svg", None, {})
    monkeypatch.setattr(sector_map, "CROWDED_M_PER_MM", 0.0)
    assert len(page_of(layout, roads=TOWN.roads).save("svg", None, {})) < len(before)


@pytest.mark.parametrize(
    ("lang", "heading", "side"),
    [("en", "Sector 2", "left"), ("kmr", "Sektora 2", "left"),
     ("ar", "القطاع ٢", "right"), ("ckb", "کەرتی ٢", "right")],
)  # fmt: skip
def test_a_sheet_begins_where_its_language_begins(layout, lang, heading, side):
    page = page_of(layout, lang=lang)
    (drawn,) = (one for one in page._texts if unmarked(one.get_text())[1:] == heading)
    assert drawn.get_ha() == side
    assert (drawn.get_position()[0] > 0.5) is (side == "right")
    assert drawn.get_text()[0] == ("\u200f" if side == "right" else "\u200e")


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_nothing_overlaps_or_leaves_the_page(layout, lang):
    long = "شارع Ågçş " * 9
    sectors, borders = layout.sectors.assign(name=long), layout.borders.assign(name=long)
    crowded = replace(layout, sectors=sectors, borders=borders)
    page = page_of(crowded, lang=lang, facilities=facilities(), title=long, source=long)
    boxes = [(drawn.get_text(), ink_of(drawn)) for drawn in page._texts if drawn.get_text()[1:]]
    for text, (left, bottom, right, top) in boxes:
        assert left > 11, text
        assert right < 210 - 11, text
        assert bottom > 4, text
        assert top < 297 - 4, text
    for at, (one, box) in enumerate(boxes):
        for two, other in boxes[at + 1 :]:
            apart = [max(box[k] - other[k + 2], other[k] - box[k + 2]) for k in (0, 1)]
            assert max(apart) > -0.3, (one, two)


def test_long_words_on_borders_become_smaller_until_they_fit(layout, monkeypatch):
    many = [("North", "a very long street of many words " * 12)] * 4
    monkeypatch.setattr(sheets, "tell_sides", lambda _: many)
    page = page_of(layout)
    foot = 1 - sheets.FOOT / 297
    sizes = {round(one.get_fontsize(), 2) for one in page._texts if "many words" in one.get_text()}
    assert sizes
    assert max(sizes) < sheets.LARGEST
    assert all(one.get_position()[1] >= foot for one in page._texts if "many" in one.get_text())


# --------------------------------------------------------------- text is text


def test_a_hostile_name_is_only_text(layout, tmp_path):
    sectors = layout.sectors.assign(name=HOSTILE)
    borders = layout.borders.assign(name=HOSTILE)
    hostile = replace(layout, sectors=sectors, borders=borders)
    roads = TOWN.roads.assign(name=HOSTILE)
    files = made(hostile, tmp_path, roads=roads, title=HOSTILE, source="--> $y$", sector_ids=[1])
    drawing = ET.fromstring(files["sector_1.en.svg"])  # noqa: S314 - our own
    assert not [one for one in drawing.iter() if one.tag.endswith("}b")]
    page = page_of(hostile, roads=roads)
    assert any("<b>$x^2$</b>" in line for line in lines_on(page))
    assert not any("\u202e" in line for line in lines_on(page))
    assert not any(drawn.get_parse_math() for drawn in page._texts)


def test_the_name_is_said_in_the_language_of_the_sheet(layout):
    places = TOWN.people.assign(name="Souq", name_ar="السوق", level="village").iloc[:1]
    named = partition_city(
        TOWN.boundary, TOWN.roads, 3, population=TOWN.people, iterations=8, places=places
    )
    (sector,) = named.sectors.loc[named.sectors["name"].str.startswith("Souq"), "sector_id"]
    assert any(line.startswith("Souq، ") for line in lines_on(page_of(named, sector, lang="ar")))
    told = lines_on(page_of(named, sector, lang="ar", places=places))
    assert any(line.startswith("السوق، ") for line in told)


def test_a_name_of_an_edited_layout_stays(layout):
    sectors = layout.sectors.assign(name=["Alpha", "Bravo", "Charlie"])
    edited = replace(layout, sectors=sectors, summary={})
    assert "Bravo" in lines_on(page_of(edited, lang="ckb"))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize(
    ("lang", "said"), [("en", "towards sector 3"), ("ar", "شارع رئيسي"), ("kmr", "rêya sereke")]
)
def test_the_text_of_a_pdf_can_be_copied(layout, tmp_path, lang, said):
    made(layout, tmp_path, lang=lang, formats=["pdf"])
    file = tmp_path / f"sector_2.{lang}.pdf"
    done = subprocess.run(
        ["pdftotext", file, "-"], capture_output=True, check=True, text=True, encoding="utf-8"
    )
    assert said in " ".join(done.stdout.replace("\u00a0", " ").split())


# --------------------------------------------------------------- who sees what


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_moving_a_shelter_changes_nothing_outside_the_office(layout, tmp_path, audience):
    options = {"audience": audience, "roads": TOWN.roads, "formats": ["svg"]}
    here = made(layout, tmp_path, facilities=facilities(), **options)
    there = made(layout, tmp_path, facilities=facilities(5e-5), **options)
    assert here == there


def test_the_office_sees_where_shelters_are_and_others_no_names(layout, tmp_path):
    options = {"formats": ["svg"], "roads": TOWN.roads}
    here = made(layout, tmp_path, facilities=facilities(), **options)
    assert here != made(layout, tmp_path, facilities=facilities(5e-5), **options)
    for audience in ("partner", "public"):
        files = made(layout, tmp_path, facilities=facilities(), audience=audience, **options)
        assert b"Nobody" not in files["sector_2.en.svg"]


def test_the_public_sees_no_people_and_no_shelters(layout):
    lines = lines_on(page_of(layout, audience="public", facilities=facilities()))
    assert "People" not in lines
    assert "Shelters" not in lines
    assert lines[lines.index("Protected facilities") + 1] == "withheld"


def test_a_partner_sees_how_many(layout):
    lines = lines_on(page_of(layout, audience="partner", facilities=facilities()))
    assert lines[lines.index("Shelters") + 1] == "2"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"audience": None}, AudienceError, "Say for whom this is"),
        ({"audience": "public", "key": None}, AudienceError, "needs a masking key"),
        ({"sector_ids": [4]}, InputError, "has no sector 4. Its sectors are 1 to 3"),
        ({"formats": ["bmp"]}, InputError, "cannot be written as 'bmp'. Use: pdf, png, svg"),
        ({"date": "30/4"}, InputError, "is not a date"),
        (
            {"facilities": facilities().drop(columns="kind")},
            MissingColumnError,
            "lacks the column kind",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(layout, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        made(layout, tmp_path, **options)


# --------------------------------------------------------------- the same every time

AGAIN = """
import sys
from pathlib import Path
from geosector.partition import partition_city
from geosector.report import write_sector_sheets
from tests.drawn import draw_town
from tests.partition.towns import THREE_QUARTERS
town = draw_town(THREE_QUARTERS)
layout = partition_city(town.boundary, town.roads, 3, population=town.people, iterations=12)
write_sector_sheets(layout, sys.argv[1], audience="internal", sector_ids=[2], lang="ar",
                    date="2024-05-15", roads=town.roads)
"""


def test_the_same_input_gives_the_same_bytes_in_another_process(layout, tmp_path):
    here = made(layout, tmp_path / "here", lang="ar", roads=TOWN.roads)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(root)}
    subprocess.run(
        [sys.executable, "-c", AGAIN, tmp_path / "there"], check=True, cwd=root, env=environment
    )
    there = {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()}
    assert here == there


def test_a_style_of_the_user_changes_nothing(layout, tmp_path):
    from matplotlib import style

    plain = made(layout, tmp_path, formats=["svg"])
    with style.context("dark_background"):
        assert made(layout, tmp_path, formats=["svg"]) == plain


def test_the_order_of_rows_does_not_matter(layout, tmp_path):
    turned = replace(layout, sectors=layout.sectors.iloc[::-1], borders=layout.borders.iloc[::-1])
    options = {"facilities": facilities(), "formats": ["png"]}
    one = made(layout, tmp_path, roads=TOWN.roads, **options)
    assert one == made(turned, tmp_path, roads=TOWN.roads, **options)


def test_a_sector_in_the_country_is_not_drawn_at_no_scale():
    from geosector.report.sector_map import Frame, look_at

    view = look_at(Point(0, 0).buffer(0.5), Frame(0, 0, 100, 100))
    assert view.m_per_mm == pytest.approx(2.28)
    assert np.isclose(view.east - view.west, 228)


def test_a_layout_without_names_is_numbered():
    town = draw_town(NINE_BLOCKS)
    layout = partition_city(town.boundary, town.roads, 3, population=town.people, iterations=8)
    bare = replace(layout, sectors=layout.sectors.drop(columns="name"), summary={})
    assert "Sector 1" in lines_on(page_of(bare, 1))
