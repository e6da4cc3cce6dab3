"""What the tables of planning, their columns and their coded values are called, in any language."""

from __future__ import annotations

from geosector.maps import words
from geosector.maps.saying import Words, said

TABLES: dict[str, Words] = {
    "reach": said("The nearest facility of each block"),
    "access": said("Who reaches what, by sector"),
    "service_areas": said("What lies around each facility"),
    "cut_off": said("Parts that are cut off"),
    "critical": said("Streets and junctions whose loss cuts off people"),
    "routes": said("Ways out"),
    "sheltering": said("Who goes to a shelter, by sector"),
    "shelters": said("How full the shelters are"),
    "left_over": said("People left without a shelter"),
    "sites": said("Sites"),
    "served": said("Whom each site serves"),
    "candidates": said("Places that were looked at"),
    "stock_gaps": said("Need against stock"),
    "transfers": said("Transfers"),
    "posts": said("Hours and posts"),
    "catalogue": said("Activities by month"),
    "hot_spots": said("Hot and cold spots"),
    "trends": said("Where incidents rose or fell"),
    "exposure": said("Attacks around facilities"),
    "black_spots": said("Black spots of traffic"),
    "who_does_what": said("Who does what where"),
    "overlaps": said("Overlaps"),
    "activity_gaps": said("Gaps"),
    "coverage": said("Reached against need"),
    "equity": said("How evenly people are reached"),
    "need_scores": said("Scores of need"),
    "allocation": said("Proposed shares"),
    "projects": said("Projects"),
    "expiring": said("What expires soon"),
    "returned": said("People who came back"),
    "not_reached": said("Places that no session reached"),
}
COLUMNS: dict[str, Words] = {
    "area_id": said("Area of the plan"),
    "sector_id": said("Sector"),
    "block_id": said("Block"),
    "kind": said("Kind"),
    "facility_id": said("Facility"),
    "minutes": said("Minutes"),
    "metres": said("Metres"),
    "oldest_report_days": said("Oldest road report (days)"),
    "people": said("People"),
    "population": said("People"),
    "facilities": said("Open facilities"),
    "within": said("People within reach"),
    "within_share": said("Share within reach"),
    "reached": said("People reached"),
    "share": said("Share"),
    "missing": said("None there"),
    "unknown": said("People whose way is unknown"),
    "part": said("Part"),
    "sector_ids": said("Sectors"),
    "blocks": said("Blocks"),
    "what": said("What it is"),
    "name": said("Its name"),
    "road_class": said("Road class"),
    "to": said("Leads to"),
    "avoided": said("Keeps away from hot areas"),
    "capacity": said("Capacity"),
    "free": said("Room left"),
    "reason": said("Reason"),
    "id": said("Its code"),
    "order": said("Order"),
    "existing": said("There already"),
    "usable": said("Usable"),
    "item": said("Item"),
    "unit": said("Unit"),
    "need": said("Needed"),
    "expired": said("Expired"),
    "expires_soon": said("Expires soon"),
    "gap": said("Gap"),
    "hot": said("Hot"),
    "cut_off": said("Cut off"),
    "from_id": said("From where"),
    "to_id": said("To where"),
    "quantity": said("Quantity"),
    "role": said("Role"),
    "hours": said("Hours covered"),
    "hours_needed": said("Hours needed"),
    "posts": said("Posts"),
    "filled": said("Filled"),
    "empty": said("Empty"),
    "activity": said("Activity"),
    "locality": said("Locality"),
    "locality_id": said("Its code"),
    "month": said("Month"),
    "times": said("How often"),
    "planned": said("People planned"),
    "count": said("Incidents"),
    "z": said("Gi* (standard score)"),
    "q": said("q-value"),
    "spot": said("Spot"),
    "before": said("Before"),
    "after": said("After"),
    "slope": said("Slope"),
    "trend": said("Trend"),
    "attacks": said("Attacks"),
    "per_km2": said("Attacks per km²"),
    "nearest_m": said("Nearest (m)"),
    "last_date": said("Last day"),
    "length_m": said("Length (m)"),
    "accidents": said("Accidents"),
    "killed": said("Killed"),
    "injured": said("Injured"),
    "expected": said("Expected by length"),
    "organisations": said("Organisations"),
    "names": said("Which they are"),
    "organisation": said("Organisation"),
    "other": said("Other organisation"),
    "date_from": said("First day"),
    "date_to": said("Last day"),
    "group": said("Group of people"),
    "ratio": said("Reached of need"),
    "score": said("Score"),
    "status": said("Status"),
    "late": said("Late"),
    "table": said("Table"),
    "valid_to": said("Valid until"),
    "days": said("Days left"),
    "people_min": said("People, at least"),
    "people_max": said("People, at most"),
    "source": said("Counted by"),
    "rank": said("Rank"),
    "inside_m": said("Metres in hot areas"),
    "new": said("Newly cut off"),
    "chosen": said("Chosen"),
    "surplus": said("Surplus"),
    "expiry_unknown": said("Expiry unknown"),
    "expires": said("Expires on"),
    "days_without": said("Days without an hour"),
    "attacks_max": said("Attacks, at most"),
    "killed_max": said("Killed, at most"),
    "injured_max": said("Injured, at most"),
    "why": said("Why"),
    "state": said("How far"),
    "areas": said("Areas"),
    "left_out": said("Areas left out"),
    "gini": said("Gini coefficient"),
    "hoover": said("Hoover index"),
    "coverage_after": said("Reached of need, after it"),
}
# A column that means another thing in one table.
OF_TABLE: dict[tuple[str, str], Words] = {
    ("access", "reached"): said("Reached inside the sector"),
    ("access", "share"): said("Share inside the sector"),
    ("access", "minutes"): said("Within minutes"),
    ("access", "missing"): said("None in the sector"),
    ("posts", "share"): said("Share of hours covered"),
    ("stock_gaps", "usable"): said("There and usable"),
    ("overlaps", "days"): said("Days in common"),
    ("left_over", "people"): said("People left over"),
    ("need_scores", "missing"): said("Inputs missing"),
    ("shelters", "people"): said("People sheltered"),
    ("sheltering", "people"): said("People sheltered"),
    ("critical", "people"): said("People cut off"),
    ("cut_off", "people"): said("People cut off"),
    ("sites", "minutes"): said("Mean minutes"),
}
# Columns whose cells are codes, and what these mean.
VALUES: dict[str, dict[str, Words]] = {
    "spot": {"hot": said("hot"), "cold": said("cold"), "none": said("neither")},
    "trend": {"rising": said("rising"), "falling": said("falling"), "none": said("neither")},
    "what": {"stretch": said("Stretch of street"), "junction": said("Junction")},
    "status": {
        "planned": said("planned"),
        "ongoing": said("ongoing"),
        "completed": said("completed"),
        "suspended": said("suspended"),
        "cancelled": said("cancelled"),
    },
    "state": {"filled": said("filled"), "partly": said("filled in part"), "empty": said("empty")},
    "why": {
        "none": said("no such activity is reported"),
        "stopped": said("suspended, cancelled or only planned"),
        "outside": said("only outside the period"),
        "too_few": said("fewer people reached than need it"),
    },
    "reason": {
        "no_place": said("without a place"),
        "no_sector": said("in no sector"),
        "no_shelter": said("no open shelter there"),
        "no_street": said("no street that can be passed is near"),
        "out_of_reach": said("no way, or too far"),
        "full": said("those in reach are full"),
        "repeated_id": said("another one has the same id"),
        "damaged": said("damaged"),
        "no_capacity": said("without a capacity"),
        "off_streets": said("no street that can be passed is near"),
        "in_area": said("in an area to be avoided"),
        "near_barrier": said("too near to a barrier"),
        "one_way_in": said("cut off when one stretch of street is lost"),
    },
}
UNKNOWN = said("unknown")


def table_name(table: str) -> Words:
    """Name a table of planning.

    Examples
    --------
    >>> from geosector.maps.saying import spoken
    >>> spoken(table_name("routes"), "en")
    'Ways out'
    """
    return TABLES[table]


def column_name(table: str, column: str) -> Words:
    """Name a column of a table of planning; one that nobody described is called as it is written.

    Examples
    --------
    >>> from geosector.maps.saying import spoken
    >>> spoken(column_name("access", "share"), "en"), column_name("access", "steps")
    ('Share inside the sector', 'steps')
    """
    return OF_TABLE.get((table, column)) or COLUMNS.get(column) or column


def value_name(column: str, value: str) -> Words:
    """Name a coded value, such as the kind of a facility.

    Examples
    --------
    >>> from geosector.maps.saying import spoken
    >>> spoken(value_name("kind", "shelter"), "en"), value_name("item", "rice")
    ('Shelters', 'rice')
    """
    if column == "kind":
        return words.facility_kind(value)
    return VALUES.get(column, {}).get(value, value)
