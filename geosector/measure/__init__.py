"""What can be said of incidents, people and streets in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for. `coded`, `counts`, `months`
and `services` are the numbers of reports.

`network` makes streets a network and `travel` tells how long each stretch takes; on these `access`
finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off, `doubled`
what no loss of one street cuts off; `siting` proposes where to put more shelters, warehouses or
hospitals.
"""
