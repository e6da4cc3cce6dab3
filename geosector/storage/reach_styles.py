"""How QGIS draws who reaches what: blocks by minutes, service areas, what is cut off, ways out.

Classes of minutes differ in lightness, so that they stay apart in grey; nothing is drawn as safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np

from geosector import palette
from geosector.language import number, text
from geosector.storage.qml import Rule, Shape, fill, line, marker
from geosector.storage.words import facility_kinds

MINUTES = (5.0, 10.0, 15.0, 30.0)
# Light to dark, and readable under names; the last one is for more, or for nothing reached.
_TINTS = ("#e8f1f7", "#bcd7e8", "#8dbbd6", "#5c97bd", "#2f6f9b")
_NOT_REACHED = "#D55E00"


class Look(NamedTuple):
    """A style by its name, its rules, and what stands beside a row."""

    name: str
    rules: Sequence[Rule]
    label: str = ""


def reach_look(shape: Shape, table: gpd.GeoDataFrame) -> Look | None:
    """Choose the style of a layer of `geosector access`; None where it is none of them.

    Parameters
    ----------
    shape : {"point", "line", "polygon"}
    table : geopandas.GeoDataFrame

    Returns
    -------
    Look or None

    Examples
    --------
    >>> gone = gpd.GeoDataFrame({"part": [1], "sector_ids": ["1"]}, geometry=[None])
    >>> reach_look("polygon", gone).name
    'Parts that are cut off'
    >>> reach_look("polygon", gone[["part", "geometry"]]) is None
    True
    """
    columns = set(table.columns)
    for shapes, needed, make in _MAKERS:
        if shape in shapes and needed <= columns:
            return make(shape, table)
    return None


def _blocks(shape: Shape, table: gpd.GeoDataFrame) -> Look:
    """Draw blocks by minutes to the nearest facility of the first kind; another one is a click."""
    column = next(
        (str(one) for one in table.columns if str(one).endswith("_minutes")), "shelter_minutes"
    )
    kind = column.removesuffix("_minutes")
    rules = []
    below = None
    for tint, limit in zip(_TINTS, MINUTES, strict=False):
        told = f'"{column}" <= {limit:g}' + (
            "" if below is None else f' AND "{column}" > {below:g}'
        )
        words = text("up to {minutes} minutes", minutes=number(limit))
        rules.append(Rule(told, words, _area(shape, tint)))
        below = limit
    rules.append(
        Rule(
            f'"{column}" > {below:g}',
            text("more than {minutes} minutes", minutes=number(MINUTES[-1])),
            _area(shape, _TINTS[-1]),
        )
    )
    rules.append(Rule(f'"{column}" IS NULL', text("none is reached"), _area(shape, _NOT_REACHED)))
    name = text("Minutes to the nearest: {kind}", kind=facility_kinds().get(kind, kind))
    return Look(name, rules)


def _area(shape: Shape, tint: str) -> dict[str, str]:
    if shape == "point":
        return marker("circle", tint, size=2.4, edge=palette.INK)
    return fill(tint, opacity=0.8, edge=palette.SOFT, width=0.1)


def _service_areas(_shape: Shape, table: gpd.GeoDataFrame) -> Look:
    """Draw the widest limit first, so that the nearer ones lie upon it."""
    limits = np.unique(table["minutes"].dropna().to_numpy(float)).tolist()
    rules = []
    for rank, limit in reversed(list(enumerate(limits))):
        tint = _TINTS[min(len(_TINTS) - 1, len(_TINTS) - len(limits) + rank) if rank else 0]
        rules.append(
            Rule(
                f'"minutes" = {limit:g}',
                text("up to {minutes} minutes", minutes=number(limit)),
                fill(tint, opacity=0.5, edge=palette.SOFT, width=0.2),
            )
        )
    nothing = fill(_TINTS[0], opacity=0.5)
    name = text("What lies around each facility")
    return Look(name, rules or [Rule("", name, nothing)])


def _cut_off(shape: Shape, _table: gpd.GeoDataFrame) -> Look:
    name = text("Parts that are cut off")
    look = (
        marker("square", palette.CLOSED, size=3.0)
        if shape == "point"
        else fill(palette.CLOSED, opacity=0.45, edge=palette.CLOSED, width=0.4)
    )
    return Look(name, [Rule("", name, look)], 'to_string(round("people"))')


def _critical(shape: Shape, _table: gpd.GeoDataFrame) -> Look:
    """Draw the worst ones wide."""
    name = text("Streets and junctions whose loss cuts off people")
    rules = []
    for least, most, width in ((1, 100, 1.2), (100, 1000, 2.4), (1000, None, 4.2)):
        told = '"people" > 0' if least == 1 else f'"people" >= {least}'
        told += "" if most is None else f' AND "people" < {most}'
        look = (
            marker("diamond", palette.CLOSED, size=1.0 + width)
            if shape == "point"
            else line(palette.Line(palette.CLOSED, width))
        )
        rules.append(Rule(told, text("{people} people or more", people=number(least)), look))
    return Look(name, rules, "coalesce(nullif(to_string(\"name\"), ''), '')")


def _routes(_shape: Shape, _table: gpd.GeoDataFrame) -> Look:
    """Draw ways with streets of which nobody knows in dashes."""
    rules = [
        Rule('"known"', text("every report is recent"), line(palette.Line(_TINTS[-1], 2.6))),
        Rule(
            'NOT "known"',
            text("with streets that nobody reported lately"),
            line(palette.Line(_TINTS[-1], 2.6, palette.DASHES)),
        ),
    ]
    return Look(text("Ways out"), rules, "coalesce(to_string(\"to\"), '')")


_Maker = Callable[[Shape, gpd.GeoDataFrame], Look]
_MAKERS: tuple[tuple[frozenset[Shape], frozenset[str], _Maker], ...] = (
    (frozenset({"point", "polygon"}), frozenset({"block_id", "cut_off"}), _blocks),
    (frozenset({"polygon"}), frozenset({"facility_id", "kind", "minutes"}), _service_areas),
    (frozenset({"point", "polygon"}), frozenset({"part", "sector_ids"}), _cut_off),
    (frozenset({"point", "line"}), frozenset({"what", "people"}), _critical),
    (frozenset({"line"}), frozenset({"to", "rank", "known"}), _routes),
)
