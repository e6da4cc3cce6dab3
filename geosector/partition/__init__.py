"""A city → sectors along its main roads, of like population, each in one piece.

streets → ``blocks`` → ``graph`` (who borders whom, along which road) → ``solve`` → ``describe``
"""

from geosector.partition.adopt import adopt_layout
from geosector.partition.compare import Comparison, compare_layouts
from geosector.partition.layout import Layout, diagnose_city, partition_city
from geosector.partition.stored import layers_of

__all__ = [
    "Comparison",
    "Layout",
    "adopt_layout",
    "compare_layouts",
    "diagnose_city",
    "layers_of",
    "partition_city",
]
