"""Every error is ours and also the ordinary one that a stranger would catch."""

from __future__ import annotations

import inspect
import pickle

import pytest

from geosector import errors

ORDINARY = {
    "InputError": ValueError,
    "UnreadableFileError": OSError,
    "MissingColumnError": LookupError,
    "MissingCRSError": ValueError,
    "OverlapError": ValueError,
    "ChangedMeanwhileError": ValueError,
    "UnknownRowError": LookupError,
    "UnknownLanguageError": LookupError,
    "InfeasibleError": ValueError,
    "BlockOverQuotaError": ValueError,
    "TooFewBlocksError": ValueError,
    "ToleranceTooTightError": ValueError,
    "BoundaryInPartsError": ValueError,
    "CutOffError": ValueError,
    "PinError": ValueError,
    "ToleranceNotReachedError": ValueError,
    "TooFewCandidatesError": ValueError,
    "TooLittleRoomError": ValueError,
    "AudienceError": PermissionError,
    "AssetError": LookupError,
    "MissingPackageError": ImportError,
    "StorageError": OSError,
}
CLASSES = dict(inspect.getmembers(errors, inspect.isclass))


def test_there_is_no_error_beside_these():
    assert set(CLASSES) == {"GeosectorError", *ORDINARY}


@pytest.mark.parametrize("name", ORDINARY)
def test_a_stranger_catches_it_as_an_ordinary_error(name):
    with pytest.raises(ORDINARY[name], match="what was given"):
        raise CLASSES[name]("what was given")


@pytest.mark.parametrize("name", CLASSES)
def test_it_is_ours_is_drawn_in_the_tree_and_keeps_its_sentence(name):
    assert issubclass(CLASSES[name], errors.GeosectorError)
    assert f"{name}" in (errors.__doc__ or "")
    copied = pickle.loads(pickle.dumps(CLASSES[name]("a sentence.")))  # noqa: S301 - our own
    assert str(copied) == "a sentence."
