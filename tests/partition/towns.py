"""Drawn towns that several tests share."""

# Nine blocks of 120 × 90 m; a main cross-road in the middle of the west, a tertiary stretch.
NINE_BLOCKS = """
+=====+-----+-----+
H 100 | 100 | 100 |
H     |     |     |
+-----+~~~~~+-----+
H 100 | 100 | 100 |
H     |     |     |
+=====+=====+=====+
| 100 | 100 | 100 |
|     |     |     |
+-----+-----+-----+
"""

# Six columns: main roads cut it in three parts of four blocks.
THREE_QUARTERS = """
+---+---+---+---+---+---+
|100|100H100|100H100|100|
|   |   H   |   H   |   |
+---+---+---+---+---+---+
|100|100H100|100H100|100|
|   |   H   |   H   |   |
+---+---+---+---+---+---+
"""

TWO_PARTS = """
+---+---+    +---+
|100|100|    |100|
|   |   |    |   |
+---+---+    +---+
|100|100|
|   |   |
+---+---+
"""
