"""Headers of field forms: which question a header names, and which ones nobody asked.

Kobo and ODK put the groups of a form before the name of a question (``incident/date``,
``incident-date``, ``Incident - Date``), and their own columns beside the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from geosector.tables import fold_label, match_columns

# What stands between a group and a question, a question and a choice. A hyphen alone does so only
# where there are no spaces: in the names of ODK, not in labels.
_BETWEEN = re.compile(r"/|\.|:|\n| - |__|(?<=\S)-(?=\S)")
_DOTTED = re.compile(r"[^\W\d]\.[^\W\d]")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|\*\*|&nbsp;")
_NUMBERING = re.compile(r"\s*(?:[Qqس]\s?)?\(?\d{1,3}(?:[.\-]\d{1,3}){0,3}\s?[.):\-]?\s+(?=\S)")
_LONGEST_LABEL = 500
# Columns that only these programs write. Kobo's own begin with an underscore.
_SURE = frozenset(
    {
        "_uuid", "_submission_time", "_submitted_by", "_validation_status", "_xform_id_string",
        "_xform_id", "__version__", "formhub/uuid", "meta/instanceid", "instanceid",
        "_parent_index",
        "_parent_table_name", "_submission__uuid", "_submission__id", "submissiondate",
        "parent_key", "__id", "subscriberid", "simserial",
    }
)  # fmt: skip
# Which row of the parent a row of a repeat belongs to.
PARENT_LINKS = (
    ("_parent_index", "_index"),
    ("parent_key", "key"),
    ("_submission__uuid", "_uuid"),
    ("_submission__id", "_id"),
)
# What identifies a report, the best first.
ID_HEADERS = ("_uuid", "meta/instanceid", "instanceid", "key", "__id")
# How a report was made and sent: never an answer, though many are called like one.
_ABOUT_SENDING = frozenset(
    {
        "start", "end", "today", "audit", "meta/audit", "simid", "_id", "_index", "_status",
        "__version__", "_version_", "_version", "_xform_id_string", "_xform_id", "formhub/uuid",
        "meta/instancename", "instancename", "meta/deprecatedid", "meta/rootuuid", "meta/entity",
        "_notes", "_tags", "_attachments", "_geolocation", "_bamboo_dataset_id", "_edited",
        "_duration", "_media_count", "_total_media", "_media_all_received", "_date_modified",
        "_last_edited", "_supplementaldetails", "_parent_index", "_parent_table_name",
        "attachmentspresent", "attachmentsexpected", "reviewstate", "edits", "formversion",
        "parent_key", *ID_HEADERS,
    }
)  # fmt: skip
_ABOUT_SENDING_BEGIN = (
    "_submission__", "_attachments/", "_geolocation/", "_supplementaldetails/", "_tags/", "_notes/",
    "set-of-", "__system/", "meta/instance",
)  # fmt: skip


def plain(header: object) -> str:
    """Write a header so that the programs' own columns can be told, whatever stands between.

    Parameters
    ----------
    header : object

    Returns
    -------
    str

    Examples
    --------
    >>> plain("meta-instanceID"), plain("meta.instanceID"), plain("_submission_time")
    ('meta/instanceid', 'meta/instanceid', '_submission_time')
    """
    folded = str(header).strip().casefold()
    return folded if folded.startswith("set-of-") else re.sub(r"[.:-]", "/", folded)


def cuts(header: str) -> Iterator[tuple[str, str]]:
    """Cut a header in two wherever a group or a question may end.

    Parameters
    ----------
    header : str

    Yields
    ------
    tuple = (before, after)
        The longest ``after`` first.

    Examples
    --------
    >>> list(cuts("incident/place-hit")), list(cuts("date of incident"))
    ([('incident', 'place-hit'), ('incident/place', 'hit')], [])
    """
    has_spaces = " " in header.strip()
    for found in _BETWEEN.finditer(header):
        if found[0] == "-" and has_spaces:
            continue
        before, after = header[: found.start()].strip(), header[found.end() :].strip()
        if before and after:
            yield before, after


def column_of(name: str, header: str) -> tuple[str, str] | None:
    """Say which column a header means, with the groups before it or without.

    Parameters
    ----------
    name : str
        The table.
    header : str

    Returns
    -------
    tuple = (column, ending) or None
        ``ending`` is the part of the header that says so; the whole one wins, then the longest.

    Examples
    --------
    >>> column_of("incidents", "attack/casualties/killed_man"), column_of("incidents", "colour")
    (('killed_man', 'killed_man'), None)
    """
    for ending in (header, *(after for _, after in cuts(header))):
        for words in dict.fromkeys((ending, bare(ending))):
            found = match_columns(name, [words]).get(words)
            if found is not None:
                return found, ending
    return None


def bare(label: str) -> str:
    """Take away what forms put around the words of a question: markup, and its number.

    Parameters
    ----------
    label : str

    Returns
    -------
    str
        The words; the label itself where nothing else would be left.

    Examples
    --------
    >>> bare('<b style="color:red">Kind</b> of **incident**'), bare("4.1 Killed"), bare("٣) المكان")
    ('Kind of incident', 'Killed', 'المكان')
    >>> bare("2024"), bare("")
    ('2024', '')
    """
    words = _MARKUP.sub(" ", label[:_LONGEST_LABEL])
    words = _NUMBERING.sub("", words, count=1)
    return " ".join(words.split()) or label


def is_export(headers: Iterable[object], name: str | None = None) -> bool:
    """Say whether these are the headers of a form's export.

    Parameters
    ----------
    headers : iterable
    name : str, optional
        The table: two of its columns behind groups tell an export whose own columns were removed.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_export(["date", "_uuid"]), is_export(["date", "uuid"]), is_export([])
    (True, False, False)
    >>> is_export(["what/date", "where/locality"], "incidents")
    True
    """
    written = [str(header) for header in headers]
    names = {plain(header) for header in written}
    if names & _SURE or {"key", "submitterid"} <= names:
        return True
    if name is None:
        return False
    grouped = {
        found[0]
        for header in written
        if "/" in header or _DOTTED.search(header)
        for found in [column_of(name, header)]
        if found is not None and found[1] != header
    }
    return len(grouped) > 1


def is_repeat(headers: Iterable[object]) -> bool:
    """Say whether these are the headers of a repeat: rows that belong to a row of another sheet.

    Parameters
    ----------
    headers : iterable

    Returns
    -------
    bool

    Examples
    --------
    >>> is_repeat(["killed", "_parent_index", "_index"]), is_repeat(["killed", "_index"])
    (True, False)
    """
    return bool({plain(header) for header in headers} & {"_parent_index", "parent_key"})


def is_about_sending(header: object, headers: Sequence[object]) -> bool:
    """Say whether a column of an export tells how the report was made and sent.

    Parameters
    ----------
    header : object
    headers : sequence
        All of them: ``Status`` is one of ODK Central's own beside ``SubmissionDate`` and ``KEY``.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_about_sending("_id", []), is_about_sending("start", []), is_about_sending("date", [])
    (True, True, False)
    >>> is_about_sending("Status", ["SubmissionDate", "KEY", "Status"])
    True
    """
    name = plain(header)
    if str(header) == "Status":
        return {"SubmissionDate", "KEY"} <= {str(one) for one in headers}
    return name in _ABOUT_SENDING or name.startswith(_ABOUT_SENDING_BEGIN)


def same_question(one: str, other: str) -> bool:
    """Say whether two headers end alike: versions of a form move a question between groups.

    Parameters
    ----------
    one, other : str

    Returns
    -------
    bool

    Examples
    --------
    >>> same_question("old/date", "when/date"), same_question("date", "date_2")
    (True, True)
    >>> same_question("report/date", "event_date")
    False
    """
    return bool(_last_words(one) & _last_words(other))


def _last_words(header: str) -> set[str]:
    ends = [after for _, after in cuts(header)]
    last = ends[-1] if ends else header
    bare = re.sub(r"_\d+$", "", last)  # a header that stands twice was given a number
    return {fold_label(last), fold_label(bare)}
