"""The tables of a report as sheets of a workbook, one for each, in every language side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geosector.report.naming import key_name, total_name
from geosector.report.numbers import Numbers

LONGEST_NAME = 28  # of a sheet


def sheets(
    numbers: Numbers, langs: Sequence[str], rows: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Give the sheets of a report.

    Parameters
    ----------
    numbers : Numbers
    langs : sequence of str
        The languages in which totals and keys are named, a column for each.
    rows : pandas.DataFrame, optional
        The incidents themselves, for those who may see them.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``totals``: ``id, name_<lang>, low, high, qualifier, previous, year_before``; one sheet for
        each breakdown: ``key, name_<lang>, count, percent, base`` and what it has besides; the
        first column of each sheet but ``totals`` and ``incidents`` says of which breakdown it is.

    Examples
    --------
    >>> from geosector.report.numbers import reckon
    >>> table = pd.DataFrame(
    ...     {"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"]), "cause": ["gas_leak"]}
    ... )
    >>> made = sheets(reckon(table, "2024-04"), ["en"])
    >>> list(made), made["fire.by_cause"][["key", "name_en", "count"]].to_numpy().tolist()
    (['totals', 'fire.by_cause'], [['gas_leak', 'gas leaks', 1]])
    """
    made = {"totals": _totals(numbers, langs)}
    for name, parts in numbers.breakdowns.items():
        sheet = parts.drop(columns=[c for c in parts.columns if str(c).startswith("label_")])
        for at, lang in enumerate(langs):
            names = [key_name(name, str(key), numbers, lang) for key in parts["key"]]
            sheet.insert(1 + at, f"name_{lang}", names)
        sheet.insert(0, "breakdown", name)
        made[_free(name, made)] = sheet
    if rows is not None:
        made["incidents"] = rows
    return made


def _totals(numbers: Numbers, langs: Sequence[str]) -> pd.DataFrame:
    listed = [
        {
            "id": name,
            **{f"name_{lang}": total_name(name, numbers, lang) for lang in langs},
            "low": total.low,
            "high": total.high,
            "qualifier": total.qualifier,
            "previous": total.previous,
            "year_before": total.year_before,
        }
        for name, total in numbers.totals.items()
    ]
    columns = ["id", *(f"name_{lang}" for lang in langs), "low", "high", "qualifier"]
    return pd.DataFrame(listed, columns=[*columns, "previous", "year_before"])


def _free(name: str, taken: dict[str, pd.DataFrame]) -> str:
    """Shorten a name to what a sheet may be called, and tell it from the others."""
    short, at = name[:LONGEST_NAME], 1
    while short in taken:
        at += 1
        short = f"{name[: LONGEST_NAME - len(str(at)) - 1]}~{at}"
    return short
