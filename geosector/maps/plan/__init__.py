"""What planning found, on the map: areas, lines and places, and what their columns are called."""
