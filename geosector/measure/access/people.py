"""How many people live in a block, as the table tells it: counts of places, never of persons."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require
from geosector.tables import Problem, problems_table

Floats = NDArray[np.float64]


def people_of(blocks: pd.DataFrame) -> Floats:
    """Give the people of each block; where they are not known, 0.

    Parameters
    ----------
    blocks : pandas.DataFrame
        ``population``.

    Returns
    -------
    array of float

    Raises
    ------
    MissingColumnError
        Where ``population`` is not there.
    InputError
        Where it is text, negative or infinite.

    Examples
    --------
    >>> people_of(pd.DataFrame({"population": [3, None]})).tolist()
    [3.0, 0.0]
    >>> people_of(pd.DataFrame({"population": []})).tolist()
    []
    >>> people_of(pd.DataFrame({"population": [3, -1]}))
    Traceback (most recent call last):
    geosector.errors.InputError: The population of a block is -1; expected 0 or more. Mend the row.
    """
    require(blocks, "population", name="blocks")
    told = pd.to_numeric(blocks["population"], errors="coerce")
    bad = (blocks["population"].notna() & told.isna()) | (told < 0) | np.isinf(told)
    if bad.any():
        raise InputError(
            text(
                "The population of a block is {given}; expected 0 or more. Mend the row.",
                given=str(blocks["population"][bad].iloc[0]),
            )
        )
    people: Floats = told.fillna(0).to_numpy(np.float64, copy=True)
    return people


def without_people(blocks: pd.DataFrame, numbers: list[int | None]) -> pd.DataFrame:
    """List the blocks of which nobody knows how many people live there.

    Parameters
    ----------
    blocks : pandas.DataFrame
        ``population``.
    numbers : list of int or None
        Of each row in its file.

    Returns
    -------
    pandas.DataFrame
        The problems.

    Examples
    --------
    >>> told = without_people(pd.DataFrame({"population": [3, None]}), [2, 3])
    >>> told[["row", "column", "action"]].to_numpy().tolist()
    [[3, 'population', 'counted as 0']]
    >>> without_people(pd.DataFrame({"population": []}), []).empty
    True
    """
    unknown = blocks["population"].isna().to_numpy()
    return problems_table(
        Problem(
            "blocks",
            numbers[at],
            "population",
            text("nothing"),
            text("a number"),
            text("counted as 0"),
        )
        for at in np.flatnonzero(unknown).tolist()
    )
