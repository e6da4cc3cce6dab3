"""Synthetic reports in four languages: every kind of block, every trap of text."""

from __future__ import annotations

from collections.abc import Sequence

from geosector import language
from geosector.report.blocks import (
    Document,
    Figure,
    Link,
    Notes,
    Paragraph,
    Section,
    Table,
    Tile,
    Tiles,
)

LANGUAGES = tuple(language.LANGUAGES)

WORDS = {
    "ar": {
        "title": "تقرير نيسان ٢٠٢٤ عن بلدة مخترعة",
        "subtitle": "الاستجابة والضحايا في إدلب",
        "stamp": "للعموم · ١ أيار ٢٠٢٤ · سجل مخترع",
        "section": "الحرائق",
        "told": "استجابت الفرق لـ ٦٧ حريقاً، منها \u2068SY-01\u2069 في \u20682024-04-16\u2069 قرب إدلب.",
        "places": ("إدلب", "الباب", "غير محدد"),
        "head": ("المكان", "العدد", "النسبة"),
        "sum": "المجموع",
    },
    "ckb": {
        "title": "ڕاپۆرتی نیسانی ٢٠٢٤ی شارۆچکەی داهێنراو",
        "subtitle": "ئاگرکەوتنەوە و قوربانییەکان",
        "stamp": "بۆ گشتی · ١ی ئایاری ٢٠٢٤ · تۆماری داهێنراو",
        "section": "ئاگرکەوتنەوەکان",
        "told": "تیمەکان وەڵامی ٦٧ ئاگریان دایەوە، لەوانە \u2068SY-01\u2069 لە \u20682024-04-16\u2069 لە ڕۆژهەڵات.",
        "places": ("هەولێر", "سلێمانی", "دیاری نەکراو"),
        "head": ("شوێن", "ژمارە", "ڕێژە"),
        "sum": "کۆی گشتی",
    },
    "kmr": {
        "title": "Rapora nîsana 2024an a bajarokekî çêkirî",
        "subtitle": "Agir û qurbanî",
        "stamp": "Ji bo giştî · 1ê gulana 2024an · qeyda çêkirî",
        "section": "Agir",
        "told": "Tîman bersiva 67 agiran da, di nav wan de \u2068SY-01\u2069 di 2024-04-16 de.",
        "places": ("Qamişlo", "Kobanê", "ne diyar"),
        "head": ("Cih", "Hejmar", "Rêje"),
        "sum": "Giştî",
    },
    "en": {
        "title": "Report of April 2024 on a synthetic town",
        "subtitle": "Response and casualties",
        "stamp": "Public · 1 May 2024 · synthetic register",
        "section": "Fires",
        "told": "Teams responded to 67 fires, among them \u2068SY-01\u2069 on 2024-04-16.",
        "places": ("North Synthetic", "South Synthetic", "unspecified"),
        "head": ("Place", "Count", "Share"),
        "sum": "Total",
    },
}

BARS = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="300pt" height="80pt" viewBox="0 0 300 80"><defs><style>*{fill:red}</style>'
    '<clipPath id="frame"><rect width="300" height="80"/></clipPath></defs>'
    '<g id="axes" clip-path="url(#frame)"><path id="bar" d="M10 10h200v20h-200z" fill="#0072B2"/>'
    '<use xlink:href="#bar" y="30"/></g></svg>'
)


def written(value: float, lang: str) -> str:
    return language.number(value, lang=lang)


def document(lang: str, rows: int = 4) -> Document:
    """Make a report with every kind of block."""
    said = WORDS[lang]
    lines = tuple(
        (said["places"][at % 3], written(1234 + at, lang), language.percent(0.25, lang=lang))
        for at in range(rows)
    )
    total = (said["sum"], written(9872, lang), language.percent(1, lang=lang))
    table = Table(
        "fire.by_place", f"{said['section']} \u2068A-1\u2069", said["head"], (*lines, total),
        (False, True, True), (rows,), said["subtitle"],
    )  # fmt: skip
    tiles = Tiles(
        (
            Tile(written(67, lang), said["section"], (f"+{written(12, lang)}",)),
            Tile(written(9872, lang), said["places"][0]),
        )
    )
    drawn = Figure("1", said["section"], BARS, said["subtitle"])
    missing = Figure("2", said["section"], "", "", said["places"][2])
    first = (tiles, Paragraph(said["told"]), drawn, table)
    second = (
        missing,
        Notes((said["told"], said["subtitle"])),
        Link(said["title"], f"map.{lang}.html"),
    )
    sections = (
        Section("fires", said["section"], first, (Section("causes", said["head"][0], second),)),
        Section("notes", said["head"][1], (Paragraph(said["told"]),)),
    )
    return Document(lang, said["title"], said["subtitle"], said["stamp"], sections)


def everywhere(texts: Sequence[str], lang: str = "ar") -> Document:
    """Make a report in which each of some texts stands in every place of every kind of block."""

    def section(text: str) -> Section:
        blocks = (
            Paragraph(text),
            Tiles((Tile(text, text, (text,)),)),
            Table(text, text, (text, text), ((text, text),), (False, True), (0,), text),
            Figure(text, text, BARS, text),
            Figure(f"missing {text}", text, "", "", text),
            Notes((text,)),
            Link(text, text),
        )
        return Section(text, text, blocks)

    return Document(lang, texts[0], texts[0], texts[0], tuple(map(section, texts)))
