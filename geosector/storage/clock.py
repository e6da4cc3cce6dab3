"""The moment that a file tells, where its format insists on one: never the time of writing."""

from __future__ import annotations

import datetime as dt
import os

from geosector.errors import InputError
from geosector.language import text


def moment_of_files() -> dt.datetime:
    """Give the date for formats that insist on one: ``SOURCE_DATE_EPOCH``, else 1980-01-01."""
    first = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
    return max(first, stated_moment() or first)


def stated_moment() -> dt.datetime | None:
    """Give the moment that the environment states for everything made here.

    Returns
    -------
    datetime.datetime or None
        ``SOURCE_DATE_EPOCH`` in UTC; None where it is not set.

    Raises
    ------
    InputError
        Where it is no number of seconds, or of a year that no calendar has.

    Examples
    --------
    >>> before = os.environ.pop("SOURCE_DATE_EPOCH", None)
    >>> stated_moment() is None
    True
    >>> if before is not None:
    ...     os.environ["SOURCE_DATE_EPOCH"] = before
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return None
    try:
        return dt.datetime.fromtimestamp(int(given), dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            text(
                "SOURCE_DATE_EPOCH is '{given}'. Set it to seconds since 1970, or unset it.",
                given=given,
            )
        ) from None
