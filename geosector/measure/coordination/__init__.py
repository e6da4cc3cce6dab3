"""Who does what where, where two do the same and nobody does anything, and who gets what.

`reported` makes activities of organisations comparable (with `cells`, `spelling`, `places`). On it
rest `who` does what where, `overlaps`, `gaps` against needs (`needs`, `wanted`) and `projects`.
`evenness` tells how evenly people are reached, `need` scores places, `allocation` proposes shares.
`validity` finds what expires, `returned` who came back, `sessions` whom no session has reached.
"""

from geosector.measure.coordination.allocation import Allocation, allocate
from geosector.measure.coordination.evenness import Coverage, Equity, cover, equity, gini, hoover
from geosector.measure.coordination.gaps import find_gaps
from geosector.measure.coordination.need import NeedScores, need_scores
from geosector.measure.coordination.needs import Needs, count_needs
from geosector.measure.coordination.overlaps import Overlaps, find_overlaps
from geosector.measure.coordination.projects import Projects, count_projects, project_status
from geosector.measure.coordination.returned import Returned, returns_by_month
from geosector.measure.coordination.sessions import NotReached, not_reached
from geosector.measure.coordination.spelling import Known
from geosector.measure.coordination.validity import Expiring, find_expiring
from geosector.measure.coordination.who import Who, as_matrix, who_does_what

__all__ = [
    "Allocation",
    "Coverage",
    "Equity",
    "Expiring",
    "Known",
    "NeedScores",
    "Needs",
    "NotReached",
    "Overlaps",
    "Projects",
    "Returned",
    "Who",
    "allocate",
    "as_matrix",
    "count_needs",
    "count_projects",
    "cover",
    "equity",
    "find_expiring",
    "find_gaps",
    "find_overlaps",
    "gini",
    "hoover",
    "need_scores",
    "not_reached",
    "project_status",
    "returns_by_month",
    "who_does_what",
]
