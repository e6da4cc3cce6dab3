"""A city → sectors along its main roads, of like population, each in one piece.

streets → ``blocks`` → ``graph`` (who borders whom, along which road) → ``solve`` → ``describe``
"""

from geosector.partition.layout import Layout, city_cells, diagnose_city, partition_city

__all__ = ["Layout", "city_cells", "diagnose_city", "partition_city"]
