"""Where incidents gather, where they rise, how exposed a place is, where accidents repeat.

`events` takes the incidents that count and `whereabouts` finds their areas (or `squares`). On these
`spots` finds the areas that stand out (`gistar`, among `neighbours`), `trends` where it rises or
falls, `exposure` how many attacks were around a facility, and `blackspots` where accidents gather
on roads cut into `pieces`; `chance` has the tests. Incidents of the four kinds only: nothing here
takes persons or crimes.
"""

from geosector.measure.hotspots.blackspots import BlackSpots, find_black_spots
from geosector.measure.hotspots.chance import (
    compare_rates,
    false_discovery,
    mann_kendall,
    poisson_tail,
)
from geosector.measure.hotspots.exposure import Exposure, measure_exposure
from geosector.measure.hotspots.gistar import GiStar, gi_star
from geosector.measure.hotspots.neighbours import Neighbours, nearest_few, touching, within_metres
from geosector.measure.hotspots.pieces import cut_roads
from geosector.measure.hotspots.spots import HotSpots, find_hot_spots, hot_areas
from geosector.measure.hotspots.squares import square_cells
from geosector.measure.hotspots.trends import Trends, compare_periods, follow_months
from geosector.measure.hotspots.whereabouts import count_events

__all__ = [
    "BlackSpots",
    "Exposure",
    "GiStar",
    "HotSpots",
    "Neighbours",
    "Trends",
    "compare_periods",
    "compare_rates",
    "count_events",
    "cut_roads",
    "false_discovery",
    "find_black_spots",
    "find_hot_spots",
    "follow_months",
    "gi_star",
    "hot_areas",
    "mann_kendall",
    "measure_exposure",
    "nearest_few",
    "poisson_tail",
    "square_cells",
    "touching",
    "within_metres",
]
