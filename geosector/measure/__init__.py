"""What can be said of incidents, people and streets in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for. `coded`, `counts`, `months`
and `services` are the numbers of reports.

`network` makes streets a network and `travel` tells how long each stretch takes; on these `access`
finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off.

`sheltering` sends people to shelters that can be full (`rooms`, `trips`, `shelter_tables` are its
parts); `transport` is the problem behind it, for any places with limited room (`moves` its loops).
"""
