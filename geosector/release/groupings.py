"""How tables are counted that leave the office as sums: where, by what, and which numbers."""

from __future__ import annotations

from typing import NamedTuple


class Grouping(NamedTuple):
    """How a table is counted: where, apart by what, and which numbers are added up.

    ``wholes`` are pairs of a figure and a part of it: the rest must not be small either, or whoever
    subtracts has it. ``nested`` is a part and a figure that grows with it, such as the people
    within more and more minutes: the steps must not be small. ``shares`` are made anew from the
    sums, as (name, figure above, figure below). ``open`` figures are shown whatever is withheld.
    """

    place: str
    parts: tuple[str, ...]
    figures: tuple[str, ...]
    wholes: tuple[tuple[str, str], ...] = ()
    nested: tuple[str, str] | None = None
    shares: tuple[tuple[str, str, str], ...] = ()
    open: tuple[str, ...] = ()


# Rows of different days, units or sources are different counts: they are never added up.
GROUPED = {
    "stock": Grouping("sector_id", ("item", "unit"), ("quantity", "target")),
    "needs": Grouping("area_id", ("group", "date", "source"), ("people",)),
    "returns": Grouping("locality_id", ("date_from", "date_to", "source"), ("people",)),
    "shifts": Grouping("sector_id", ("role", "date"), ("hours",)),
}
# The results of planning, likewise. Stock, posts and needs go to the public by governorate as the
# tables do that they come from; who reaches what does not go there at all.
PLANNED = {
    "access": Grouping(
        "sector_id", ("kind", "minutes"), ("people", "within", "reached", "unknown"),
        wholes=(("people", "within"), ("people", "reached"), ("people", "unknown")),
        nested=("minutes", "within"),
        shares=(("within_share", "within", "people"), ("share", "reached", "people")),
        open=("facilities",),
    ),
    "sheltering": Grouping(
        "sector_id", (), ("people", "unknown", "population"),
        wholes=(("population", "people"), ("people", "unknown")),
    ),
    "left_over": Grouping("sector_id", ("reason",), ("people",)),
    # Not what people need: of few people it tells how many they are. Of posts the hours, as of
    # shifts.
    "stock_gaps": Grouping(
        "sector_id", ("item", "unit"), ("usable", "expired", "expires_soon"),
        wholes=(("usable", "expires_soon"),), open=("hot",),
    ),
    "posts": Grouping("sector_id", ("role", "date_from", "date_to"), ("hours",)),
    "activity_gaps": Grouping(
        "area_id", ("activity", "group"), ("people", "planned", "reached", "gap"),
        wholes=(("people", "reached"), ("people", "gap")),
    ),
    "coverage": Grouping(
        "area_id", ("activity", "group"), ("people", "reached"), wholes=(("people", "reached"),),
        shares=(("ratio", "reached", "people"),),
    ),
    "allocation": Grouping("area_id", (), ("people", "quantity")),
    "returned": Grouping(
        "locality_id", ("month", "source"), ("people", "people_min", "people_max"),
        wholes=(("people_max", "people_min"),),
    ),
}  # fmt: skip
