"""What each audience may see of the results of planning.

Who reaches what, where sites would stand, which streets must not be lost and which way leads out
tell an enemy what to hit. So they do not go to the public at all, and to a partner where a place or
a street is named only by a written decision of the office (`geosector.release.Override`), which
stands in the product. What goes to a partner without one are sums by sector, area or locality,
small ones withheld together with others, and what is counted of incidents and activities, as those
tables are.
"""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector.errors import AudienceError, MissingColumnError
from geosector.language import text
from geosector.release.audiences import needed_sectors, not_public
from geosector.release.columns import columns_seen
from geosector.release.grouped import grouped, reached
from geosector.release.groupings import PLANNED
from geosector.release.withheld import SMALLEST_COUNT, withhold
from geosector.release.words import whole
from geosector.tables import Audience

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"

# A place, a street or a row of one facility is in them.
BY_AGREEMENT = (
    "reach", "service_areas", "cut_off", "critical", "routes", "shelters", "sites", "served",
    "candidates", "transfers", "exposure", "expiring", "not_reached",
)  # fmt: skip
# Of all others but these the public sees nothing: hot spots and trends are by sector or made of
# days that are too near, and can be made anew from the counts that are public.
PUBLIC = (
    "stock_gaps",
    "posts",
    "activity_gaps",
    "returned",
    "catalogue",
    "who_does_what",
    "projects",
)
OF_ACTIVITIES = ("catalogue", "who_does_what")


def of_planning(
    rows: Frame, audience: Audience, name: str, sectors: gpd.GeoDataFrame | None
) -> Frame:
    """Give what partners or the public may see of a result of planning.

    Parameters
    ----------
    rows : pandas.DataFrame or geopandas.GeoDataFrame
        In EPSG:4326 where they have a place.
    audience : {"partner", "public"}
    name : str
        One of `geosector.tables.RESULTS`.
    sectors : geopandas.GeoDataFrame, optional
        With ``population``: how many people are sheltered is set against it.

    Raises
    ------
    AudienceError
        Where the audience may not see the table, or only by a decision.
    """
    if audience == "public" and name not in PUBLIC:
        raise not_public(name)
    if name in BY_AGREEMENT:
        raise AudienceError(
            text(
                "The table {name} goes to a partner by agreement only. State the decision of your "
                "office with --override, or leave the table out.",
                name=name,
            )
        )
    if name in PLANNED:
        return grouped(_counted(rows, name, sectors), audience, name, sectors)
    if name == "black_spots":
        return _black_spots(rows)
    seen = columns_seen(rows, audience, name)
    if name in OF_ACTIVITIES and audience == "partner":
        return reached(seen, name)
    if "people" in seen.columns:
        held = withhold(whole(seen["people"]))
        seen = seen.assign(people=seen["people"].mask(held))
        if "rate" in seen.columns:  # the count over it gives the people
            seen = seen.assign(rate=seen["rate"].mask(held))
    return seen


def _counted(rows: Frame, name: str, sectors: gpd.GeoDataFrame | None) -> Frame:
    """Bring a table into the figures by which it is counted."""
    if name == "sheltering":
        return _sheltered(rows, needed_sectors(sectors, name))
    return rows


def _sheltered(rows: Frame, sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count who goes to a shelter beside who lives in the sector: the rest must not be small."""
    for column in ("sector_id", "people"):
        if column not in rows.columns:
            raise MissingColumnError(
                text(
                    "The table {name} lacks the column {column}; it has: {columns}.",
                    name="sheltering",
                    column=column,
                    columns=", ".join(str(one) for one in rows.columns),
                )
            )
    people = whole(rows["people"])
    known = rows.get("known", pd.Series(data=True, index=rows.index)).fillna(value=False)
    made = pd.DataFrame(
        {
            "sector_id": rows["sector_id"].astype("string"),
            "people": people,
            "unknown": np.where(known.astype(bool), 0.0, people),
        }
    )
    if "population" not in sectors.columns:
        return made
    living = pd.DataFrame(
        {
            "sector_id": sectors["sector_id"].astype("string"),
            "population": whole(sectors["population"]).round(),
        }
    )
    return pd.concat([made, living], ignore_index=True)


def _black_spots(rows: Frame) -> Frame:
    """Show pieces of road with several accidents: one would be a place more exact than its mask.

    Unlike those of incidents, their places are those of roads, which are seen from the sky. A
    point is none.
    """
    seen = pd.DataFrame(columns_seen(rows, "partner", "black_spots"))
    several = whole(rows.get("accidents", pd.Series(0, rows.index))) >= SMALLEST_COUNT
    if not isinstance(rows, gpd.GeoDataFrame):
        return seen[several]
    is_road = rows.geom_type.isin(["LineString", "MultiLineString"])
    shapes = rows.geometry.where(is_road, None).array
    return gpd.GeoDataFrame(seen, geometry=shapes, crs=rows.crs)[several]
