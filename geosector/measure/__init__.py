"""What can be said of incidents and people in numbers: one module for each question.

`geosector.measure.density` tells how many incidents there are per km², everywhere.
"""
