"""Who goes to which shelter when shelters can be full, who is left over, and why.

`assignment` does it from tables: `rooms` counts people and places, `trips` finds the ways between
them, `listed` sets the plan as tables. `transport` is the problem behind it, for any places with
limited room; `moves` are its compiled loops.
"""

from geosector.measure.sheltering.assignment import Sheltered, assign_to_shelters
from geosector.measure.sheltering.listed import why_left_over
from geosector.measure.sheltering.transport import Allotted, allot

__all__ = [
    "Allotted",
    "Sheltered",
    "allot",
    "assign_to_shelters",
    "why_left_over",
]
