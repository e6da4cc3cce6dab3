"""Gazetteers of every kind become rows under the names of the one gazetteer table.

A module for each kind; each takes rows as they stand in the file and gives rows under our names.
``kinds`` tells which kind rows are, ``rows`` has what they share, ``builtin`` the list that is
always there.
"""
