"""What can be said of incidents and people in numbers: one module for each question.

`density` tells how many incidents there are per km², everywhere; `rates` how many in each area,
and per 10,000 people; `localities` what ground a locality stands for.
"""
