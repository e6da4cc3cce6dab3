"""Incidents over time: the slider's periods and pictures, and what changed between two periods."""
