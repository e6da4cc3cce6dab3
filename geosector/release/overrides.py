"""Exact places for a partner: by a written decision of an office, said in the product itself."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple, TypeAlias

import geopandas as gpd
import pandas as pd

from geosector.errors import AudienceError
from geosector.language import text
from geosector.release.audiences import stamp
from geosector.release.columns import personal
from geosector.release.words import require_no_place
from geosector.tables import Audience, is_office_code, table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"

SHORTEST_REASON = 15  # letters: "ambulances need the doors", not "ok"
# What somebody told in their own words may name a person; no decision about places covers it.
FREE_TEXT = ("narrative",)


class Override(NamedTuple):
    """A decision to show exact places to a partner.

    Attributes
    ----------
    office : str
        The code of the office that decided (never the name of a person).
    reason : str
        Why, and under which agreement; at least 15 letters.

    Examples
    --------
    >>> Override("IDL-OPS", "Agreement 12: ambulances need the doors of the clinics")
    Override(office='IDL-OPS', reason='Agreement 12: ambulances need the doors of the clinics')
    """

    office: str
    reason: str


def require_override(override: Override, audience: Audience) -> None:
    """Refuse a decision for another audience than partners, and one that says too little."""
    if audience != "partner":
        raise AudienceError(
            text(
                "An override shows exact places to a partner under agreement, never to the "
                "audience {audience}. Leave the override out.",
                audience=audience,
            )
        )
    if not is_office_code(override.office):
        raise AudienceError(
            text(
                "An override is decided by an office, not by a person: give the code of the "
                "office, for example IDL-OPS."
            )
        )
    if len(str(override.reason).strip()) < SHORTEST_REASON:
        raise AudienceError(
            text(
                "An override states its reason in at least {n} letters: who needs the exact "
                "places, and under which agreement.",
                n=SHORTEST_REASON,
            )
        )


def overridden(rows: Frame, audience: Audience, name: str, override: Override) -> Frame:
    """Show a table as it is, but for persons, free text and columns that nobody described."""
    require_override(override, audience)
    known = table(name).columns
    geometry = rows.active_geometry_name if isinstance(rows, gpd.GeoDataFrame) else None
    kept = [
        column
        for column in rows.columns
        if (column in known and column not in FREE_TEXT) or column == geometry
    ]
    return rows[kept].drop(columns=personal(rows[kept], (*known, str(geometry))))


def told(override: Override, day: dt.date | None, lang: str | None = None) -> str:
    """Give the stamp of a product that holds exact places by a decision."""
    return text(
        "{stamp}. Exact places by decision of {office}, {day}: {reason}",
        lang,
        stamp=stamp("partner", lang),
        office=override.office,
        day=text("day not stated", lang) if day is None else day.isoformat(),
        reason=" ".join(override.reason.split()),
    )


def stamped(seen: Frame, source: str | None = None) -> Frame:
    """Write into each row for whom it is, of which day, from whom, and by which decision.

    Rows are copied into other tables; a stamp beside the file stays behind.

    Parameters
    ----------
    seen : pandas.DataFrame or geopandas.GeoDataFrame
        From `for_audience`: its ``attrs`` say what is written.
    source : str, optional
        The office or organisation that stands for the table.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A new table with the further columns ``audience``, ``released`` (a day, missing where it
        is not known), ``released_by``, and ``override`` where a decision shows exact places. A
        column of such a name that was there is kept as ``<name>_input``.

    Raises
    ------
    InputError
        Where the source holds a coordinate and the rows are for others.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["fire"]})
    >>> rows.attrs = {"audience": "public", "date": "2024-04-30", "stamp": "Public"}
    >>> stamped(rows, "IDL-OPS").iloc[0].tolist()
    ['fire', 'public', '2024-04-30', 'IDL-OPS']
    >>> len(stamped(rows.iloc[:0]))
    0
    """
    facts = seen.attrs
    require_no_place(facts["audience"], source)
    columns = {
        "audience": facts["audience"],
        "released": facts["date"],
        "released_by": source,
        **({"override": facts["stamp"]} if "override" in facts else {}),
    }
    clashes = {name: f"{name}_input" for name in columns if name in seen.columns}
    written = seen.rename(columns=clashes)
    for name, value in columns.items():
        place = len(written.columns) - isinstance(written, gpd.GeoDataFrame)
        written.insert(place, name, pd.Series([value] * len(written), written.index, "string"))
    written.attrs = {**facts, "source": source}
    return written
