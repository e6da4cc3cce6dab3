"""What can be said of incidents, people and streets in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for. `coded`, `counts`, `months`
and `services` are the numbers of reports.

`network` makes streets a network and `travel` tells how long each stretch takes; on these `access`
finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off.

`norms` multiplies people by what each needs; `lots` judges stock on a day, `stock` sets both side
by side; `minutes` are ways between places, `spare` is what one can do without, `sharing` divides
what is scarce and `transfers` plans what to bring. `organisation` counts hours and posts,
`committees` who serves which sectors, `catalogue` an office's own activities by month. `given` and
`goods` read numbers, days and the names of goods.

`reported` makes activities of organisations comparable (with `cells`, `spelling`, `places`). On it
rest `who` does what where, `overlaps`, `gaps` against needs (`needs`, `wanted`) and `projects`.
`equity` tells how evenly people are reached, `need` scores places, `allocation` proposes shares.
`validity` finds what expires, `returned` who came back, `sessions` whom no session has reached.

`events` takes the incidents that count and `whereabouts` finds their areas (or `squares`). On
these `hotspots` finds the areas that stand out (`gistar`, among `neighbours`), `trends` where it
rises or falls, `exposure` how many attacks were around a facility, and `blackspots` where accidents
gather on roads cut into `pieces`; `chance` has the tests.

`sheltering` sends people to shelters that can be full (`rooms`, `trips`, `shelter_tables` are its
parts); `transport` is the problem behind it, for any places with limited room (`moves` its loops).

finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off. `around`
searches within a limit, `reached` cuts the streets there, `isochrones` draws what each facility
serves; `within` counts people by sector; `losses` sets what is cut off and critical as tables;
`ways` and `routes` lead out, away from hot areas; `again` asks for the nearest under one closure
after the other. `city_access` does all of it from the tables of a city, `tell` says it. `people`
and `rows` read counts of people and numbers of rows.

finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off, `doubled`
what no loss of one street cuts off; `siting` proposes where to put more shelters, warehouses or
hospitals.
"""
