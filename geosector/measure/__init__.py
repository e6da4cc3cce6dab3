"""What can be said of incidents, people and streets in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for. `coded`, `counts`, `months`
and `services` are the numbers of reports.

`network` makes streets a network and `travel` tells how long each stretch takes; on these `access`
finds who reaches what, `containment` who copes inside a sector, `cuts` who is cut off. `around`
searches within a limit, `reached` cuts the streets there, `isochrones` draws what each facility
serves; `within` counts people by sector; `losses` sets what is cut off and critical as tables;
`ways` and `routes` lead out, away from hot areas; `again` asks for the nearest under one closure
after the other. `city_access` does all of it from the tables of a city, `tell` says it. `people`
and `rows` read counts of people and numbers of rows.
"""
