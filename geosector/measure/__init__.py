"""What can be said of incidents, people and streets in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for. `coded`, `counts`, `months`
and `services` are the numbers of reports.

For plans, a folder for each question, whose own names are all that a planner needs: `access` (who
reaches what, who is cut off), `sheltering` (who goes to which shelter), `siting` (where to put
more), `stock` (what is missing and what to bring), `organisation` (who is on duty), `hotspots`
(where incidents gather), `coordination` (who does what where, fair shares).
"""
