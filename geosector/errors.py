"""Every error that geosector raises on purpose.

::

    GeosectorError
    ├── InputError (ValueError)               what was given cannot be used as it is
    │   ├── UnreadableFileError (OSError)     the file is missing, damaged or of another kind
    │   ├── MissingColumnError (LookupError)  a table lacks a column it cannot do without
    │   ├── MissingCRSError                   coordinates without a coordinate system
    │   ├── OverlapError                      two zones claim the same ground
    │   ├── ChangedMeanwhileError             somebody else changed the row in the meantime
    │   ├── UnknownRowError (LookupError)     no row of the register has this id
    │   └── UnknownLanguageError (LookupError)
    ├── InfeasibleError (ValueError)          no layout or plan can satisfy the wish
    │   ├── BlockOverQuotaError               one block holds more people than a sector may
    │   ├── TooFewBlocksError                 fewer blocks than sectors
    │   ├── ToleranceTooTightError            it is proven that no plan keeps the tolerance
    │   ├── BoundaryInPartsError              the boundary is in parts and joining them was refused
    │   ├── CutOffError                       no open street joins the city, and joining was refused
    │   ├── PinError                          what is pinned together fits into no sector
    │   ├── ToleranceNotReachedError          the solver found no plan within the tolerance
    │   ├── TooFewCandidatesError             fewer places that can be used than sites asked for
    │   └── TooLittleRoomError                the sites asked for cannot hold the people
    ├── AudienceError (PermissionError)       not for this audience, or no audience or key given
    ├── AssetError (LookupError)              a map asks for a file that is not installed
    ├── MissingPackageError (ImportError)     an extra that this input needs is not installed
    └── StorageError (OSError)                a file could not be written; the old one is whole

Each is also the ordinary Python error that a stranger would catch. Each message is one
sentence in the current language: what was given, what was expected, what to do.
"""

from __future__ import annotations


class GeosectorError(Exception):
    """Root of every error that geosector raises on purpose."""


class InputError(GeosectorError, ValueError):
    """What was given cannot be used as it is."""


class UnreadableFileError(InputError, OSError):
    """The file is missing, damaged or of another kind than expected."""


class MissingColumnError(InputError, LookupError):
    """A table lacks a column that it cannot do without."""


class MissingCRSError(InputError):
    """Coordinates came without a coordinate reference system; none is guessed."""


class OverlapError(InputError):
    """Two zones claim the same ground, so a point there would have two answers."""


class ChangedMeanwhileError(InputError):
    """A row of a register is not as it was expected: somebody else changed it in the meantime."""


class UnknownRowError(InputError, LookupError):
    """No row of the register has this id."""


class UnknownLanguageError(InputError, LookupError):
    """A language that geosector does not speak."""


class InfeasibleError(GeosectorError, ValueError):
    """No layout or plan can satisfy what was asked."""


class BlockOverQuotaError(InfeasibleError):
    """One block holds more people than a whole sector may."""


class TooFewBlocksError(InfeasibleError):
    """There are fewer blocks than sectors."""


class ToleranceTooTightError(InfeasibleError):
    """It is proven, before solving, that no plan keeps the tolerance."""


class BoundaryInPartsError(InfeasibleError):
    """The boundary lies in several parts and joining them was refused."""


class CutOffError(InfeasibleError):
    """Barriers or closed streets cut the city into pieces, and joining them was refused."""


class PinError(InfeasibleError):
    """What is pinned fits into no sector, or pins contradict each other."""


class ToleranceNotReachedError(InfeasibleError):
    """The solver found no plan within the tolerance in its budget."""


class TooFewCandidatesError(InfeasibleError):
    """Fewer candidates can be used than sites are asked for, in all or in one sector."""


class TooLittleRoomError(InfeasibleError):
    """The sites asked for cannot hold the people, whichever candidates are taken."""


class AudienceError(GeosectorError, PermissionError):
    """It is not for this audience, or no audience or masking key was given."""


class AssetError(GeosectorError, LookupError):
    """A map asks for a script, style or font that is not installed."""


class MissingPackageError(GeosectorError, ImportError):
    """A package that only some inputs need is not installed; the message says how to get it."""


class StorageError(GeosectorError, OSError):
    """A file could not be written; the one that stood there before is whole."""
