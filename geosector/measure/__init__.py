"""What can be said of incidents, people and streets in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for. `coded`, `counts`, `months`
and `services` are the numbers of reports.

`network` makes streets a network and `travel` tells how long each stretch takes; on these `access`
finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off.

`events` takes the incidents that count and `whereabouts` finds their areas (or `squares`). On
these `hotspots` finds the areas that stand out (`gistar`, among `neighbours`), `trends` where it
rises or falls, `exposure` how many attacks were around a facility, and `blackspots` where accidents
gather on roads cut into `pieces`; `chance` has the tests.
"""
