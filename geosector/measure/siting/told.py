"""What a siting tells: the sites, who goes where, what became of candidates and demands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector import crs
from geosector.language import number, percent, plural, text
from geosector.measure.access.facilities import Links, Stops, from_places
from geosector.measure.access.nearest import find_nearest
from geosector.measure.siting.choose import Choice
from geosector.measure.siting.places import Homes, Places, take_stops

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Objects = NDArray[np.object_]


def list_served(chosen: Choice, costs: Floats, minutes: float | None) -> pd.DataFrame:
    """List who goes where (``home`` and ``place`` by their numbers), or why they go nowhere."""
    home, site = chosen.demand, chosen.site
    reachable = np.asarray(np.isfinite(costs).any(axis=1))[home]
    nearest = costs[:, chosen.sites].min(axis=1, initial=np.inf)[home]
    reason = np.where(nearest <= (np.inf if minutes is None else minutes), "full", "too_far")
    reason = np.where(np.isfinite(nearest), reason, "not_reached")
    reason = np.where(reachable, reason, "unreachable").astype(object)
    reason[site >= 0] = None
    taken = np.where(site >= 0, costs[home, np.maximum(site, 0)], np.nan)
    return pd.DataFrame(
        {"home": home, "place": site, "people": chosen.people, "minutes": taken, "reason": reason}
    )


def with_ways(
    served: pd.DataFrame, links: Links, begun: Stops, pace: float, stale_days: float
) -> pd.DataFrame:
    """Add the metres of each way and the age of its oldest report."""
    metres, age = np.full(len(served), np.nan), np.full(len(served), np.inf)
    place, home = served["place"].to_numpy(), served["home"].to_numpy()
    for site in np.unique(place[place >= 0]).tolist():
        rows = np.flatnonzero(place == site)
        near = find_nearest(links.graph, links.nodes[[site]])
        there = take_stops(begun, home[rows])
        ways = from_places(links, there, near, pace)
        metres[rows], age[rows] = ways.metres[:, 0], ways.age_days[:, 0]
    known = (place >= 0) & (age <= stale_days)
    return served.assign(
        metres=metres, oldest_report_days=np.where(np.isfinite(age), age, np.nan), known=known
    )


def with_names(served: pd.DataFrame, homes: Homes, used: Objects) -> pd.DataFrame:
    """Name demands and sites, in the order of the demand given; ``row`` is the place in it."""
    home, place = served["home"].to_numpy(), served["place"].to_numpy()
    named = served.assign(row=homes.row[home], demand_id=homes.ids[home], site_id=_at(used, place))
    return named.sort_values("row", kind="stable", ignore_index=True)


def served_table(named: pd.DataFrame) -> pd.DataFrame:
    """Give the table of who goes where."""
    columns = ["demand_id", "site_id", "people", "minutes", "metres", "oldest_report_days", "known"]
    return named[[*columns, "reason"]]


def sites_table(
    chosen: Choice,
    named: pd.DataFrame,
    places: Places,
    areas: Objects | None,
    *,
    capacities: bool,
) -> gpd.GeoDataFrame:
    """Give the sites: those that exist, then the new ones in the order of building."""
    at = np.flatnonzero(places.usable)[chosen.sites]
    rows = places.table.iloc[at].reset_index(drop=True)
    existing = rows["existing"].to_numpy(bool)
    grouped = named[named["place"] >= 0].groupby("place")
    people = grouped["people"].sum().reindex(chosen.sites, fill_value=0.0).to_numpy(float)
    walked = (named["minutes"] * named["people"]).groupby(named["place"]).sum()
    order = pd.array(np.cumsum(~existing), dtype="Int64")
    order[existing] = pd.NA
    known = grouped["known"].all().reindex(chosen.sites).fillna(value=False).to_numpy(bool)
    with np.errstate(invalid="ignore"):
        mean = walked.reindex(chosen.sites, fill_value=0.0).to_numpy(float) / people
    facts: dict[str, Any] = {
        "id": rows["id"], "order": order, "existing": existing, "people": people,
        "capacity": rows["capacity"] if capacities else np.nan, "minutes": mean,
        "oldest_report_days": grouped["oldest_report_days"].max().reindex(chosen.sites).to_numpy(),
        "known": known, "reason": places.reason[at],
    }  # fmt: skip
    if areas is not None:
        facts["sector_id"] = _at(areas, places.sector[at])
    return gpd.GeoDataFrame(facts, geometry=rows.geometry.to_numpy(), crs=rows.crs)


def candidates_table(
    candidates: gpd.GeoDataFrame,
    places: Places,
    chosen: Choice,
    areas: Objects | None,
) -> gpd.GeoDataFrame:
    """Give the candidates with whether each can be used, why not, and whether it was chosen."""
    new = np.flatnonzero(~places.existing)
    new = new[np.argsort(places.table["row"].to_numpy()[new], kind="stable")]
    taken = np.zeros(len(places.usable), bool)
    taken[np.flatnonzero(places.usable)[chosen.sites]] = True
    facts: dict[str, Any] = {
        "id": places.table["id"].to_numpy(object)[new], "usable": places.usable[new],
        "reason": places.reason[new], "chosen": taken[new],
    }  # fmt: skip
    if areas is not None:
        facts["sector_id"] = _at(areas, places.sector[new])
    return _with_columns(crs.to_wgs84(candidates), facts)


def demand_table(demand: gpd.GeoDataFrame, named: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give the demand with the site of most of its people, and the mean minutes of those served."""
    most = named.sort_values(["row", "people"], ascending=[True, False], kind="stable")
    most = most.drop_duplicates("row").set_index("row")
    there = named[named["place"] >= 0]
    people = there["people"].groupby(there["row"]).sum()
    walked = (there["people"] * there["minutes"]).groupby(there["row"]).sum()
    lone = there["minutes"].groupby(there["row"]).mean()
    mean = (walked / people).where(people > 0, lone)
    rows = range(len(demand))
    facts = {
        "site_id": _or_none(most["site_id"].reindex(rows)),
        "served": people.reindex(rows).to_numpy(float),
        "minutes": mean.reindex(rows).to_numpy(float),
        "reason": _or_none(most["reason"].reindex(rows)),
    }
    return _with_columns(crs.to_wgs84(demand), facts)


def _or_none(cells: pd.Series) -> Objects:
    given = cells.astype(object)
    return np.asarray(given.where(given.notna(), None), object)


def _at(values: Objects, places: Ints) -> Objects:
    """Take the values at places; none at -1."""
    return np.array([*values, None], object)[places]


def _with_columns(table: gpd.GeoDataFrame, facts: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Add columns; one of the input that clashes becomes ``<name>_input``, but for its id."""
    clash = [name for name in facts if name in table.columns and name != "id"]
    return table.rename(columns={name: f"{name}_input" for name in clash}).assign(**facts)


def figures_of(
    asked: Mapping[str, Any], chosen: Choice, named: pd.DataFrame, places: Places
) -> dict[str, Any]:
    """Sum up what was asked for and what came out."""
    there = named[named["place"] >= 0]
    people = float(there["people"].sum())
    minutes = float((there["people"] * there["minutes"]).sum())
    new = ~places.existing
    against = pd.Series(places.reason[new], dtype=object).value_counts().sort_index()
    left = named[named["place"] < 0].groupby("reason")["people"].sum()
    ages = there["oldest_report_days"]
    return {
        **asked,
        "objective": chosen.objective,
        "objective_unit": "people" if asked["method"] == "covering" else "person-minutes",
        "bound": chosen.bound,
        "gap": chosen.gap,
        "found_by": chosen.method,
        "seed": chosen.seed,
        "people": float(named["people"].sum()),
        "served": people,
        "served_share": people / float(named["people"].sum()),
        "unserved": {str(reason): float(many) for reason, many in left.items()},
        "mean_minutes": minutes / people if people > 0 else None,
        "oldest_report_days": None if ages.isna().any() or ages.empty else float(ages.max()),
        "people_on_unknown_ways": float(there.loc[~there["known"], "people"].sum()),
        "candidates": int(new.sum()),
        "usable": int((places.usable & new).sum()),
        "not_usable": {str(reason): int(many) for reason, many in against.items()},
    }


def tell_figures(figures: Mapping[str, Any]) -> list[str]:
    """Say in sentences what came out, how good it is known to be, and who is left out.

    Parameters
    ----------
    figures : mapping
        Of a `Sited`.

    Returns
    -------
    list of str
        In the current language.

    Examples
    --------
    >>> told = tell_figures({
    ...     "method": "covering", "minutes": 10, "objective": 80.0, "bound": 88.0, "gap": 0.1,
    ...     "people": 100.0, "served": 80.0, "mean_minutes": 4.0, "unserved": {"too_far": 20.0},
    ...     "not_usable": {"in_area": 2}, "people_on_unknown_ways": 80.0})
    >>> for line in told:
    ...     print(line)
    80 people are within 10 minutes of a site; no choice has more than 88 (gap: 10.00%).
    80 of 100 people are served; their way takes 4.0 minutes in the mean.
    20 people are not served: it is too far.
    2 candidates cannot be used: in an area to be avoided.
    For 80 people the state of a street on the way is not known or older than 30 days.
    >>> told = tell_figures({
    ...     "method": "p_median", "objective": 230.0, "bound": 230.0, "gap": 0.0, "people": 20.0,
    ...     "served": 10.0, "mean_minutes": 3.0, "unserved": {"not_reached": 10.0},
    ...     "not_usable": {}, "people_on_unknown_ways": 0.0})
    >>> told[0].startswith("The ways of all people together count 230 minutes, in which those")
    True
    """
    lines = [_how_good(figures)]
    if figures["mean_minutes"] is not None:
        lines.append(
            text(
                "{served} of {people} people are served; their way takes {minutes} minutes in the "
                "mean.",
                served=number(figures["served"]),
                people=number(figures["people"]),
                minutes=number(figures["mean_minutes"], decimals=1),
            )
        )
    lines += [
        text(
            "{people} people are not served: {reason}.",
            people=number(people),
            reason=_why_unserved()[reason],
        )
        for reason, people in figures["unserved"].items()
        if round(people)
    ]
    for reason, many in figures["not_usable"].items():
        lines.append(
            plural(
                "{n} candidate cannot be used: {reason}.",
                "{n} candidates cannot be used: {reason}.",
                many,
                reason=_why_not_used()[reason],
            )
        )
    if figures["people_on_unknown_ways"]:
        lines.append(
            text(
                "For {people} people the state of a street on the way is not known or older than "
                "30 days.",
                people=number(figures["people_on_unknown_ways"]),
            )
        )
    return lines


def _how_good(figures: Mapping[str, Any]) -> str:
    """Say what the choice comes to, and what no choice can better."""
    facts = {
        "objective": number(figures["objective"]),
        "bound": number(figures["bound"]),
        "gap": percent(figures["gap"], decimals=2),
    }
    if figures["method"] == "covering":
        return text(
            "{objective} people are within {minutes} minutes of a site; no choice has more "
            "than {bound} (gap: {gap}).",
            minutes=number(figures["minutes"]),
            **facts,
        )
    if figures["unserved"].get("not_reached", 0.0) > 0:
        return text(
            "The ways of all people together count {objective} minutes, in which those who "
            "reach no chosen site count twice the longest way; no choice counts fewer "
            "than {bound} (gap: {gap}).",
            **facts,
        )
    return text(
        "The ways of all people together take {objective} minutes; no choice takes fewer "
        "than {bound} (gap: {gap}).",
        **facts,
    )


def _why_unserved() -> dict[str, str]:
    return {
        "unreachable": text("no street leads from them to any site that can be used"),
        "not_reached": text("no street leads from them to a site that was chosen"),
        "too_far": text("it is too far"),
        "full": text("the sites that they reach are full"),
    }


def _why_not_used() -> dict[str, str]:
    return {
        "no_place": text("without a place"),
        "repeated_id": text("another one has the same id"),
        "damaged": text("damaged"),
        "no_capacity": text("without a capacity"),
        "off_streets": text("no street that can be passed is near"),
        "in_area": text("in an area to be avoided"),
        "near_barrier": text("too near to a barrier"),
        "one_way_in": text("cut off when one stretch of street is lost"),
    }


def shown_sites(sites: gpd.GeoDataFrame) -> str:
    """Set the sites as lines of text, for a terminal."""
    columns = ["id", "order", "existing", "people", "minutes", "reason"]
    shown = sites[[name for name in columns if name in sites.columns]].astype(object)
    shown["people"] = [number(many) for many in sites["people"]]
    shown["minutes"] = ["" if pd.isna(one) else number(one, decimals=1) for one in sites["minutes"]]
    return str(shown.where(shown.notna(), "").to_string(index=False))
