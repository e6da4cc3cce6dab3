"""The map of a plan beside the report: the same tables, drawn for the same reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geosector import release
from geosector.language import text
from geosector.maps import draw_map
from geosector.tables import Audience


class PlanDrawing(NamedTuple):
    """What the map of a plan is drawn from: the plan as it is in the office, and for whom."""

    plan: Mapping[str, pd.DataFrame]
    audience: Audience
    sectors: gpd.GeoDataFrame | None = None
    date: dt.date | None = None
    override: release.Override | None = None
    source: str = ""


def plan_page(drawing: PlanDrawing, lang: str) -> str | None:
    r"""Make the interactive map of a plan, where its reader may see anything of it on one.

    Parameters
    ----------
    drawing : PlanDrawing
    lang : str

    Returns
    -------
    str or None
        HTML that needs no network; None where nothing of the plan can be drawn.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> ways = gpd.GeoDataFrame(
    ...     {"to": ["North"]}, geometry=[LineString([(37, 36), (37.1, 36)])], crs=4326
    ... )
    >>> plan_page(PlanDrawing({"routes": ways}, "internal"), "ar")[:49]
    '<!DOCTYPE html>\n<html lang="ar" dir="rtl">\n<head>'
    >>> plan_page(PlanDrawing({"routes": ways}, "partner"), "ar")
    >>> plan_page(PlanDrawing({}, "internal"), "ar")
    """
    if not drawing.plan:
        return None
    page = draw_map(
        sectors=drawing.sectors,
        plan=drawing.plan,
        override=drawing.override,
        audience=drawing.audience,
        lang=lang,
        date=drawing.date,
        key=release.NO_KEY,
        title=text("Map of the plan", lang=lang),
        source=drawing.source or None,
    )
    drawn = [one for one in page.scene["layers"] if str(one["id"]).startswith("plan-")]
    return page.to_html() if drawn else None
