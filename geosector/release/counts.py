"""Facilities and people: counts by sector, small ones withheld with others."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector.assign import OUTSIDE
from geosector.errors import MissingColumnError
from geosector.language import text
from geosector.release.audiences import needed_sectors, not_public
from geosector.release.places import keys_at, owners
from geosector.release.withheld import withhold, withhold_table
from geosector.release.words import known_values, plain, whole
from geosector.tables import Audience, table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"

# Kinds that the public may not count by name; also a missing or unknown one.
PROTECTED = "protected"
PARTNER_FACILITY = ("status", "capacity", "capacity_unit", "valid_from", "valid_to")


def facilities(rows: Frame, audience: Audience, sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """Show facilities by their sector: each to partners, counted to the public."""
    zones, position = owners(rows, sectors)
    if audience == "partner":
        seen = pd.DataFrame({"sector_id": keys_at(zones, position)}, index=rows.index)
        seen["kind"] = known_values(rows, "facilities", "kind")
        for column in PARTNER_FACILITY:
            if column in rows.columns:
                seen[column] = plain(rows, "facilities", column)
        return seen
    open_kinds = table("facilities").columns["kind"].public_values
    named = known_values(rows, "facilities", "kind")
    kind = named.where(named.isin(open_kinds), PROTECTED).to_numpy(object)
    kinds = [name for name in (*open_kinds, PROTECTED) if (kind == name).any()]
    # One more row for facilities outside all sectors, where there are any.
    rows_made = len(zones.keys) + int((position == OUTSIDE).any())
    counts = np.zeros((rows_made, len(kinds)), np.int64)
    np.add.at(counts, (position, np.array([kinds.index(name) for name in kind], int)), 1)
    places = np.append(np.arange(len(zones.keys)), OUTSIDE)[:rows_made]
    made = pd.DataFrame(
        {
            "sector_id": keys_at(zones, np.repeat(places, len(kinds))),
            "kind": np.tile(np.array(kinds, object), rows_made),
            "count": pd.array(counts.ravel(), dtype="Int64"),
            "withheld": withhold_table(counts).ravel(),
        }
    )
    made["count"] = made["count"].mask(made["withheld"])
    return made


def population(rows: Frame, audience: Audience, sectors: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Add up people by sector for partners, small numbers withheld with others."""
    if audience == "public":
        raise not_public("population")
    if "population" not in rows.columns:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name="population",
                column="population",
                columns=", ".join(str(column) for column in rows.columns),
            )
        )
    zones, position = owners(rows, needed_sectors(sectors, "population"))
    inside = position != OUTSIDE
    people = np.bincount(position[inside], whole(rows["population"])[inside], len(zones.keys))
    withheld = withhold(people)
    every = np.arange(len(zones.keys))
    made = pd.DataFrame({"sector_id": keys_at(zones, every), "population": people})
    return made.assign(population=made["population"].mask(withheld), withheld=withheld)
