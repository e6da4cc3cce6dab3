"""Who is there by role and place, never by name.

`posts` counts hours covered and roles filled by sector, `committees` who serves which sectors,
`catalogue` an office's own activities by place and month.
"""

from geosector.measure.organisation.catalogue import Counted, count_activities
from geosector.measure.organisation.committees import Served, committee_cover
from geosector.measure.organisation.posts import Posts, count_posts

__all__ = [
    "Counted",
    "Posts",
    "Served",
    "committee_cover",
    "count_activities",
    "count_posts",
]
