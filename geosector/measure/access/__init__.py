"""Who reaches what over streets, who is cut off, which streets hold a town together, ways out.

`network` makes streets a network and `travel` tells how long each stretch takes, with what is
closed. On these `facilities` finds the nearest open facilities (`nearest`, and `again` under one
closure after the other), `areas` what each facility serves (`around` searches within a limit,
`reached` cuts the streets there), `within` people by sector, `containment` who copes inside a
sector, `cuts` who is cut off and what is critical (`losses` as tables; `doubled` what no loss of
one street cuts off), `routes` ways out away from hot areas (`ways` finds them). `measure.city` does
all of it from the tables of a city, `tell` says it; `people` and `rows` read counts of people and
numbers of rows. No way is called safe.
"""

from geosector.measure.access.again import Lined, line_up, nearest_again
from geosector.measure.access.areas import Served, isochrones
from geosector.measure.access.containment import Contained, self_containment
from geosector.measure.access.cuts import (
    Critical,
    cut_off,
    find_critical,
    find_parts,
    people_at_nodes,
)
from geosector.measure.access.facilities import Reached, nearest_facilities
from geosector.measure.access.losses import critical_places, parts_cut_off
from geosector.measure.access.network import Built, Network, build_network
from geosector.measure.access.routes import Routes, find_routes
from geosector.measure.access.travel import DRIVE, WALK, Mode, Travel, shut_by, travel_times
from geosector.measure.access.within import people_within

__all__ = [
    "DRIVE",
    "WALK",
    "Built",
    "Contained",
    "Critical",
    "Lined",
    "Mode",
    "Network",
    "Reached",
    "Routes",
    "Served",
    "Travel",
    "build_network",
    "critical_places",
    "cut_off",
    "find_critical",
    "find_parts",
    "find_routes",
    "isochrones",
    "line_up",
    "nearest_again",
    "nearest_facilities",
    "parts_cut_off",
    "people_at_nodes",
    "people_within",
    "self_containment",
    "shut_by",
    "travel_times",
]
