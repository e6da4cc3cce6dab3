"""Hostile and damaged files, each with what must come of it: rows, listed problems, or a refusal.

Everything is synthetic and made anew from a seed; nothing is stored in the repository. Run
``python -m tests.hostile_files <folder>`` to look at the files themselves.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import sqlite3
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import shapely

SEED = 6


@dataclass(frozen=True)
class Hostile:
    """One file and what must come of it.

    ``listed`` names the problems that must be there, as ``row:column`` (``-`` for the file as a
    whole, nothing after the colon for a row as a whole); rows that are not named there must not be
    complained of. ``values`` are the cells of the good rows. ``refused`` are words of the one
    sentence; ``rows`` is then None.
    """

    path: str
    table: str
    rows: int | None
    listed: tuple[str, ...] = ()
    refused: str | None = None
    values: dict[str, list[Any]] = field(default_factory=dict)
    crs: str | None = None


class Folder:
    """Where the files are made, and what was promised of each."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.random = random.Random(seed)  # noqa: S311 - a picture, not a secret
        self.files: list[Hostile] = []

    def add(self, name: str, content: bytes | str | None, rows: int | None, *listed: str,
            table: str = "incidents", **more: Any) -> Path:  # fmt: skip
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.files.append(Hostile(str(path), table, rows, listed, **more))
        return path

    def refuse(self, name: str, content: bytes | str | None, words: str, **more: Any) -> Path:
        return self.add(name, content, None, refused=words, **more)


# ---------------------------------------------------------------- delimited text

HEAD = "id,kind,date,locality,killed,lat,lon"
GOOD = (
    "SYN-1,attack,2024-04-01,بلدة مثال,2,36.10,37.20",
    "SYN-2,fire,2024-04-02,قرية مثال,0,36.11,37.21",
    "SYN-3,attack,2024-04-13,مخيم مثال,1,36.12,37.22",
)
KILLED = {"killed_unspecified": [2, 0, 1]}
SOUND = "\n".join([HEAD, *GOOD, ""])
ARABIC_HEAD = "المعرف,النوع,التاريخ,المكان,قتلى,خط العرض,خط الطول"


def csv_in_every_encoding(to: Folder) -> None:
    arabic = SOUND.replace(HEAD, ARABIC_HEAD)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1256"):
        to.add(f"encoding-{encoding}.csv", arabic.encode(encoding), 3, values=KILLED)
    turkish = "id;kind;date;locality;killed\n1;attack;2024-04-01;Örnek Şehir Çığ;1\n2;fire;2024-04-02;Ağaçlı Köyü İğde;0\n"
    to.add("encoding-cp1254.csv", turkish.encode("cp1254"), 2, "-:")
    mixed = SOUND.encode().replace("قرية مثال".encode(), "قرية مثال".encode("cp1256"))
    to.add(
        "encoding-mixed.csv",
        mixed,
        3,
        "3:",
        values={"locality": ["بلدة مثال", "قرية مثال", "مخيم مثال"]},
    )
    to.add(
        "nul-in-cell.csv",
        SOUND.replace("قرية مثال", "قرية\0 مثال"),
        3,
        "3:",
        values={"locality": ["بلدة مثال", "قرية مثال", "مخيم مثال"]},
    )
    to.add("nul-tail.csv", SOUND.encode() + bytes(4096), 3, "5:")
    to.add("crlf-cr-mixed.csv", SOUND.replace("\n", "\r\n", 2).replace("SYN-2", "SYN-2", 1), 3)
    to.add("old-mac.csv", SOUND.replace("\n", "\r"), 3, values=KILLED)
    to.add("cut-in-a-letter.csv", SOUND.encode()[:-12] + "م".encode()[:1], 3, "4:")


def csv_in_every_dress(to: Folder) -> None:
    for name, sign in {
        "semicolon": ";",
        "tab": "\t",
        "pipe": "|",
        "arabic": "؛",
        "comma-ar": "،",
    }.items():
        to.add(f"separator-{name}.csv", SOUND.replace(",", sign), 3, values=KILLED)
    to.add("separator-line.csv", "sep=;\n" + SOUND.replace(",", ";"), 3, values=KILLED)
    decimal = SOUND.replace(",", ";").replace("36.", "36,").replace("37.", "37,")
    to.add("decimal-commas.csv", decimal, 3, values={"lat": [36.10, 36.11, 36.12]})
    for name, digits in {"arabic": "٠١٢٣٤٥٦٧٨٩", "persian": "۰۱۲۳۴۵۶۷۸۹"}.items():
        rows = SOUND.translate(str.maketrans("0123456789", digits)).replace("SYN-", "S-")
        to.add(f"digits-{name}.csv", rows, 3, values={"lat": [36.10, 36.11, 36.12]} | KILLED)
    decimal_mark = "المعرف;المكان;خط العرض;خط الطول\nS1;مثال;٣٦٫١٠;٣٧٫٢٠\n"
    to.add(
        "digits-with-arabic-marks.csv",
        decimal_mark,
        1,
        table="points",
        values={"lat": [36.1], "lon": [37.2]},
    )
    marks = (
        SOUND.replace("killed", "\u200fkilled\u200e")
        .replace("lat", "\ufefflat")
        .replace(",date", ",\u00a0date\u200b")
    )
    to.add("unseen-marks-in-headers.csv", marks, 3, values=KILLED)
    to.add(
        "bidi-marks-in-cells.csv",
        SOUND.replace("2024-04-02", "\u200f2024-04-02\u200e").replace(
            ",36.11", ",\u202a36.11\u202c"
        ),
        3,
        values={"lat": [36.10, 36.11, 36.12]},
    )
    to.add(
        "no-break-spaces.csv",
        SOUND.replace("36.11", "\u00a036.11\u00a0").replace("fire", "fire\u00a0"),
        3,
        values={"kind": ["attack", "fire", "attack"]},
    )
    to.add(
        "tatweel-and-vowels.csv",
        SOUND.replace(HEAD, ARABIC_HEAD.replace("التاريخ", "التّـــاريخ")),
        3,
    )
    to.add(
        "quoted-newlines.csv",
        SOUND.replace("قرية مثال", '"قرية\nمثال، ""الغربية"""'),
        3,
        values=KILLED,
    )
    to.add("quote-unclosed.csv", SOUND.replace("قرية مثال", '"قرية مثال'), 3, "3:")
    to.add("quote-unclosed-at-the-end.csv", SOUND.replace("مخيم مثال", '"مخيم مثال'), 3, "4:")
    to.add("ragged-long.csv", SOUND.replace("37.21", "37.21,x,y"), 2, "3:")
    to.add("ragged-short.csv", SOUND.replace(",0,36.11,37.21", ""), 3, "3:")
    to.add("trailing-separators.csv", "\n".join(f"{line},,," for line in SOUND.splitlines()), 3)
    to.add("blank-lines.csv", SOUND.replace("\n", "\n\n,,,,,,\n"), 3)
    to.add("header-repeated.csv", "\n".join([HEAD, GOOD[0], HEAD, *GOOD[1:]]), 3, "3:")
    to.add("merged-titles.csv", f"مكتب مثال,,,,,,\nحوادث نيسان,,,,,,\n\n{SOUND}", 3, values=KILLED)
    to.add("totals-row.csv", SOUND + "المجموع,,,,3,,\n", 3, "5:")
    to.add("footer.csv", SOUND + "Source: synthetic office,,,,,,\n", 3, "5:")
    to.add("only-a-header.csv", HEAD + "\n", 0, "-:")
    to.add(
        "hxl-tags.csv",
        SOUND.replace(HEAD, HEAD + "\n#id,#event,#date,#loc,#killed,#geo+lat,#geo+lon"),
        3,
    )
    to.add(
        "unnamed-columns.csv",
        SOUND.replace(HEAD, HEAD + ",,")
        .replace("37.20", "37.20,,note")
        .replace("37.21", "37.21,,")
        .replace("37.22", "37.22,,"),
        3,
    )
    to.add(
        "two-columns-of-one-name.csv",
        SOUND.replace(HEAD, HEAD + ",killed").replace("37.20", "37.20,9"),
        3,
        "3:",
        "4:",
        "-:killed",
        values=KILLED,
    )
    to.add("binary-control-signs.csv", SOUND.replace("قرية مثال", "قرية\x1b[31m\x07 مثال"), 3)
    to.add(
        "formulas-as-text.csv",
        SOUND.replace("قرية مثال", '=HYPERLINK(""x"")').replace("مخيم مثال", "@SUM(A1)"),
        3,
    )
    to.add("name\nwith\u202enewline.csv", SOUND, 3)
    to.refuse("empty.csv", b"", "empty")
    to.refuse("only-blanks.csv", b" \r\n\t\n\0\0", "empty")
    to.refuse("only-a-mark.csv", b"\xef\xbb\xbf", "empty")
    to.refuse("only-separators.csv", ",,,,\n,,,,\n", "no row")
    to.refuse("no-known-column.csv", "a,b\n1,2\n", "no column was found")


def csv_of_great_size(to: Folder) -> None:
    wide = ",".join([HEAD, *(f"q{n}" for n in range(10_000))])
    to.add(
        "ten-thousand-columns.csv",
        "\n".join([wide, *(line + "," * 10_000 for line in GOOD)]),
        3,
        values=KILLED,
    )
    to.add("cell-of-50-mb.csv", SOUND.replace("قرية مثال", "x" * 50_000_000), 3, values=KILLED)
    to.add(
        "quoted-cell-of-50-mb.csv",
        SOUND.replace("قرية مثال", '"' + "x" * 50_000_000 + '"'),
        3,
        "3:",
        values=KILLED,
    )
    lines = (f"{n},36.{n % 1000:03},37.{n % 997:03}" for n in range(1_000_000))
    to.add("a-million-rows.csv", "\n".join(["id,lat,lon", *lines]), 1_000_000, "2:geometry",
           "997002:geometry", table="points")  # fmt: skip
    to.add("line-of-separators.csv", SOUND + "," * 5_000_000, 3)
    to.add("nothing-but-quotes.csv", SOUND + '"' * 200_000, 3, "5:")


def cells_that_cannot_be(to: Folder) -> None:
    def one(name: str, old: str, new: str, rows: int, *listed: str, **more: Any) -> None:
        to.add(f"cell-{name}.csv", SOUND.replace(old, new), rows, *listed, **more)

    one("30-february", "2024-04-02", "2024-02-30", 2, "3:date")
    one("hijri", "2024-04-02", "1445-09-23", 2, "3:date")
    one("hijri-in-words", "2024-04-02", "23 رمضان 1445 هـ", 2, "3:date")
    one("hijri-with-mark", "2024-04-02", "23/09/1445هـ", 2, "3:date")
    one("jalali", "2024-04-02", "1403/01/14", 2, "3:date")
    one("leap-1900", "2024-04-02", "1900-02-29", 2, "3:date")
    one("zero-of-excel", "2024-04-02", "1900-01-00", 2, "3:date")
    one("year-9999", "2024-04-02", "9999-12-31", 2, "3:date")
    one("negative-dead", ",0,36.11", ",-1,36.11", 3, "3:killed_unspecified")
    one("half-dead", ",0,36.11", ",1.5,36.11", 3, "3:killed_unspecified")
    one("dead-infinite", ",0,36.11", ",inf,36.11", 3, "3:killed_unspecified")
    one("dead-1e400", ",0,36.11", ",1e400,36.11", 3, "3:killed_unspecified")
    one("dead-minus-9999", ",0,36.11", ",-9999,36.11", 3, "3:killed_unspecified")
    one("dead-in-words", ",0,36.11", ",عدة,36.11", 3, "3:killed_unspecified")
    ends = {"killed_unspecified_min": [None, 10, None], "killed_unspecified_max": [None, 15, None]}
    one("range", ",0,36.11", ",10-15,36.11", 3, "3:killed_unspecified", values=ends)
    one(
        "range-in-arabic", ",0,36.11", ",من ١٠ إلى ١٥,36.11", 3, "3:killed_unspecified", values=ends
    )
    one(
        "about",
        ",0,36.11",
        ",حوالي ١٥,36.11",
        3,
        "3:killed_unspecified",
        values={"killed_unspecified": [2, 15, 1]},
    )
    one(
        "more-than",
        ",0,36.11",
        ",أكثر من 15,36.11",
        3,
        "3:killed_unspecified",
        values={"killed_unspecified_min": [None, 15, None]},
    )
    one(
        "plus",
        ",0,36.11",
        ",15+,36.11",
        3,
        "3:killed_unspecified",
        values={"killed_unspecified_min": [None, 15, None]},
    )
    one("range-made-a-date", ",0,36.11", ",10-Oct,36.11", 3, "3:killed_unspecified")
    one("lat-95", "36.11", "95", 3, "3:lat")
    one("null-island", "36.11,37.21", "0,0", 3, "3:geometry")
    one("metres-as-degrees", "36.11,37.21", "3978840,286546", 3, "3:lat")
    one("only-latitude", ",37.21", ",", 3, "3:lon")
    one("exchanged", "36.11,37.21", "37.21,36.11", 3, "3:geometry")
    one(
        "minutes",
        "36.11,37.21",
        "36°06'36\"N,37°12'36\"E",
        3,
        values={"lat": [36.10, 36.11, 36.12]},
    )
    one("minutes-62", "36.11,37.21", "36°62'N,37°12'E", 3, "3:lat")
    one(
        "comma-in-place-of-stop",
        "36.11,37.21",
        '"36,11","37,21"',
        3,
        values={"lat": [36.10, 36.11, 36.12]},
    )
    one("stop-lost", "36.11", "3611", 3, "3:lat")
    one("id-twice", "SYN-2", "SYN-1", 3, "3:id")
    one("id-missing", "SYN-2", "", 3, "3:id")
    one("kind-unknown", "fire", "مجهول", 3, "3:kind")
    one("date-missing", "2024-04-02", "", 2, "3:date")
    one("two-digit-year", "2024-04-02", "02/04/24", 3, "3:date")
    one("day-or-month", "2024-04-02", "05/04/2024", 3, "3:date")
    one(
        "serial",
        "2024-04-02",
        "45384",
        3,
        "3:date",
        values={"date": ["2024-04-01", "2024-04-02", "2024-04-13"]},
    )
    one("epoch-seconds", "2024-04-02", "1712016000", 2, "3:date")
    personal = "\n".join([HEAD + ",اسم المصاب,phone", *(line + ",فلان,0999" for line in GOOD)])
    to.add("personal-columns.csv", personal, 3, "-:اسم المصاب", "-:phone")


MONTHS = {
    "levantine": "2 نيسان 2024", "egyptian": "2 أبريل 2024", "egyptian-january": "2 يناير 2024",
    "maghrebi": "2 أفريل 2024", "tunisian-january": "2 جانفي 2024", "algerian-february": "2 فيفري 2024",
    "moroccan-july": "2 يوليوز 2024", "maghrebi-august": "2 أوت 2024", "moroccan-september": "2 شتنبر 2024",
    "moroccan-november": "2 نونبر 2024", "moroccan-december": "2 دجنبر 2024", "maghrebi-june": "2 جوان 2024",
    "maghrebi-july": "2 جويلية 2024", "moroccan-august": "2 غشت 2024", "moroccan-may": "2 ماي 2024",
    "kurmanji": "2 Nîsan 2024", "kurmanji-second-name": "2 Avrêl 2024", "sorani": "٢ی نیسانی ٢٠٢٤",
    "turkish": "2 Nisan 2024", "english": "2nd April, 2024", "english-short": "2-Apr-2024",
    "day-last": "April 2, 2024", "with-weekday": "الثلاثاء 2 نيسان 2024", "slash-names": "2 نيسان/أبريل 2024",
    "iso-with-zone": "2024-04-02T10:30:00+03:00",
}  # fmt: skip
MONTH_OF = {"egyptian-january": 1, "tunisian-january": 1, "algerian-february": 2, "moroccan-july": 7,
            "maghrebi-august": 8, "moroccan-september": 9, "moroccan-november": 11, "moroccan-december": 12,
            "maghrebi-june": 6, "maghrebi-july": 7, "moroccan-august": 8, "moroccan-may": 5}  # fmt: skip


def months(to: Folder) -> None:
    for name, date in MONTHS.items():
        when = f"2024-{MONTH_OF.get(name, 4):02}-02" + ("T10:30:00" if "zone" in name else "")
        to.add(
            f"month-{name}.csv",
            SOUND.replace("2024-04-02", f'"{date}"'),
            3,
            values={"date": ["2024-04-01", when, "2024-04-13"]},
        )


def figures(to: Folder) -> None:
    people = "name,population,lat,lon\nغرب مثال,1200,36.1,37.2\nشرق مثال,800,36.2,37.3\n"
    to.add(
        "population-total.csv", people + "المجموع,2000,36.15,37.25\n", 2, "4:", table="population"
    )
    to.add(
        "population-total-en.csv",
        people + "Grand total,2000,36.15,37.25\n",
        2,
        "4:",
        table="population",
    )
    to.add(
        "population-footer.csv",
        people + "المصدر: مكتب مثال,,,\n",
        2,
        "4:population",
        table="population",
    )
    to.add(
        "population-negative.csv",
        people.replace("800", "-800"),
        1,
        "3:population",
        table="population",
    )
    to.add(
        "population-grouped.csv",
        people.replace("1200", '"1,200"').replace("800", "٨٠٠"),
        2,
        table="population",
        values={"population": [1200, 800]},
    )
    to.add(
        "population-in-words.csv",
        people.replace("800", "8 آلاف"),
        1,
        "3:population",
        table="population",
    )


# ---------------------------------------------------------------- Excel

CELLS = [line.split(",") for line in (HEAD, *GOOD)]
WORKBOOK = [CELLS[0], *[[*row[:4], int(row[4]), float(row[5]), float(row[6])] for row in CELLS[1:]]]


def book_of(rows: Iterable[Iterable[Any]] = WORKBOOK, **styles: Any) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(list(row))
    return made


def bytes_of(book: openpyxl.Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def rezipped(data: bytes, change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in more.items():
            new.writestr(name, content)
    return held.getvalue()


def sheet_changed(data: bytes, old: bytes, new: bytes) -> bytes:
    return rezipped(data, lambda name, b: b.replace(old, new) if name.endswith("sheet1.xml") else b)


def workbooks(to: Folder) -> None:  # noqa: PLR0915 - a list
    sound = bytes_of(book_of())
    to.add("sound.xlsx", sound, 3, values=KILLED)
    book = book_of()
    book.active["E2"] = "=1+1"
    to.add("formula-without-value.xlsx", bytes_of(book), 3, "2:")
    to.add(
        "formula-with-value.xlsx",
        sheet_changed(bytes_of(book), b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"),
        3,
        values=KILLED,
    )
    book = book_of()
    book.active["E3"] = "#REF!"
    book.active["E3"].data_type = "e"
    to.add("error-cell.xlsx", bytes_of(book), 3, "3:")
    import datetime as dt

    for epoch in (1900, 1904):
        book = book_of(
            [
                WORKBOOK[0],
                *[[*row[:2], dt.datetime.fromisoformat(row[2]), *row[3:]] for row in WORKBOOK[1:]],
            ]
        )
        if epoch == 1904:
            book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        to.add(
            f"dates-{epoch}.xlsx",
            bytes_of(book),
            3,
            *(["-:"] if epoch == 1904 else []),
            values={"date": ["2024-04-01", "2024-04-02", "2024-04-13"]},
        )
    book = book_of(
        [
            WORKBOOK[0],
            *[
                [*row[:2], n, *row[3:]]
                for n, row in zip((45383, 45384, 45395), WORKBOOK[1:], strict=True)
            ],
        ]
    )
    to.add(
        "dates-as-serials.xlsx",
        bytes_of(book),
        3,
        "2:date",
        "3:date",
        "4:date",
        values={"date": ["2024-04-01", "2024-04-02", "2024-04-13"]},
    )
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row, cell in enumerate(("C2", "C3", "C4")):
        book.active[cell] = (43921, 43922, 43933)[row]
    to.add("dates-as-serials-1904.xlsx", bytes_of(book), 3, "-:", "2:date", "3:date", "4:date")
    book = book_of()
    book.active["C3"] = 60
    book.active["C3"].number_format = "yyyy-mm-dd"
    to.add("leap-day-of-1900.xlsx", bytes_of(book), 2, "3:date")
    book = book_of([["حوادث مثال"], [], *WORKBOOK])
    book.active.merge_cells("A1:G1")
    to.add("merged-title.xlsx", bytes_of(book), 3, values=KILLED)
    book = book_of()
    book.active.merge_cells("C2:C4")
    to.add("merged-dates.xlsx", bytes_of(book), 3, "3:", "4:", values={"date": ["2024-04-01"] * 3})
    book = book_of()
    book.create_sheet("hidden").append(["x"])
    book["hidden"].append(["y"])
    book["hidden"].sheet_state = "hidden"
    to.add("hidden-sheet.xlsx", bytes_of(book), 3, "-:")
    book = book_of()
    book.active.row_dimensions[3].hidden = True
    to.add("hidden-row.xlsx", bytes_of(book), 3, "3:")
    book = book_of()
    other = book.create_sheet("أيار")
    for row in WORKBOOK:
        other.append(row)
    to.add("two-sheets.xlsx", bytes_of(book), 3, "-:")
    to.add(
        "macros.xlsm",
        rezipped(
            sound,
            lambda n, b: (
                b.replace(
                    b"vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
                    b"vnd.ms-excel.sheet.macroEnabled.main",
                )
                if n == "[Content_Types].xml"
                else b
            ),
            **{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(64)},
        ),
        3,
    )
    link = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" Target="file://192.0.2.1/share/a.xlsx" TargetMode="External"/></Relationships>'
    to.add(
        "external-link.xlsx",
        rezipped(sound, lambda _, b: b, **{"xl/externalLinks/_rels/externalLink1.xml.rels": link}),
        3,
    )
    to.add(
        "wrong-dimension.xlsx",
        sheet_changed(sound, b'<dimension ref="A1:G4"/>', b'<dimension ref="A1:XFD1048576"/>'),
        3,
    )
    to.add(
        "far-cell.xlsx",
        sheet_changed(
            sound,
            b"</sheetData>",
            b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
        ),
        3,
        "1048576:",
    )
    to.add("workbook-of-another-case.xlsx", sound, 3)
    to.refuse(
        "xml-bomb.xlsx",
        sheet_changed(sound, b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]><worksheet'),
        "DOCTYPE",
    )
    to.refuse(
        "xxe.xlsx",
        rezipped(
            sound,
            lambda n, b: (
                b.replace(
                    b"<Types", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Types'
                )
                if n == "[Content_Types].xml"
                else b
            ),
        ),
        "DOCTYPE",
    )
    to.refuse(
        "xxe-behind-64-kb.xlsx",
        sheet_changed(
            sound,
            b"<worksheet",
            b"<!--" + b" " * 70_000 + b'--><!DOCTYPE a [<!ENTITY b "c">]><worksheet',
        ),
        "DOCTYPE",
    )
    utf16 = b'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'.decode().encode(
        "utf-16"
    )
    to.refuse(
        "xml-bomb-in-utf-16.xlsx",
        rezipped(sound, lambda n, b: utf16 if n.endswith("sheet1.xml") else b),
        "DOCTYPE",
    )
    to.refuse(
        "zip-bomb.xlsx",
        rezipped(sound, lambda n, b: b + b" " * 60_000_000 if n.endswith("sheet1.xml") else b),
        "not safe",
    )
    to.refuse("truncated.xlsx", sound[: len(sound) * 2 // 3], "damaged")
    to.refuse(
        "workbook-without-sheets.xlsx",
        rezipped(sound, lambda n, b: None if "sheet1" in n else b),
        "no row",
    )
    to.refuse("bytes-changed.xlsx", sheet_changed(sound, b"<sheetData>", b"<sheetData"), "damaged")
    to.refuse(
        "encrypted.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(512)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(1024),
        "password",
    )
    to.refuse(
        "old.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(512)
        + "Workbook".encode("utf-16-le")
        + bytes(1024),
        "XLS",
    )
    to.refuse("old-renamed.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048), "XLS")
    html = "<html><body><table><tr><td>id</td></tr></table></body></html>"
    to.refuse("html-table.xls", html, "html")
    to.refuse("html-table-with-doctype.xls", "<!DOCTYPE html>" + html, "HTML")
    sheet2003 = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    to.refuse("spreadsheetml-2003.xml", sheet2003, "Workbook")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")
    to.refuse("calc-renamed.xlsx", held.getvalue(), "OpenDocument")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    to.refuse("word-renamed.xlsx", held.getvalue(), "DOCX")
    to.refuse("word-renamed.csv", held.getvalue(), "DOCX")
    to.refuse("empty-workbook.xlsx", bytes_of(openpyxl.Workbook()), "no row")


# ---------------------------------------------------------------- GeoJSON


def point(lon: Any, lat: Any) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


SPOTS = [point(37.20, 36.10), point(37.21, 36.11), point(37.22, 36.12)]


def collection(shapes: list[Any] = SPOTS, **members: Any) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"SYN-{n}", "kind": "shelter", "name": f"Synthetic {n}"},
            "geometry": shape,
        }
        for n, shape in enumerate(shapes, start=1)
    ]
    return {"type": "FeatureCollection", **members, "features": features}


def geojson(to: Folder) -> None:
    def one(name: str, content: Any, rows: int | None, *listed: str, **more: Any) -> None:
        words = (
            content if isinstance(content, str | bytes) else json.dumps(content, ensure_ascii=False)
        )
        to.add(
            f"{name}.geojson", words, rows, *listed, table=more.pop("table", "facilities"), **more
        )

    second: Callable[[Any], dict[str, Any]] = lambda shape: collection([SPOTS[0], shape, SPOTS[2]])  # noqa: E731
    one("sound", collection(), 3)
    one("mark", b"\xef\xbb\xbf" + json.dumps(collection()).encode(), 3)
    one("utf-16", json.dumps(collection()).encode("utf-16"), 3)
    one("nan", second(point(float("nan"), 36.1)), 2, "2:geometry")
    one("infinity", second(point(float("inf"), 36.1)), 2, "2:geometry")
    one("exchanged", second(point(36.11, 37.21)), 3, "2:geometry")
    one("lat-95", second(point(37.2, 95)), 2, "2:geometry")
    one("null-island", second(point(0, 0)), 2, "2:geometry")
    one(
        "metres",
        collection([point(286546, 3978840), point(286646, 3978940)]),
        0,
        "1:geometry",
        "2:geometry",
    )
    one("null-geometry", second(None), 2, "2:geometry")
    one("empty-point", second({"type": "Point", "coordinates": []}), 2, "-:", "2:geometry")
    one("words-as-coordinates", second(point("37.21", "36.11")), 2, "2:geometry")
    one("one-coordinate", second({"type": "Point", "coordinates": [37.2]}), 2, "-:", "2:geometry")
    one("empty-collection", {"type": "FeatureCollection", "features": []}, 0, "-:")
    one("geometry-collection", second({"type": "GeometryCollection", "geometries": [SPOTS[1]]}), 3)
    one("heights", second({"type": "Point", "coordinates": [37.21, 36.11, 400]}), 3)
    one(
        "heights-and-measures",
        second({"type": "Point", "coordinates": [37.21, 36.11, 400, 9]}),
        3,
        "-:",
    )
    one(
        "unknown-geometry",
        second({"type": "Circle", "coordinates": [37.2, 36.1]}),
        2,
        "-:",
        "2:geometry",
    )
    one(
        "types-mixed",
        second({"type": "LineString", "coordinates": [[37.2, 36.1], [37.3, 36.2]]}),
        3,
    )
    ring = [[37.2, 36.1], [37.3, 36.2], [37.3, 36.1], [37.2, 36.2], [37.2, 36.1]]
    one("bow-tie", second({"type": "Polygon", "coordinates": [ring]}), 3, "2:geometry")
    one(
        "open-ring",
        second({"type": "Polygon", "coordinates": [[[37.2, 36.1], [37.3, 36.1], [37.3, 36.2]]]}),
        3,
        "-:",
    )
    one(
        "collapsed-ring",
        second({"type": "Polygon", "coordinates": [[[37.2, 36.1], [37.3, 36.1], [37.2, 36.1]]]}),
        2,
        "2:geometry",
    )
    one(
        "feature-of-null",
        {"type": "FeatureCollection", "features": [collection()["features"][0], None]},
        1,
        "2:",
    )
    one("features-of-strings", {"type": "FeatureCollection", "features": ["a", "b"]}, 0, "1:", "2:")
    one(
        "keys-twice",
        json.dumps(collection()).replace(
            '"name": "Synthetic 2"', '"name": "Synthetic 2", "name": "Other"'
        ),
        3,
        "2:",
    )
    one(
        "older-crs",
        collection(
            [point(4141085, 4318500)],
            crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
        ),
        1,
    )
    one(
        "crs-unknown",
        collection(crs={"type": "name", "properties": {"name": "EPSG:999999"}}),
        None,
        refused="coordinate system",
    )
    one(
        "deep-properties",
        second(SPOTS[1])
        | {
            "features": [
                {
                    "type": "Feature",
                    "geometry": SPOTS[0],
                    "properties": {"kind": "shelter", "deep": json.loads("[" * 500 + "]" * 500)},
                }
            ]
        },
        1,
    )
    one(
        "deep-nesting",
        '{"type":"FeatureCollection","features":' + "[" * 100_000 + "]" * 100_000 + "}",
        None,
        refused="damaged",
    )
    one(
        "deep-properties-100000",
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"a":'
        + "[" * 100_000
        + "]" * 100_000
        + "}}]}",
        None,
        refused="damaged",
    )
    one("truncated", json.dumps(collection())[:-150], None, refused="damaged")
    lines = "\n".join(json.dumps(feature) for feature in collection()["features"])
    one("newline-delimited", lines, 3)
    one("newline-delimited-with-a-torn-line", lines.replace('"Synthetic 2"', '"Synth'), 2, "2:")
    one("single-feature", collection()["features"][0], 1)
    one(
        "properties-null",
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": SPOTS[0], "properties": None}],
        },
        1,
        "-:kind",
    )
    to.add(
        "geojson-zipped.zip",
        zipped([("a.geojson", json.dumps(collection()).encode())]),
        3,
        table="facilities",
    )
    one("huge-number", second(point(1e308, 36.1)), 2, "2:geometry")
    topology = {
        "type": "Topology",
        "objects": {"a": {"type": "GeometryCollection", "geometries": [point(37.2, 36.1)]}},
        "arcs": [],
    }
    one("topojson", topology, None, refused="TopoJSON")
    one("plain-json", {"a": 1}, None, refused="JSON")
    one(
        "geojson-with-text-behind",
        json.dumps(collection()) + "\nend of file",
        None,
        refused="damaged",
    )


# ---------------------------------------------------------------- other vector files

SHELTERS = gpd.GeoDataFrame(
    {"id": ["SYN-1", "SYN-2", "SYN-3"], "kind": ["shelter"] * 3, "name": ["ملجأ مثال", "مدرسة مثال", "مستودع"]},
    geometry=gpd.points_from_xy([37.20, 37.21, 37.22], [36.10, 36.11, 36.12]),
    crs="EPSG:4326",
)  # fmt: skip


def stored(table: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.to_file(path, **options)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in sorted(path.parent.glob(f"{path.stem}.*"))}


def zipped(entries: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in entries:
            archive.writestr(name, content)
    return held.getvalue()


def shapefiles(to: Folder) -> None:  # noqa: PLR0915 - a list
    def one(
        name: str,
        rows: int | None,
        *listed: str,
        without: str = "",
        table: gpd.GeoDataFrame = SHELTERS,
        encoding: str = "utf-8",
        **more: Any,
    ) -> Path:
        path = stored(table, to.path / f"shp-{name}" / "places.shp", encoding=encoding)
        for ending in without.split():
            path.with_suffix(ending).unlink()
        to.add(f"shp-{name}/places.shp", None, rows, *listed, table="facilities", **more)
        return path

    one("sound", 3, values={"name": SHELTERS["name"].tolist()})
    one("without-prj", None, without=".prj", refused="no coordinate system")
    one("without-dbf", 3, "-:kind", without=".dbf")
    one("without-shx", None, without=".shx", refused=".shx")
    one("cp1256-with-cpg", 3, encoding="cp1256", values={"name": SHELTERS["name"].tolist()})
    one(
        "cp1256-without-cpg",
        3,
        without=".cpg",
        encoding="cp1256",
        values={"name": SHELTERS["name"].tolist()},
    )
    wrong = one("cpg-that-lies", 3, encoding="cp1256", values={"name": SHELTERS["name"].tolist()})
    wrong.with_suffix(".cpg").write_text("UTF-8")
    torn = one("torn", 2, "3:geometry")
    torn.write_bytes(torn.read_bytes()[:-10])
    short = one("dbf-short", None, refused=".dbf")
    short.with_suffix(".dbf").write_bytes(short.with_suffix(".dbf").read_bytes()[:-200])
    unknown = one("prj-of-nowhere", None, refused="coordinate system")
    unknown.with_suffix(".prj").write_text("GARBAGE[")
    upper = one("upper-case", 3)
    for part in parts_of(upper):
        (upper.parent / part).rename(upper.parent / part.upper())
    to.files[-1] = Hostile(str(upper.parent / "PLACES.SHP"), "facilities", 3)

    parts = parts_of(stored(SHELTERS, to.path / "zip-source" / "places.shp", encoding="utf-8"))

    def put(name: str, entries: Iterable[Any], rows: int | None, *listed: str, **more: Any) -> None:
        to.add(f"{name}.zip", zipped(entries), rows, *listed, table="facilities", **more)

    put("shp-zipped", parts.items(), 3)
    put(
        "shp-zipped-cp1256",
        parts_of(stored(SHELTERS, to.path / "zip-1256" / "places.shp", encoding="cp1256")).items(),
        3,
        values={"name": SHELTERS["name"].tolist()},
    )
    bare = {
        name: data
        for name, data in parts_of(to.path / "zip-1256" / "places.shp").items()
        if not name.endswith("cpg")
    }
    put(
        "shp-zipped-cp1256-without-cpg", bare.items(), 3, values={"name": SHELTERS["name"].tolist()}
    )
    put("shp-zipped-upper-case", [(name.upper(), data) for name, data in parts.items()], 3)
    two = [
        *parts.items(),
        *((name.replace("places", "others"), data) for name, data in parts.items()),
    ]
    put("shp-two-layers", two, 3, "-:")
    put("traversal", [*parts.items(), ("../../../tmp/evil.csv", b"x")], 3, "-:")
    put("absolute", [*parts.items(), ("/etc/evil.csv", b"x")], 3, "-:")
    link = zipfile.ZipInfo("places.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    put("symlink", [*parts.items(), (link, b"/etc/passwd")], 3, "-:")
    put("only-a-symlink", [(link, b"/etc/passwd")], None, refused="ZIP")
    put("only-traversal", [("../incidents.csv", SOUND.encode())], None, refused="ZIP")
    put("nested", [("inner.zip", zipped(parts.items()))], None, refused="ZIP")
    put(
        "nested-under-another-name",
        [("inner.csv", zipped(parts.items()))],
        None,
        refused="archive inside",
    )
    put("bomb", [("a.csv", b"0" * 60_000_000)], None, refused="not safe")
    put("many-entries", ((f"{n}.txt", b"") for n in range(100_000)), None, refused="not safe")
    put("nothing", [], None, refused="ZIP")
    put("pictures", [("a.jpg", b"\xff\xd8\xff"), ("b.png", b"\x89PNG")], None, refused="ZIP")
    data = bytearray(zipped([("incidents.csv", SOUND.encode())]))
    data[60:70] = b"\xff" * 10
    to.refuse("zip-corrupt.zip", bytes(data), "damaged")
    flagged = zipped([("incidents.csv", SOUND.encode())])
    central = flagged.index(b"PK\x01\x02")
    locked = bytearray(flagged)
    locked[6] |= 1
    locked[central + 8] |= 1
    to.refuse("zip-encrypted.zip", bytes(locked), "password")
    lying = bytearray(zipped([("incidents.csv", b"0" * 20_000_000)]))
    central = lying.index(b"PK\x01\x02")
    lying[central + 24 : central + 28] = struct.pack("<I", 100)
    to.refuse("zip-that-lies-about-its-size.zip", bytes(lying), "damaged")
    to.add(
        "csv-in-zip.zip",
        zipped([("incidents.csv", SOUND.encode()), ("readme.txt", b"x")]),
        3,
        values=KILLED,
    )


def geopackages(to: Folder) -> None:
    def one(name: str, rows: int | None, *listed: str, **more: Any) -> Path:
        path = stored(
            more.pop("data", SHELTERS), to.path / f"{name}.gpkg", layer=more.pop("layer", "places")
        )
        to.add(f"{name}.gpkg", None, rows, *listed, table="facilities", **more)
        return path

    def run(path: Path, *statements: str) -> None:
        held = sqlite3.connect(path)
        held.create_function("ST_IsEmpty", 1, lambda _: 0)
        for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            held.create_function(name, 1, lambda _: 0.0)
        with held:
            for statement in statements:
                held.execute(statement)
        held.close()

    one("gpkg-sound", 3)
    two = one("gpkg-two-layers", 3, "-:")
    stored(SHELTERS, two, layer="others", mode="a")
    run(
        one("gpkg-trigger", 3),
        "CREATE TRIGGER evil AFTER INSERT ON places BEGIN DELETE FROM places; END",
    )
    run(
        one("gpkg-view-over-another-file", None, refused="damaged"),
        "CREATE VIEW evil AS SELECT load_extension('/tmp/evil.so')",
    )
    run(
        one("gpkg-column-of-a-strange-name", 3),
        'ALTER TABLE places ADD COLUMN "x""); DROP TABLE places; --" TEXT',
    )
    run(
        one("gpkg-wrong-srs", None, refused="coordinate system"),
        "UPDATE gpkg_geometry_columns SET srs_id=999999",
        "UPDATE gpkg_contents SET srs_id=999999",
    )
    run(
        one("gpkg-undefined-srs", None, refused="coordinate system"),
        "UPDATE gpkg_geometry_columns SET srs_id=-1",
        "UPDATE gpkg_contents SET srs_id=-1",
    )
    run(
        one("gpkg-blob-of-noise", 2, "2:geometry"),
        "DROP TRIGGER IF EXISTS rtree_places_geom_update6",
        "DROP TRIGGER IF EXISTS rtree_places_geom_update7",
        "UPDATE places SET geom=x'47500001E6100000FFFF' WHERE fid=2",
    )
    path = one("gpkg-without-a-layer", None, refused="layer")
    run(path, "DELETE FROM gpkg_contents", "DELETE FROM gpkg_geometry_columns", "DROP TABLE places")
    path = one("gpkg-wal", 3)
    held = sqlite3.connect(path)
    held.execute("PRAGMA journal_mode=WAL")
    held.close()
    path.with_name(path.name + "-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(28))
    path = one(
        "gpkg-corrupt-pages",
        None,
        refused="damaged",
        data=pd.concat([SHELTERS] * 3000, ignore_index=True),
    )
    data = bytearray(path.read_bytes())
    for start in range(8192, len(data) - 4096, 4096):
        data[start : start + 200] = to.random.randbytes(200)
    path.write_bytes(bytes(data))
    path = one(
        "gpkg-truncated",
        None,
        refused="damaged",
        data=pd.concat([SHELTERS] * 3000, ignore_index=True),
    )
    path.write_bytes(path.read_bytes()[:120_000])
    held = sqlite3.connect(to.path / "plain.sqlite")
    held.execute("CREATE TABLE places (id, kind, lat, lon)")
    held.commit()
    held.close()
    to.add("plain.sqlite", None, 0, "-:", table="facilities")
    to.refuse(
        "sqlite-header-only.gpkg", b"SQLite format 3\x00" + bytes(84), "damaged", table="facilities"
    )


KML = '<?xml version="1.0" encoding="UTF-8"?>{doctype}<kml{ns}><Document>{body}</Document></kml>'
NS = ' xmlns="http://www.opengis.net/kml/2.2"'


def placemark(name: str, where: str) -> str:
    return f"<Placemark><name>{name}</name><Point><coordinates>{where}</coordinates></Point></Placemark>"


def drawings(to: Folder) -> None:
    def kml(
        name: str,
        body: str,
        rows: int | None,
        *listed: str,
        ns: str = NS,
        doctype: str = "",
        **more: Any,
    ) -> None:
        to.add(
            f"{name}.kml",
            KML.format(doctype=doctype, ns=ns, body=body),
            rows,
            *listed,
            table="points",
            **more,
        )

    two = placemark("مثال", "37.2,36.1,400") + placemark("Other", "37.21,36.11")
    kml("kml-sound", two, 2)
    kml(
        "kml-xxe",
        two,
        None,
        doctype='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        refused="DOCTYPE",
    )
    kml(
        "kml-bomb",
        two + "&b;",
        None,
        doctype='<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        refused="DOCTYPE",
    )
    kml(
        "kml-network-link",
        two + "<NetworkLink><Link><href>http://example.org/a.kml</href></Link></NetworkLink>",
        2,
        "-:",
    )
    kml(
        "kml-cdata",
        two.replace(
            "<name>مثال</name>",
            "<name>مثال</name><description><![CDATA[<script>alert(1)</script>]]></description>",
        ),
        2,
    )
    kml("kml-without-namespace", two, 2, ns="")
    kml(
        "kml-reversed",
        placemark("a", "37.2,36.1") + placemark("b", "37.21,36.11") + placemark("c", "36.12,37.22"),
        3,
        "3:geometry",
    )
    kml("kml-lat-95", placemark("a", "37.2,95") + two, 3, "1:geometry")
    kml("kml-spaces-in-coordinates", placemark("a", " 37.2 , 36.1 ") + two, 3)
    kml("kml-empty", "", None, refused="no layer")
    kml("kml-words-as-coordinates", placemark("a", "east,north") + two, 3, "-:", "1:geometry")
    to.refuse(
        "kml-truncated.kml",
        KML.format(doctype="", ns=NS, body=two)[:-60],
        "damaged",
        table="points",
    )
    to.refuse(
        "kml-utf-16-with-doctype.kml",
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><kml/>').encode(
            "utf-16"
        ),
        "DOCTYPE",
        table="points",
    )
    to.refuse(
        "kml-utf-16-unmarked.kml",
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><kml/>').encode("utf-16-le"),
        "DOCTYPE",
        table="points",
    )
    to.refuse(
        "kml-deep.kml",
        KML.format(doctype="", ns=NS, body="<Folder>" * 20_000 + "</Folder>" * 20_000),
        "kml-deep.kml",
        table="points",
    )
    good = KML.format(doctype="", ns=NS, body=two).encode()
    to.add(
        "kmz-sound.kmz", zipped([("doc.kml", good), ("files/a.png", b"\x89PNG")]), 2, table="points"
    )
    to.refuse(
        "kmz-bomb.kmz", zipped([("doc.kml", good + b" " * 60_000_000)]), "not safe", table="points"
    )
    to.refuse(
        "kmz-xxe.kmz",
        zipped([("doc.kml", good.replace(b"<kml", b'<!DOCTYPE a [<!ENTITY b "c">]><kml'))]),
        "DOCTYPE",
        table="points",
    )
    to.add(
        "kmz-traversal.kmz",
        zipped([("doc.kml", good), ("../evil.kml", good)]),
        2,
        "-:",
        table="points",
    )
    gpx = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="36.1" lon="37.2"><name>مثال</name></wpt><wpt lat="{lat}" lon="37.21"/></gpx>'
    to.add("gpx-sound.gpx", gpx.format(lat=36.11), 2, table="points")
    to.add("gpx-lat-95.gpx", gpx.format(lat=95), 2, "2:geometry", table="points")
    to.refuse("gpx-truncated.gpx", gpx.format(lat=36.11)[:-20], "damaged", table="points")
    to.refuse(
        "gpx-xxe.gpx",
        gpx.format(lat=36.11).replace("<gpx", '<!DOCTYPE a [<!ENTITY b "c">]><gpx'),
        "DOCTYPE",
        table="points",
    )
    to.refuse("svg.kml", '<svg xmlns="http://www.w3.org/2000/svg"/>', "svg", table="points")
    to.refuse(
        "vrt.kml",
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
        "OGRVRT",
        table="points",
    )


def columnar(to: Folder) -> None:
    path = stored(SHELTERS, to.path / "fgb-sound.fgb", driver="FlatGeobuf")
    to.add("fgb-sound.fgb", None, 3, table="facilities")
    data = path.read_bytes()
    for share in (3, 2):
        to.refuse(
            f"fgb-truncated-{share}.fgb",
            data[: len(data) * (share - 1) // share],
            "damaged",
            table="facilities",
        )
    held = io.BytesIO()
    SHELTERS.to_parquet(held)
    to.add("parquet-sound.parquet", held.getvalue(), 3, table="facilities")
    to.refuse("parquet-truncated.parquet", held.getvalue()[:-9], "damaged", table="facilities")
    noisy = bytearray(held.getvalue())
    noisy[40:120] = to.random.randbytes(80)
    to.refuse("parquet-noise.parquet", bytes(noisy), "damaged", table="facilities")
    lying = bytearray(held.getvalue())
    lying[-8:-4] = struct.pack("<I", 2**31 - 1)
    to.refuse("parquet-footer-that-lies.parquet", bytes(lying), "damaged", table="facilities")
    held = io.BytesIO()
    SHELTERS.to_crs("EPSG:32637").to_parquet(held)
    to.add("parquet-metres.parquet", held.getvalue(), 3, table="facilities")
    held = io.BytesIO()
    SHELTERS.set_crs(None, allow_override=True).to_parquet(held)
    to.refuse(
        "parquet-without-system.parquet", held.getvalue(), "coordinate system", table="facilities"
    )
    held = io.BytesIO()
    SHELTERS.to_parquet(held, geometry_encoding="geoarrow")
    to.add("parquet-geoarrow.parquet", held.getvalue(), 3, table="facilities")
    held = io.BytesIO()
    wrong = SHELTERS.to_crs("EPSG:32637").set_crs("EPSG:4326", allow_override=True)
    wrong.to_parquet(held)
    to.add(
        "parquet-wrong-system.parquet",
        held.getvalue(),
        0,
        "1:geometry",
        "2:geometry",
        "3:geometry",
        table="facilities",
    )
    held = io.BytesIO()
    pd.DataFrame({"kind": ["shelter"], "lat": [36.1], "lon": [37.2]}).to_parquet(held)
    to.add("parquet-without-geo.parquet", held.getvalue(), 1, table="facilities")
    held = io.BytesIO()
    pd.DataFrame(
        {"kind": ["shelter"], "geometry": [shapely.to_wkb(shapely.Point(37.2, 36.1))]}
    ).to_parquet(held)
    to.refuse(
        "parquet-wkb-without-geo.parquet", held.getvalue(), "coordinate system", table="facilities"
    )


# ---------------------------------------------------------------- what is no table at all


def strangers(to: Folder) -> None:
    to.refuse("pdf-renamed.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(100), "PDF")
    jpeg = (
        b"\xff\xd8\xff\xe1"
        + struct.pack(">H", 60)
        + b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88"
        + bytes(40)
        + b"\xff\xd9"
    )
    to.refuse("picture-with-gps.jpg", jpeg, "JPEG")
    to.refuse("picture-with-gps.csv", jpeg, "JPEG")
    to.refuse("noise.csv", to.random.randbytes(50_000), "binary")
    to.refuse("noise.xlsx", b"PK\x03\x04" + to.random.randbytes(5_000), "damaged")
    to.refuse("gzip.csv", b"\x1f\x8b\x08\0" + zlib.compress(b"x" * 100), "gzip")
    to.refuse("program.csv", b"\x7fELF\x02\x01\x01" + bytes(200), "binary")
    to.refuse("script.html", "<!DOCTYPE html><html><script>alert(1)</script></html>", "HTML")
    to.refuse("letter.rtf", r"{\rtf1\ansi\deff0 text}", "RTF")
    to.refuse("prose.csv", "كتبنا هذا التقرير في المكتب.\nلا جدول فيه.\n", "prose.csv")
    tiff = b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    to.refuse("tiff-of-nothing.tif", tiff, "tiff-of-nothing.tif", table="population")
    to.refuse("tiff-as-incidents.csv", tiff, "raster")
    (to.path / "a-folder.csv").mkdir()
    to.refuse("a-folder.csv", None, "folder")
    to.refuse("no-such-file.csv", None, "no such file")
    os.mkfifo(to.path / "a-pipe.csv")
    to.refuse("a-pipe.csv", None, "no ordinary file")
    to.files.append(Hostile("/dev/zero", "incidents", None, refused="no ordinary file"))
    to.files.append(Hostile("/dev/null", "incidents", None, refused="no ordinary file"))
    (to.path / "a-loop.csv").symlink_to(to.path / "a-loop.csv")
    to.refuse("a-loop.csv", None, "cannot be opened")
    path = to.refuse("forbidden.csv", SOUND, "cannot be opened")
    path.chmod(0)
    if os.geteuid() == 0:  # nothing is forbidden to root
        to.files.pop()
    (to.path / "a-database.gdb").mkdir()
    to.refuse("a-database.gdb", None, "damaged", table="facilities")


# ---------------------------------------------------------------- as offices write

PLACED = {"lat": [36.10, 36.11, 36.12], "lon": [37.20, 37.21, 37.22]}


def in_columns(head: str, *cells: str) -> str:
    """Write the good rows without their coordinates, and other cells instead."""
    rows = [",".join([*row.split(",")[:5], one]) for row, one in zip(GOOD, cells, strict=True)]
    return "\n".join([f"id,kind,date,locality,killed,{head}", *rows, ""])


def headers_in_other_dress(to: Folder) -> None:
    for number, head in enumerate(
        (
            "No.,Kind,Date (dd/mm/yyyy),Locality,Number of people killed,Latitude (DD),Longitude (DD)",
            "م,نوع الحادث,تاريخ وقوع الحادث,اسم القرية,عدد القتلى,خط عرض,خط طول",
            "الرقم,النوع,ما هو تاريخ الحادث؟,المكان,كم عدد القتلى؟,إحداثيات العرض,إحداثيات الطول",
            "id,type,date,localité,tués,GPS_Lat,GPS_Long",
            "id,kind,date,locality,killed,lattitude,longtitude",
            "no,olay türü,tarih,yer,ölü sayısı,enlem,boylam",
        )
    ):
        to.add(f"dress_{number}.csv", SOUND.replace(HEAD, head), 3, values=KILLED)


def places_in_other_dress(to: Folder) -> None:
    pairs = list(zip(PLACED["lat"], PLACED["lon"], strict=True))
    for name, written in (
        ("link", "https://www.google.com/maps?q={:.4f}%2C{:.4f}"),
        ("words", "Lat: {:.4f} Long: {:.4f}"),
        ("geo", "geo:{:.4f}/{:.4f}"),
    ):
        cells = [written.format(*pair) for pair in pairs]
        to.add(f"{name}.csv", in_columns("coordinates", *cells), 3, "-:geometry")
    bare = ["{:.4f} {:.4f}".format(*pair) for pair in pairs]  # it may be either way round
    listed = [f"{row}:coordinates" for row in (2, 3, 4)]
    to.add("blank.csv", in_columns("coordinates", *bare), 3, *listed)
    drawn = [shapely.Point(lon, lat) for lat, lon in pairs]
    coded = [shapely.to_wkb(shapely.set_srid(p, 4326), hex=True, include_srid=True) for p in drawn]
    to.add("postgis.csv", in_columns("geom", *coded), 3)
    objects = ['"' + shapely.to_geojson(point).replace('"', '""') + '"' for point in drawn]
    to.add("objects.csv", in_columns("geometry", *objects), 3)
    for name, cell in (
        ("mgrs", "37SBV8674578530"), ("plus_code", "8G8RWJJM+5Q"), ("three_words", "///a.b.c"),
        ("utm", "37S 286745 3978530"), ("short_link", "https://maps.app.goo.gl/abc"),
    ):  # fmt: skip
        listed = [f"{row}:where exactly" for row in (2, 3, 4)]
        to.add(f"{name}.csv", in_columns("where exactly", cell, cell, cell), 3, *listed)
    to.refuse("metres.csv", in_columns("Easting,Northing", *["286745,3978530"] * 3), "--crs")
    to.add("south.csv", SOUND.replace("36.12,", "-36.12,"), 3, "4:geometry")


def slips_of_offices(to: Folder) -> None:
    lines = SOUND.split("\n")
    to.add("sum_between.csv", "\n".join([*lines[:3], "Subtotal,,2024-04,x,2,,", *lines[3:]]), 3,
           "4:", values=KILLED)  # fmt: skip
    torn = "\n".join([*lines[:3], "\0" * 600, *lines[3:]])
    to.add("hole.csv", torn, 3, "4:")
    to.add("flipped.csv", SOUND.encode().replace("قرية مثال".encode(), b"Az\xe1z"), 3, "3:")
    unknown = SOUND.replace("قرية مثال", "لا يوجد").replace("36.11,37.21", ",")
    to.add("no_place.csv", unknown, 2, "3:locality")
    to.add("ends_before.csv",
           "id,kind,valid_from,valid_to,lat,lon\n1,clinic,2026-05-01,2026-04-01,36.1,37.2\n", 1,
           "2:valid_to", table="facilities")  # fmt: skip
    to.refuse("a_million_columns.csv", "id,date,locality" + ",x" * 1_000_000, "damaged")
    book = openpyxl.Workbook()
    for line in lines[:-1]:
        book.active.append(line.split(","))
    book.active["K3"] = "see the mail"
    held = io.BytesIO()
    book.save(held)
    to.add("note_beside.xlsx", held.getvalue(), 3, "3:", values=KILLED)
    parts = _unzipped(held.getvalue())
    sheet = parts["xl/worksheets/sheet1.xml"]
    far = sheet.replace(b'<row r="4"', b'<row r="2000000000"')
    to.refuse("far_row.xlsx", _zipped({**parts, "xl/worksheets/sheet1.xml": far}), "damaged")
    long = sheet.replace(b"<sheetData>", b"<!--" + b"A" * 3_000_000 + b"--><sheetData>")
    to.refuse("long_comment.xlsx", _zipped({**parts, "xl/worksheets/sheet1.xml": long}), "not safe")
    owner = {"~$incidents.csv": b"\x05office" + b" " * 60, "incidents.csv": SOUND.encode()}
    to.add("lock_file.zip", _zipped(owner), 3, values=KILLED)


def passed_over_without_a_word(to: Folder) -> None:
    """Add what libraries or people lose in silence: exports of real programs had it."""
    table = gpd.GeoDataFrame(
        [dict(zip(HEAD.split(",")[:5], row.split(",")[:5], strict=True)) for row in GOOD],
        geometry=[shapely.Point(37.2, 36.1), shapely.Point(37.21, 36.11), shapely.Point(37.22, 36.12)],
        crs="EPSG:4326",
    ).astype({"killed": int})  # fmt: skip

    def in_database(name: str, change: str, *listed: str, **more: Any) -> None:
        path = stored(table, to.path / name, layer="incidents")
        held = sqlite3.connect(path, isolation_level=None)
        held.execute("PRAGMA writable_schema = ON")
        held.execute("DELETE FROM sqlite_master WHERE type = 'trigger'")
        held.close()
        held = sqlite3.connect(path, isolation_level=None)
        held.execute(change)
        held.close()
        to.add(name, None, 3, *listed, **more)

    second = "UPDATE incidents SET {} WHERE fid = 2"
    in_database("word.gpkg", second.format("killed = 'ten'"), "2:killed_unspecified")
    in_database(
        "digit.gpkg", second.format("killed = '٣'"), values={"killed_unspecified": [2, 3, 1]}
    )
    in_database("part.gpkg", second.format("killed = 2.5"), "2:killed_unspecified")
    in_database("bytes.gpkg", second.format("locality = x'ff00'"), "2:locality")
    for name, shape in {"text": "'POINT (1 2)'", "type": "substr(geom, 1, 9) || x'63'",
                        "cut": "substr(geom, 1, 20)", "number": "5"}.items():  # fmt: skip
        in_database(f"{name}-shape.gpkg", second.format(f"geom = {shape}"), "2:geometry")
    in_database("counted-wrong.gpkg", "UPDATE gpkg_ogr_contents SET feature_count = 1")
    first = stored(table, to.path / "whole.shp")
    parts = parts_of(first)
    for name, cut in {
        "index": {"whole.shx": parts["whole.shx"][:100] + bytes(24)},
        "shapes": {"whole.shp": parts["whole.shp"][:-20]},
    }.items():
        entries = {**parts, **cut}.items()
        rows = ("1:geometry", "2:geometry", "3:geometry") if name == "index" else ("3:geometry",)
        to.add(f"lost-{name}.zip", zipped(entries), 3, *rows)
    lies = table.set_crs("EPSG:32637", allow_override=True)
    to.add("degrees-as-metres.gpkg", None, 3, "-:geometry", "-:geometry")
    stored(lies, to.path / "degrees-as-metres.gpkg", layer="incidents")
    head = "id,date,locality,{}\n"
    named = (("إدلب", 36.63, 35.93), ("اعزاز", 37.046, 36.586), ("الباب", 37.516, 36.371))
    rows = [f"{n},2024-04-0{n},{{}},{lat},{lon}" for n, (_, lat, lon) in enumerate(named, start=1)]
    for told, listed in ((True, ("2:geometry", "3:geometry", "4:geometry", "-:geometry")),
                         (False, ("-:geometry",))):  # fmt: skip
        written = [row.format(place if told else "مثال")
                   for row, (place, *_) in zip(rows, named, strict=True)]  # fmt: skip
        text = head.format("lat,lon") + "\n".join(written)
        to.add(f"exchanged-{'named' if told else 'unnamed'}.csv", text, 3, *listed)
    degrees = head.format("lat deg,lat min,lon deg,lon min") + "1,2024-04-01,مثال,36,30,37,15\n"
    to.add(
        "minutes-apart.csv",
        degrees,
        1,
        "-:geometry",
        "-:geometry",
        values={"lat": [36.5], "lon": [37.25]},
    )
    for name, sides in {"sides": "N,E", "sides-ar": "شمال,شرق", "nothing": "p,q"}.items():
        to.add(
            f"under-{name}.csv",
            head.format(sides) + "1,2024-04-01,مثال,36.1234,37.2345\n",
            1,
            "-:geometry",
        )
    to.add(
        "exceeded.geojson",
        json.dumps({**collection(), "exceededTransferLimit": True}),
        3,
        "-:",
        table="points",
    )
    to.add(
        "matched.geojson",
        json.dumps({**collection(), "numberMatched": 50}),
        3,
        "-:",
        table="points",
    )
    reports = [dict(zip(HEAD.split(","), row.split(","), strict=True)) for row in GOOD]
    page = {"count": 9, "next": "https://synthetic.invalid/?start=3", "results": reports}
    to.add("page.json", json.dumps(page), 3, "-:")
    late = _unzipped(bytes_of(book_of()))
    sheet = late["xl/worksheets/sheet1.xml"]
    lines = re.findall(rb"<row .*?</row>", sheet, re.DOTALL)
    turned = sheet.replace(lines[1] + lines[2], lines[2] + lines[1])
    to.add(
        "rows-turned.xlsx", _zipped({**late, "xl/worksheets/sheet1.xml": turned}), len(lines) - 1
    )
    twice = [{**feature, "properties": {**feature["properties"], "Kind": "fire"}}
             for feature in json.loads(table.to_json())["features"]]  # fmt: skip
    to.add(
        "kind-twice.geojson",
        json.dumps({"type": "FeatureCollection", "features": twice}),
        3,
        "-:kind",
    )


def names_that_lie(to: Folder) -> None:
    features = [
        {"type": "Feature", "properties": dict(zip(HEAD.split(",")[:4], row.split(","), strict=False)),
         "geometry": {"type": "Point", "coordinates": [37.2, 36.1]}}
        for row in GOOD
    ]  # fmt: skip
    collection = {"type": "FeatureCollection", "features": features}
    to.add("geojson.csv", json.dumps(collection), 3)
    frame = gpd.GeoDataFrame.from_features(features, crs="EPSG:4326")
    for ending in ("gpkg", "fgb"):
        path = to.path / f"true.{ending}"
        frame.to_file(path)
        to.add(f"{ending}.csv", path.read_bytes(), 3)
        path.unlink()
    features[1]["geometry"]["coordinates"] = ["37,2", "36,1"]
    features[2]["geometry"]["coordinates"] = []
    to.add("no_numbers.geojson", json.dumps(collection), 3, "-:", "2:geometry",
           "3:geometry")  # fmt: skip
    features[0]["properties"]["meta"] = {"phone": "+963900000000"}
    features[1:] = []
    to.add("inner_person.geojson", json.dumps(collection), 1, "-:meta")


def _unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(parts: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return held.getvalue()


GROUPS: tuple[Callable[[Folder], None], ...] = (
    csv_in_every_encoding, csv_in_every_dress, cells_that_cannot_be, months, figures, workbooks,
    geojson, shapefiles, geopackages, drawings, columnar, strangers, headers_in_other_dress,
    places_in_other_dress, slips_of_offices, names_that_lie, passed_over_without_a_word,
)  # fmt: skip
HEAVY: tuple[Callable[[Folder], None], ...] = (csv_of_great_size,)


def hostile_files(
    folder: Path, groups: Iterable[Callable[[Folder], None]] = GROUPS, seed: int = SEED
) -> list[Hostile]:
    """Make the files of some groups.

    Parameters
    ----------
    folder : pathlib.Path
        Each group gets a folder of its own in it.
    groups : iterable of callable
    seed : int

    Returns
    -------
    list of Hostile
    """
    made: list[Hostile] = []
    for group in groups:
        to = Folder(folder / group.__name__, seed)
        to.path.mkdir(parents=True)
        group(to)
        made += to.files
    return made


# ---------------------------------------------------------------- reading them, apart

_READER = Path(__file__).with_name("read_hostile_files.py")


def read_apart(files: list[Hostile], timeout: float = 600) -> list[dict[str, Any]]:
    """Read files in a process of its own, with 3 GiB, 20 s for each file and no network.

    Parameters
    ----------
    files : list of Hostile
    timeout : float
        Seconds for all of them.

    Returns
    -------
    list of dict
        For each file ``rows``, ``listed``, ``values`` and ``crs``, or ``error`` and ``message``.
        A file that ends the process has ``error`` only; the others are read all the same.
    """
    results: list[dict[str, Any]] = []
    while len(results) < len(files):
        asked = json.dumps([asdict(file) for file in files[len(results) :]])
        done = subprocess.run(
            [sys.executable, str(_READER)], input=asked, capture_output=True, text=True,
            timeout=timeout, check=False, cwd=_READER.parents[1],
            env=os.environ | {"PYTHONPATH": str(_READER.parents[1])},
        )  # fmt: skip
        results += [json.loads(line) for line in done.stdout.splitlines()]
        if len(results) < len(files):
            results.append(
                {"error": f"the process ended with {done.returncode}: {done.stderr[-300:]}"}
            )
    return results


def faults(file: Hostile, got: dict[str, Any]) -> list[str]:
    """Say in what a result is not what was promised.

    Parameters
    ----------
    file : Hostile
    got : dict
        As `read_apart` gives it.

    Returns
    -------
    list of str
        Empty where all is well.
    """
    if "error" in got:
        if not got.get("ours"):
            return [f"foreign: {got['error']}: {got.get('message', '')[:200]}"]
        if file.refused is None:
            return [f"good rows refused: {got['message'][:200]}"]
        if file.refused not in got["message"] or "\n" in got["message"]:
            return [f"refused for another reason: {got['message'][:200]}"]
        return []
    if file.refused is not None:
        return [f"silent: accepted with {got['rows']} rows, {got['listed'][:3]}"]
    return _differences(file, got)


def _differences(file: Hostile, got: dict[str, Any]) -> list[str]:
    found = []
    if got["rows"] != file.rows:
        found.append(f"{got['rows']} rows, not {file.rows}: {got['listed'][:4]}")
    there = {problem["place"] for problem in got["listed"]}
    found += [
        f"silent: {place} is not in {got['listed'][:4]}"
        for place in file.listed
        if not any(
            known == place or (place[-1] == ":" and known.startswith(place)) for known in there
        )
    ]
    told = {place.partition(":")[0] for place in file.listed}
    found += [
        f"complains of {place}: {[p for p in got['listed'] if p['place'] == place][:1]}"
        for place in sorted(there)
        if place.partition(":")[0] not in told
    ]
    read = got["values"]
    return found + [
        f"{column} is {read.get(column)}, not {cells}"
        for column, cells in file.values.items()  # noqa: PD011 - no table
        if read.get(column) != cells
    ]


def main() -> None:
    """Make the files in the folder that is named, and say what is not as promised."""
    folder, *names = sys.argv[1:]
    groups = [group for group in (*GROUPS, *HEAVY) if not names or group.__name__ in names]
    files = hostile_files(Path(folder), groups)
    count = 0
    for file, got in zip(files, read_apart(files), strict=True):
        for fault in faults(file, got):
            count += 1
            sys.stdout.write(f"{file.path.removeprefix(folder)!r}: {fault}\n")
        if got.get("seconds", 0) > 3:
            sys.stdout.write(f"{file.path.removeprefix(folder)!r}: {got['seconds']} s\n")
    sys.stdout.write(f"{len(files)} files, {count} faults\n")


if __name__ == "__main__":
    np.random.default_rng(SEED)
    main()
