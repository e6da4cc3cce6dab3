"""Public feeds of events, as files that the user downloaded: ACLED, UCDP GED, FIRMS, UNOSAT.

A feed is recognised by its headers and brought under the names of the incidents, each row as
precise as its codes say and never more; what our table cannot hold is kept in the feed's own
columns or listed. Nothing is ever fetched, and the terms of each feed stay between its publisher
and whoever downloaded the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

import pandas as pd

from geosector.sources.feeds import acled, firms, ucdp, unosat
from geosector.tables import Problem, fold_label

_FEEDS = (acled, ucdp, firms)
# Columns that only a table of ours has: it was read from a feed before.
_OURS = ({"kind", "date", "radius_m"}, {"kind", "date", "damage_class"})


def as_incidents(cells: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring a public feed under the names of the incidents; other tables stay as they are.

    Parameters
    ----------
    cells : DataFrame or GeoDataFrame
        Rows with the headers of the file, in any case.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        The same rows on the same index; of UNOSAT those that show damage. For a feed with columns
        such as ``kind, date, date_precision, radius_m, killed_unspecified`` beside its own, and
        what was lost or coarse; a column of the file that had one of these names is called
        ``<name>_input``.

    Examples
    --------
    >>> fires = pd.DataFrame({"latitude": ["36.2"], "longitude": ["37.1"], "bright_ti4": ["330.1"],
    ...                       "scan": ["0.4"], "track": ["0.4"], "acq_date": ["2024-04-01"],
    ...                       "acq_time": ["5"], "confidence": ["n"], "frp": ["3.1"]})
    >>> rows, problems = as_incidents(fires, file="fires.csv")
    >>> rows.loc[0, ["kind", "date"]].tolist(), rows["radius_m"].tolist(), len(problems)
    (['fire', '2024-04-01 00:05'], [283.0], 2)
    >>> as_incidents(fires.iloc[:0], file="fires.csv")[1]
    []
    >>> own = pd.DataFrame({"date": ["2024-04-01"], "locality": ["synthetic"]})
    >>> as_incidents(own, file="own.csv")[0] is own
    True
    """
    folded = _folded(cells.columns)
    feed = _feed(folded)
    if feed is None:
        return cells, []
    known = {
        header: name
        for name, header in folded.items()
        if name in feed.COLUMNS and name not in cells.columns
    }
    made, problems = feed.translated(cells.rename(columns=known), file)
    return made, problems if len(cells) else []


def is_feed(headers: Iterable[object]) -> bool:
    """Say whether a file is one of the feeds.

    Parameters
    ----------
    headers : iterable of str
        As they stand in the file.

    Returns
    -------
    bool
        False also for what was read from a feed and written again: that is a table of ours.

    Examples
    --------
    >>> fires = ["LATITUDE", "LONGITUDE", "ACQ_DATE", "ACQ_TIME", "CONFIDENCE", "FRP"]
    >>> is_feed(fires), is_feed([*fires, "kind", "date", "radius_m"]), is_feed([])
    (True, False, False)
    """
    return _feed(_folded(headers)) is not None


def _folded(headers: Iterable[object]) -> dict[str, object]:
    """Give each folded header the first that folds to it."""
    return {fold_label(header).replace(" ", "_"): header for header in reversed(list(headers))}


def _feed(folded: Mapping[str, object]) -> ModuleType | None:
    if any(set(folded) >= ours for ours in _OURS):
        return None
    if unosat.has_passes(map(str, folded.values())):
        return unosat
    return next((one for one in _FEEDS if set(folded) >= one.HEADERS), None)
