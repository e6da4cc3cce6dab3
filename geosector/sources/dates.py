"""Dates as people write them: day first, month names in four languages, only a month or a year.

A year of two digits is of this century, unless that were later than the column can be: then it is
of the last. Such a date is always listed, as is any that lies beyond what its column can be.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.sources.values import (
    Remark,
    distinct,
    is_blank,
    is_missing,
    read_as,
    value_left_out,
    western,
    written_as,
)
from geosector.storage import stated_moment
from geosector.tables import fold_label

# A calendar year outside these is a slip or another calendar (1445, 1403), never silently ours.
FIRST_YEAR, LAST_YEAR = 1900, 2100
# Spreadsheets have a 29 February 1900: a stored date before March is a small number in disguise.
FIRST_TRUE_DAY = dt.datetime(1900, 3, 1)  # noqa: DTZ001 - a day has no time zone
# Days since 1899-12-30, how spreadsheets count them: the years 2000 to 2050.
FIRST_SERIAL, LAST_SERIAL = 36526, 55153
A_YEAR = dt.timedelta(days=366)


# Levantine, Egyptian, Maghrebi, English, Kurmanji and Sorani names; grammatical endings are cut off
# below. Turkish names stand beside the Kurmanji ones where they differ.
_MONTHS = (
    (
        "january jan يناير جانفي rêbendan çile ocak",
        "كانون الثاني",
        "كانون ثاني",
        "كانوونی دووەم",
        "کانوونی دووەم",
        "کانونی دووەم",
    ),
    ("february feb شباط فبراير فيفري sibat reşemî reşemeh şubat شوبات",),
    ("march mar آذار مارس adar avdar mart ئازار",),
    ("april apr نيسان أبريل إبريل أفريل nîsan avrêl نیسان",),
    ("may أيار مايو ماي مايس gulan mayıs ئایار",),
    ("june jun حزيران يونيو جوان hezîran pûşper haziran حوزەیران",),
    ("july jul تموز يوليو يوليوز جويلية tîrmeh temmuz تەمووز تەممووز",),
    ("august aug آب أغسطس أوت غشت tebax gelawêj ağustos ئاب",),
    ("september sep sept أيلول سبتمبر شتنبر îlon rezber eylül ئەیلوول",),
    (
        "october oct أكتوبر cotmeh kewçêr ekim",
        "تشرين الأول",
        "تشرين اول",
        "تشرین اول",
        "تشرینی یەکەم",
    ),
    (
        "november nov نوفمبر نونبر mijdar sermawez kasım",
        "تشرين الثاني",
        "تشرين ثاني",
        "تشرینی دووەم",
    ),
    (
        "december dec ديسمبر دجنبر berfanbar aralık",
        "كانون الأول",
        "كانون اول",
        "کانونی یەکەم",
        "کانوونی یەکەم",
    ),
)
# Words that say nothing of the date; any other word makes it doubtful.
_ENGLISH_FILLERS = (
    "the", "of", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun",
)  # fmt: skip
_ARABIC_FILLERS = (
    "م", "ميلادي", "يوم", "شهر", "عام", "سنة",
    "الاثنين", "الإثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد",
)  # fmt: skip
_FILLERS = frozenset(fold_label(word) for word in (*_ENGLISH_FILLERS, *_ARABIC_FILLERS))
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})")
_CLOCK = re.compile(
    r"[\sT]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*"
    r"(?:(?P<half>[ap]\.?m\.?|ص|م|صباحا|صباحاً|مساء|مساءً|ÖÖ|ÖS|b\.?n|p\.?n|پ\.?ن|د\.?ن)|Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_AFTERNOON = re.compile(r"p\.?m|م|ÖS|p\.?n|د", re.IGNORECASE)
# The era may stand right behind the year: 2024م. A full stop may end a German or Turkish date.
_ENDING = re.compile(r"(?<=\d)(?:\s*م\.?|\.)$")
_SPACED = re.compile(r"(?<=\d)\s*([-/.])\s*(?=\d)")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
# A number of thousands of digits is no day and no year, and costs as long as an attack.
_COUNTED = re.compile(r"(\d{1,9})[^\W\d_]{0,3}")


class WrittenDate(NamedTuple):
    """A date, how much of it is known, and the other reading of a day that could be a month."""

    when: dt.datetime
    precision: str
    other: dt.datetime | None = None
    guessed: bool = False
    short_year: bool = False

    def in_the_past(self, latest: dt.datetime) -> WrittenDate:
        """Move a year of two digits into the last century where this one were too late."""
        if not self.short_year or self.when <= latest:
            return self
        other = None if self.other is None else _a_century_before(self.other)
        return self._replace(when=_a_century_before(self.when), other=other)


def _a_century_before(when: dt.datetime) -> dt.datetime:
    return when.replace(year=when.year - 100)


@cache
def _month_words() -> dict[str, int]:
    words: dict[str, int] = {}
    for month, (singles, *phrases) in enumerate(_MONTHS, start=1):
        for name in [*singles.split(), *phrases]:
            words[fold_label(name)] = month
    return words


def parse_date(cell: object) -> WrittenDate | None:
    """Read one date.

    Parameters
    ----------
    cell : object
        A text, a date, or the number of days that spreadsheets count from 1899-12-30.

    Returns
    -------
    WrittenDate or None
        ``when``, ``precision`` (minute, day, month or year), ``other`` (the month-first reading
        of ``05/04/2024``) and ``guessed`` (a spreadsheet's number, a year of two digits). None
        for what is no date of the years 1900 to 2100. A clock time is kept as it was written,
        whatever its zone.

    Examples
    --------
    >>> parse_date("١ نيسان ٢٠٢٤")[:2]
    (datetime.datetime(2024, 4, 1, 0, 0), 'day')
    >>> parse_date("2024-04")[:2]
    (datetime.datetime(2024, 4, 1, 0, 0), 'month')
    >>> parse_date("30/02/2024") is None, parse_date("") is None, parse_date("1445-09-15") is None
    (True, True, True)
    """
    if is_missing(cell):
        return None
    if isinstance(cell, dt.datetime):
        when = cell.replace(tzinfo=None)
        if when < FIRST_TRUE_DAY:
            return None
        return _within(WrittenDate(when, "minute" if when.time() != dt.time() else "day"))
    if isinstance(cell, dt.date):
        return _within(WrittenDate(dt.datetime(cell.year, cell.month, cell.day), "day"))  # noqa: DTZ001
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        return _from_serial(float(cell))
    return _from_text(western(str(cell)))


def _from_serial(days: float) -> WrittenDate | None:
    if float(days).is_integer() and FIRST_YEAR <= days <= LAST_YEAR:
        return _date(int(days))
    if float(days).is_integer() and (parts := _COMPACT.fullmatch(str(int(days)))):
        return _date(*map(int, parts.groups()))
    if not FIRST_SERIAL <= days <= LAST_SERIAL:
        return None
    when = dt.datetime(1899, 12, 30) + dt.timedelta(minutes=round(days * 1440))  # noqa: DTZ001
    return WrittenDate(when, "day" if float(days).is_integer() else "minute", guessed=True)


def _from_text(written: str) -> WrittenDate | None:
    clock = _CLOCK.search(written)
    if clock is not None and clock.end() == len(written):
        hour, minute = _hour(int(clock[1]), clock["half"]), int(clock[2])
        found = _from_text(written[: clock.start()])
        if found is None or found.precision != "day" or hour > 23 or minute > 59:  # noqa: PLR2004
            return None
        when, other = (
            None if day is None else day.replace(hour=hour, minute=minute)
            for day in (found.when, found.other)
        )
        return None if when is None else found._replace(when=when, other=other, precision="minute")
    plain = _SPACED.sub(r"\1", _ENDING.sub("", written))
    for pattern, read in _FORMS:
        if parts := pattern.fullmatch(plain):
            return read(*parts.groups())
    return _from_words(fold_label(written))


def _hour(hour: int, half: str | None) -> int:
    """Count an hour from midnight where it is said of which half of the day it is."""
    if half is None or not 1 <= hour <= 12:  # noqa: PLR2004 - hours of half a day
        return hour
    afternoon = _AFTERNOON.match(half) is not None and not half.startswith("صب")
    return hour % 12 + (12 if afternoon else 0)


def _day_first(one: str, two: str, year: str) -> WrittenDate | None:
    first, second = int(one), int(two)
    short = len(year) == 2  # noqa: PLR2004 - 24 for 2024
    full = int(year) + (2000 if short else 0)
    day_first, month_first = _date(full, second, first), _date(full, first, second)
    if day_first is None:
        return (
            None if month_first is None else month_first._replace(guessed=short, short_year=short)
        )
    other = None if month_first is None or first == second else month_first.when
    return day_first._replace(other=other, guessed=short, short_year=short)


def _from_words(folded: str) -> WrittenDate | None:
    words = _month_words()
    months = set()
    for phrase in sorted((name for name in words if " " in name), key=len, reverse=True):
        found = re.search(rf"(?<!\S){re.escape(phrase)}[\u06cc\u064a]?(?!\S)", folded)
        if found is not None:  # in Kurdish it may end in an i, before the year
            months.add(words[phrase])
            folded = f"{folded[: found.start()]} {folded[found.end() :]}"
    numbers = []
    for word in folded.split():
        counted = _COUNTED.fullmatch(word)
        month = next((words[s] for s in (word, word[:-1], word[:-2]) if s in words), None)
        if counted is not None:
            numbers.append(int(counted[1]))
        elif month is not None:
            months.add(month)
        elif word not in _FILLERS:
            return None
    years = [n for n in numbers if n >= FIRST_YEAR]
    days = [n for n in numbers if n < FIRST_YEAR]
    if len(months) != 1 or len(years) != 1 or len(days) > 1:
        return None
    return _date(years[0], months.pop(), days[0] if days else None)


def _date(year: int, month: int | None = None, day: int | None = None) -> WrittenDate | None:
    precision = "year" if month is None else "month" if day is None else "day"
    try:
        when = dt.datetime(year, month or 1, day or 1)  # noqa: DTZ001 - a day has no time zone
    except (ValueError, OverflowError):
        return None
    # A month or day written as 0 is not a missing one.
    return None if month == 0 or day == 0 else _within(WrittenDate(when, precision))


# Each written form, and what makes a date of its parts.
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., WrittenDate | None]], ...] = (
    (_YEAR_FIRST, lambda year, month, day: _date(int(year), int(month), int(day) if day else None)),
    (_DAY_FIRST, _day_first),
    (_COMPACT, lambda year, month, day: _date(int(year), int(month), int(day))),
    (_MONTH_YEAR, lambda month, year: _date(int(year), int(month))),
    (re.compile(r"(\d{4})"), lambda year: _date(int(year))),
    (re.compile(r"(\d{5}(?:\.\d+)?)"), lambda days: _from_serial(float(days))),
)


def _within(found: WrittenDate) -> WrittenDate | None:
    return found if FIRST_YEAR <= found.when.year <= LAST_YEAR else None


def read_dates(
    cells: pd.Series, latest: dt.datetime | None = None
) -> tuple[pd.Series, pd.Series, list[Remark]]:
    """Read a column of dates.

    Parameters
    ----------
    cells : pandas.Series
        Anything.
    latest : datetime.datetime, optional
        After this a date is remarked upon, and a year of two digits is of the last century. None
        where any date may be meant, as of what expires; years of two digits then end with 2099.

    Returns
    -------
    tuple = (values, precision, remarks)
        ``values`` are ``datetime64`` without a zone, at the beginning of what is known;
        ``precision`` is minute, day, month or year. Where 05/04 leaves two readings, the day
        comes first unless other dates of the column show the contrary; without any such proof
        each is remarked upon.
    """
    found = distinct(cells)
    dates: list[WrittenDate | None] = found.each(parse_date)
    if latest is not None:
        dates = [None if date is None else date.in_the_past(latest) for date in dates]
    proofs = set(found.each(_order)) - {None}
    if proofs == {"month"}:
        dates = [
            date if date is None or date.other is None else date._replace(when=date.other)
            for date in dates
        ]
    told = [
        not is_blank(cell) if date is None
        else date.guessed
        or (date.other is not None and len(proofs) != 1)
        or (latest is not None and date.when > latest)
        for date, cell in zip(dates, found.cells, strict=True)
    ]  # fmt: skip
    expected, refused = expected_date(), value_left_out()
    done = [refused if date is None else read_as(f"{date.when:%Y-%m-%d}") if tell else ""
            for date, tell in zip(dates, told, strict=True)]  # fmt: skip
    remarks = [
        Remark(place, written_as(found.cells[code]), expected, done[code])
        for place, code in found.rows(told)
    ]
    days = pd.to_datetime([pd.NaT if date is None else date.when for date in dates])
    values = pd.Series(days.astype("datetime64[us]").take(found.codes), cells.index)
    precision = found.spread([None if date is None else date.precision for date in dates])
    return values.rename(cells.name), pd.Series(precision, cells.index, dtype="object"), remarks


def _order(cell: object) -> str | None:
    """Say whether a date proves that its column writes the day or the month first."""
    parts = _DAY_FIRST.match(western(cell)) if isinstance(cell, str) else None
    if parts is None:
        return None
    first, second = int(parts[1]), int(parts[2])
    if first > 12:  # noqa: PLR2004 - months in a year
        return "day"
    return "month" if second > 12 else None  # noqa: PLR2004


def latest_report() -> dt.datetime:
    """Say how late the date of something that happened can be: a year from now, plans included.

    Returns
    -------
    datetime.datetime
        A year after today, or after ``SOURCE_DATE_EPOCH`` where that is later: programs set it to
        moments long before the reports that they read.
    """
    now = dt.datetime.now(dt.UTC)
    return max(now, stated_moment() or now).replace(tzinfo=None) + A_YEAR


def expected_date() -> str:
    """Say what dates are read."""
    return text("a date, best written as 2024-04-30")
