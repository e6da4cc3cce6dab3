"""A report as a document: the same numbers in every edition, every figure there or missing."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import geosector
from geosector.errors import AudienceError
from geosector.geocode.localities import identify_localities
from geosector.measure.coded import code_incidents
from geosector.report.blocks import Document, Figure, Notes, Paragraph, Section, Table, Tiles
from geosector.report.content import NUMBER, Facts, Map, compose
from geosector.report.findings import find
from geosector.report.numbers import Numbers, reckon
from geosector.report.tables import appendix

LANGS = ("ar", "kmr", "ckb", "en")
FACTS = Facts("public", "Synthetic office", "")


def _april(shared: Path) -> Numbers:
    table, _ = geosector.read_incidents(shared / "april2024" / "incidents_ytd.csv")
    services, _ = geosector.read_services(shared / "april2024" / "services.csv")
    told = identify_localities(table, nothing=["غير محدد"])
    return reckon(code_incidents(told.table).table, "2024-04", services)


def _editions(numbers: Numbers) -> list[Document]:
    return [compose(numbers, find(numbers), FACTS, lang) for lang in LANGS]


def _sections(parts: tuple[Section, ...]) -> Iterator[Section]:
    for part in parts:
        yield part
        yield from _sections(part.subsections)


def _cells(document: Document) -> Iterator[tuple[str, ...]]:
    """Give the words of every place of a document that may hold a number."""
    for section in _sections(document.sections):
        for block in section.blocks:
            if isinstance(block, Table):
                yield from block.rows
                yield (block.note,)
            elif isinstance(block, Tiles):
                yield from ((tile.value, *tile.changes) for tile in block.tiles)
            elif isinstance(block, Figure):
                yield (block.caption, block.alt)
            elif isinstance(block, Paragraph):
                yield (block.text,)
            elif isinstance(block, Notes):
                yield from ((item,) for item in block.items)


def _folded(words: str) -> list[str]:
    """Give the numbers of a text, whatever its digits and its marks between thousands."""
    western = "".join(
        str(unicodedata.digit(sign)) if unicodedata.category(sign) == "Nd" else sign
        for sign in words
    )
    western = re.sub(r"(?<=\d)[.,٬](?=\d{3}\b)", "", western)
    return sorted(re.findall(r"\d+", western))


def test_every_cell_of_the_four_editions_holds_the_same_numbers(shared_data: Path) -> None:
    editions = [list(_cells(one)) for one in _editions(_april(shared_data))]
    assert len({len(cells) for cells in editions}) == 1
    compared = 0
    for same in zip(*editions, strict=True):
        numbers = [[_folded(word) for word in cell] for cell in same]
        # Arabic says one and two by the noun itself.
        told = [[[n for n in found if n not in {"1", "2"}] for found in one] for one in numbers]
        assert told[0] == told[1] == told[2] == told[3], same
        compared += 1
    assert compared > 300


def test_the_thirteen_figures_and_map_one_come_in_order(shared_data: Path) -> None:
    for document in _editions(_april(shared_data)):
        captions = [
            _folded(block.caption)[0]
            for section in document.sections
            for block in section.blocks
            if isinstance(block, (Figure, Table))
            and (getattr(block, "id", "").replace("-", ".", 1) in NUMBER)
            and section.id != "tables"
            and (isinstance(block, Figure) or block.id == "ambulance.by_diagnosis")
        ]
        assert [int(one) for one in captions] == list(range(1, 14))
        maps = [b for s in document.sections for b in s.blocks
                if isinstance(b, Figure) and b.id == "map-attack"]  # fmt: skip
        assert len(maps) == 1


def test_a_figure_without_rows_is_missing_and_never_drawn() -> None:
    rows = pd.DataFrame({"kind": ["attack"], "date": pd.to_datetime(["2024-04-02"])})
    numbers = reckon(code_incidents(rows).table, "2024-04")
    document = compose(numbers, find(numbers), FACTS, "en")
    (attack,) = [section for section in document.sections if section.id == "attack"]
    drawn = {block.id: block for block in attack.blocks if isinstance(block, Figure)}
    assert drawn["attack-casualties"].svg == ""
    assert drawn["attack-casualties"].missing
    (notes,) = [section for section in document.sections if section.id == "notes"]
    said = " ".join(
        item for block in notes.blocks if isinstance(block, Notes) for item in block.items
    )
    assert "figures 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13" in said


def test_an_empty_month_says_so() -> None:
    rows = pd.DataFrame({"kind": ["attack"], "date": pd.to_datetime(["2024-04-02"])})
    numbers = reckon(code_incidents(rows).table, "2023-01")
    document = compose(numbers, [], FACTS, "en")
    assert "no row" in document.sections[0].blocks[0].text  # type: ignore[union-attr]


def test_no_edition_tells_what_a_narrative_or_an_unknown_column_says(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"kind": ["attack"], "date": pd.to_datetime(["2024-04-02"]), "narrative": ["SECRETWELL"],
         "guard": ["SECRETGUARD"], "weapon": ["36.20234, 37.16123"], "locality": ["Synthetic"],
         "killed_man": [1], "reported_by": ["SECRETTEAM"]}
    )  # fmt: skip
    made = geosector.write_report(
        rows, "2024-04", tmp_path, audience="public", lang=LANGS, formats=["html"]
    )
    for file in made.files:
        content = file.read_bytes()
        assert b"SECRET" not in content
        assert b"36.20234" not in content
    assert [file.name for file in made.files[:4] if file.suffix == ".html"]


def test_the_office_gets_its_rows_in_the_workbook_and_the_public_none(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"]), "narrative": ["=1+1"]}
    )
    for audience, there in (("internal", True), ("partner", False), ("public", False)):
        made = geosector.write_report(
            rows, "2024-04", tmp_path / audience, audience=audience, formats=["html"]
        )
        (book,) = [file for file in made.files if file.suffix == ".xlsx"]
        names = pd.ExcelFile(book).sheet_names
        assert ("incidents" in names) is there


def test_a_month_is_public_only_a_week_after_its_end(tmp_path: Path) -> None:
    import datetime as dt

    rows = pd.DataFrame({"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"])})
    with pytest.raises(AudienceError, match="from 7 May 2024 on"):
        geosector.write_report(
            rows, "2024-04", tmp_path, audience="public", date=dt.date(2024, 5, 6), formats=["html"]
        )
    assert not list(tmp_path.iterdir())


def test_the_same_report_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {"kind": ["fire", "attack"], "date": pd.to_datetime(["2024-04-02"] * 2),
         "killed_woman": [1, 2], "cause": ["gas", None], "locality": ["Synthetic", None]}
    )  # fmt: skip
    first, second = (
        geosector.write_report(
            rows, "2024-04", tmp_path / name, audience="internal", lang=LANGS, formats=["html"]
        )
        for name in ("first", "second")
    )
    for one, other in zip(first.files, second.files, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_a_year_shows_its_months_and_the_year_before() -> None:
    days = pd.to_datetime(["2023-02-01", "2023-05-01", "2024-01-05", "2024-03-07", "2024-03-09"])
    numbers = reckon(code_incidents(pd.DataFrame({"kind": "fire", "date": days})).table, "2024")
    assert numbers.totals["fire.responses"].low == 3
    assert numbers.totals["fire.responses"].year_before == 2
    year, before = numbers.months["fire"]
    assert year[:4] == [1, None, 2, None]
    assert before[:6] == [None, 1, None, None, 1, None]
    document = compose(numbers, find(numbers), FACTS, "en")
    (fire,) = [section for section in document.sections if section.id == "fire"]
    assert [b for b in fire.blocks if isinstance(b, Figure) and b.id == "fire-months" and b.svg]
    assert document.title.startswith("Yearly panorama")


def test_the_summary_is_json_with_the_findings_in_each_language(tmp_path: Path) -> None:
    rows = pd.DataFrame(
        {
            "kind": ["attack"] * 2,
            "date": pd.to_datetime(["2024-04-02"] * 2),
            "weapon": ["uav", None],
        }
    )
    made = geosector.write_report(
        rows, "2024-04", tmp_path, audience="internal", lang=LANGS, formats=["html"]
    )
    (told,) = [file for file in made.files if file.suffix == ".json"]
    found: Any = json.loads(told.read_text(encoding="utf-8"))
    assert found["totals"]["attack.responses"] == 2
    assert found["breakdowns"]["attack.by_weapon"] == {"drone": 1, "unspecified": 1}
    assert set(found["findings"][0]["text"]) == set(LANGS)


def test_each_group_of_people_is_drawn_once() -> None:
    rows = pd.DataFrame(
        {"kind": ["attack"], "date": pd.to_datetime(["2024-04-02"]), "killed_woman": [1],
         "killed_girl": [2], "killed_unspecified": [1]}
    )  # fmt: skip
    numbers = reckon(code_incidents(rows).table, "2024-04")
    document = compose(numbers, [], FACTS, "en")
    (attack,) = [section for section in document.sections if section.id == "attack"]
    (figure,) = [b for b in attack.blocks if isinstance(b, Figure) and b.id == "attack-casualties"]
    assert [figure.alt.count(word) for word in ("women", "children", "unspecified")] == [1, 1, 1]


@pytest.mark.parametrize("lang", ["ar", "ckb"])
def test_names_of_breakdowns_hold_no_marks_that_would_turn_them_round(lang: str) -> None:
    from geosector.report.naming import breakdown_name

    none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    assert "\u2068" not in breakdown_name("attack.by_weapon", none, lang)


def _fires() -> Numbers:
    rows = pd.DataFrame(
        {"kind": ["fire"] * 3, "date": pd.to_datetime(["2024-04-02"] * 3),
         "locality": ["بلدة", "بلدة", "ضيعة"], "killed_man": [1, 0, 0],
         "injured_child": [0, 2, 0], "injured_unspecified": [0, 1, 0], "cause": ["gas_leak"] * 3}
    )  # fmt: skip
    return reckon(code_incidents(rows).table, "2024-04")


def _section(document: Document, name: str) -> Section:
    (found,) = [section for section in document.sections if section.id == name]
    return found


def _paragraphs(section: Section) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]


def test_a_section_tells_who_was_hurt_and_where_most_of_it_was() -> None:
    numbers = _fires()._replace(labels={("locality", "بلدة"): {"en": "Synthetic Town"}})
    said = _paragraphs(_section(compose(numbers, [], FACTS, "en"), "fire"))
    assert said[:2] == [
        (
            "April 2024: 3 fires, in 2 communities; 1 death (1 man); 3 people injured (2 children"
            " and 1 other)."
        ),
        "Most of them in: Synthetic Town (2).",
    ]


def test_the_summary_tells_each_kind_in_a_sentence() -> None:
    (notes,) = [
        block
        for block in _section(compose(_fires(), [], FACTS, "en"), "summary").blocks
        if isinstance(block, Notes)
    ]
    assert [item.partition(":")[0] for item in notes.items] == ["Fires"]


def test_a_place_is_called_in_every_table_and_story_as_its_label_says() -> None:
    numbers = _fires()._replace(labels={("locality", "بلدة"): {"en": "Synthetic Town"}})
    document = compose(numbers, [], FACTS, "en")
    cells = [cell for cells in _cells(document) for cell in cells]
    assert "Synthetic Town" in cells
    assert any(cell.startswith("2 April 2024: Fire in Synthetic Town;") for cell in cells)
    assert "بلدة" not in " ".join(cells)


def test_places_that_are_on_no_map_are_listed_with_their_incidents() -> None:
    made = Map("<svg xmlns='http://www.w3.org/2000/svg'/>", "", "", (("ضيعة", 1), ("بلدة", 2)))
    facts = FACTS._replace(maps={"fire": made, "attack": made})
    tables = _section(compose(_fires(), [], facts, "en"), "tables").blocks
    last = tables[-1]
    assert isinstance(last, Table)
    assert last.rows == (("بلدة", "4"), ("ضيعة", "2"))


@pytest.mark.parametrize("lang", LANGS)
def test_every_column_has_a_head(lang: str) -> None:
    for section in _sections(compose(_fires(), [], FACTS, lang).sections):
        for block in section.blocks:
            if isinstance(block, Table):
                assert all(block.header), block.caption


def test_a_breakdown_of_one_part_stands_in_the_appendix_alone() -> None:
    document = compose(_fires(), [], FACTS, "en")
    assert "fire.by_cause" in {
        getattr(one, "id", "") for one in _section(document, "tables").blocks
    }
    assert "fire.by_cause" not in {getattr(o, "id", "") for o in _section(document, "fire").blocks}


def test_the_drowned_died_and_the_others_were_rescued() -> None:
    rows = pd.DataFrame(
        {"kind": ["drowning"], "date": pd.to_datetime(["2024-04-02"]), "killed_child": [1],
         "injured_man_min": [1], "injured_man_max": [2]}
    )  # fmt: skip
    document = compose(reckon(code_incidents(rows).table, "2024-04"), [], FACTS, "en")
    said = _paragraphs(_section(document, "drowning"))[0]
    assert said == "April 2024: 1 drowning incident; 1 death (1 child); 1 to 2 people rescued."


def test_the_table_of_places_comes_to_all_incidents() -> None:
    rows = pd.DataFrame(
        {
            "kind": ["fire", "fire", "attack", "drowning"],
            "date": pd.to_datetime(["2024-04-02"] * 4),
            "locality": ["Synthetic A", "Synthetic B", "Synthetic A", None],
        }
    )
    table = next(one for one in appendix(reckon(rows, "2024-04"), "en") if one.id == "by_community")
    assert [row[:2] for row in table.rows] == [
        ("Synthetic A", "2"), ("Synthetic B", "1"), ("unspecified", "1"), ("Total", "4"),
    ]  # fmt: skip
    assert table.rows[-1][2:] == ("1", "2", "1")
