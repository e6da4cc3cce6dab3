"""What totals, breakdowns and their keys are called in a language.

First as ``names.toml`` says, else as the services table itself does, else as the id reads. A place
is called by its name. What a key of an incident means is in ``measure/codes.toml``.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from functools import cache
from importlib import resources
from typing import cast

from geosector.language import date, language, number, text, unmarked
from geosector.measure.coded import COLUMNS, is_known, label_of
from geosector.report.numbers import COLUMNS as DIMENSION_OF
from geosector.report.numbers import Numbers

# The columns of incidents behind the dimensions of their breakdowns.
COLUMN_OF = {name: column for column, name in DIMENSION_OF.items()} | {"place": "place_type"}
_MONTH = re.compile(r"\d{4}-\d{2}")
PLACE = "locality"  # under which the names of places stand among the labels
# Words of another language stand in where a table gives none in the one asked for.
FALLBACK = ("ar", "en", "ckb", "kmr")


def section_name(section: str, lang: str) -> str:
    """Give the title of a section.

    Examples
    --------
    >>> section_name("fire", "en"), section_name("snow_clearing", "en")
    ('Fires', 'Snow clearing')
    """
    return _known("section", section, lang) or _readable(section)


def total_name(total: str, numbers: Numbers, lang: str) -> str:
    """Give the name of a total.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> import pandas as pd
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> total_name("fire.killed", none, "en"), total_name("fire.responses.ytd2024", none, "en")
    ('Killed in fires', 'Fires (2024 to date)')
    >>> total_name("snow.roads_cleared", none, "en")
    'Roads cleared'
    """
    begin, ytd, year = total.partition(".ytd")
    if ytd:
        name = total_name(begin, numbers, lang)
        written = number(int(year), lang=lang).replace(language(lang).group_mark, "")
        said = text("{name} ({year} to date)", lang=lang, name=name, year=written)
        return unmarked(said)  # marks around marks alone would turn the words round
    return (
        _known("total", total, lang)
        or _told(numbers, total, "total", lang)
        or _readable(total.rpartition(".")[2])
    )


def breakdown_name(name: str, numbers: Numbers, lang: str) -> str:
    """Give the name of a breakdown: of what, and by what.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> import pandas as pd
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> breakdown_name("attack.by_weapon", none, "en")
    'Responses to attacks, by weapon'
    >>> breakdown_name("attack.killed.children.by_sex", none, "en")
    'Killed in attacks, children by sex'
    """
    dimension = dimension_of(name)
    by = _known("breakdown", dimension, lang) or _readable(dimension)
    whole = total_name(whole_of(name, numbers), numbers, lang)
    return unmarked(text("{whole}, {by}", lang=lang, whole=whole, by=by))


def whole_of(name: str, numbers: Numbers) -> str:
    """Give the id of the total that a breakdown breaks down.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> import pandas as pd
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> whole_of("fire.by_cause", none), whole_of("fire.killed.by_sexage", none)
    ('fire.responses', 'fire.killed')
    """
    if name in numbers.services:
        return numbers.services[name].measure
    begin = name.rpartition(".")[0].removesuffix(".children")
    return begin if "." in begin else f"{begin}.responses"


def dimension_of(name: str) -> str:
    """Give by what a breakdown breaks down.

    Examples
    --------
    >>> dimension_of("fire.by_cause"), dimension_of("centres.why_chosen")
    ('cause', 'why_chosen')
    """
    return name.rpartition(".")[2].removeprefix("by_")


def key_name(name: str, key: str, numbers: Numbers, lang: str) -> str:
    """Give the name of one part of a breakdown.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> import pandas as pd
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> key_name("attack.by_weapon", "drone", none, "en")
    'drones'
    >>> key_name("fire.by_community", "Idlib", none, "en")
    'Idlib'
    >>> key_name("attack.by_weapon", "catapult", none, "en")
    'catapult'
    """
    dimension = dimension_of(name)
    column = COLUMN_OF.get(dimension, "")
    published = numbers.services.get(name)
    if published is None and column in COLUMNS and is_known(column, key) and key != "unspecified":
        return label_of(column, key, lang)
    if dimension == "month" and _MONTH.fullmatch(key):
        return date(dt.date.fromisoformat(f"{key}-01"), precision="month", lang=lang)
    if dimension == "community" and key != "unspecified":
        return place_name(key, numbers, lang)
    told = _told(numbers, published.measure, key, lang) if published else ""
    return _known("key", key, lang) or told or (_readable(key).lower() if published else key)


def place_name(place: str, numbers: Numbers, lang: str) -> str:
    """Call a place as a gazetteer does in the letters of a language, else as the rows do.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> import pandas as pd
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> told = none._replace(labels={(PLACE, "إدلب"): {"en": "Idlib", "kmr": "Idlib"}})
    >>> place_name("إدلب", told, "en"), place_name("إدلب", told, "ar")
    ('Idlib', 'إدلب')
    """
    return numbers.labels.get((PLACE, place), {}).get(language(lang).code) or place


def dimension_name(name: str, lang: str) -> str:
    """Head the column that holds the parts of a breakdown.

    Examples
    --------
    >>> dimension_name("fire.by_cause", "en"), dimension_name("snow.by_depth", "en")
    ('Cause', 'Depth')
    """
    dimension = dimension_of(name)
    return _known("dimension", dimension, lang) or _readable(dimension)


def _known(part: str, name: str, lang: str) -> str:
    return _names()[part].get(name, {}).get(language(lang).code, "")


def _told(numbers: Numbers, measure: str, key: str, lang: str) -> str:
    """Give what the services table calls something, in another language if need be."""
    words = numbers.labels.get((measure, key), {})
    found = (words.get(code) for code in (lang, *FALLBACK))
    return next((word for word in found if word), "")


def _readable(word: str) -> str:
    spaced = word.replace("_", " ").strip()
    return spaced[:1].upper() + spaced[1:]


@cache
def _names() -> dict[str, dict[str, dict[str, str]]]:
    source = resources.files("geosector.report") / "names.toml"
    return cast(
        "dict[str, dict[str, dict[str, str]]]", tomllib.loads(source.read_text(encoding="utf-8"))
    )
