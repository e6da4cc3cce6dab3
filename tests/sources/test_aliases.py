"""Spellings learned from review."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.sources.aliases import append_aliases, read_aliases, with_learned_names

DECISION = pd.DataFrame(
    {
        "written": ["=تل سنث"],
        "place_id": ["gn:1"],
        "decided_by": ["IDL-OPS"],
        "decided_at": ["2024-04-02T10:00:00"],
    }
)
PLACES = pd.DataFrame(
    {"id": ["gn:1", "C2"], "pcode": [None, "C2"], "same_as": ["wof:5|table:b#7", None]}
)


def test_decisions_are_read_as_they_were_written(tmp_path):
    append_aliases(tmp_path / "a.csv", DECISION)
    rows, problems = read_aliases(tmp_path / "a.csv")
    assert rows[["written", "place_id", "decided_by"]].to_numpy().tolist() == [
        ["=تل سنث", "gn:1", "IDL-OPS"]
    ]
    assert (rows["decided_at"].tolist(), len(problems)) == ([pd.Timestamp("2024-04-02 10:00")], 0)


def test_new_decisions_come_after_the_old_and_none_twice(tmp_path):
    path = tmp_path / "a.csv"
    append_aliases(path, DECISION)
    whole = append_aliases(path, pd.concat([DECISION, DECISION.assign(place_id="C2")]))
    assert (
        whole["place_id"].tolist() == read_aliases(path)[0]["place_id"].tolist() == ["gn:1", "C2"]
    )


@pytest.mark.parametrize("signed", ["Samar Haddad", "samar@example.org", "00963-11", "", None])
def test_what_might_be_a_person_is_refused_and_nothing_is_written(tmp_path, signed):
    with pytest.raises(InputError, match="decided_by must be the code of an office"):
        append_aliases(tmp_path / "a.csv", DECISION.assign(decided_by=signed))
    assert not (tmp_path / "a.csv").exists()


def test_a_decision_without_a_place_is_refused(tmp_path):
    with pytest.raises(InputError, match="A decision lacks place_id"):
        append_aliases(tmp_path / "a.csv", DECISION.assign(place_id=None))
    with pytest.raises(MissingColumnError, match="place_id"):
        append_aliases(tmp_path / "a.csv", DECISION.drop(columns="place_id"))


def test_a_person_in_a_list_from_elsewhere_is_left_out_and_listed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("written,place_id,decided_by\nx,gn:1,Samar Haddad\n", encoding="utf-8")
    rows, problems = read_aliases(path)
    assert (rows["decided_by"].tolist(), problems["given"].tolist()) == ([None], ["…"])


@pytest.mark.parametrize(
    ("code", "place"), [("gn:1", 0), ("wof:5", 0), ("table:b#7", 0), ("7", 0), ("C2", 1)]
)
def test_a_place_is_found_by_any_of_its_ids(code, place):
    learned, problems = with_learned_names(PLACES, DECISION.assign(place_id=code))
    assert learned["names_learned"].notna().tolist() == [place == 0, place == 1]
    assert problems.empty


def test_the_latest_decision_on_a_spelling_holds():
    later = DECISION.assign(place_id="C2", decided_at="2024-05-01")
    both = pd.concat([later, DECISION], ignore_index=True)
    learned, _ = with_learned_names(
        PLACES, both.assign(decided_at=pd.to_datetime(both["decided_at"], format="ISO8601"))
    )
    assert learned["names_learned"].tolist() == [None, "=تل سنث"]


def test_what_was_learned_before_is_kept():
    learned, _ = with_learned_names(PLACES.assign(names_learned=["a|b", None]), DECISION)
    assert learned["names_learned"].tolist() == ["a|b|=تل سنث", None]


def test_a_decision_for_a_place_that_is_gone_is_listed():
    learned, problems = with_learned_names(PLACES, DECISION.assign(place_id="gn:99"))
    assert learned["names_learned"].isna().all()
    assert problems["action"].tolist() == ["The spelling was not learned."]


def test_a_learned_spelling_that_looks_like_a_formula_comes_back_as_it_was(tmp_path):
    decision = pd.DataFrame(
        [["=Sermin", "b5", "IDL", "2024-05-01", "s.xlsx"]],
        columns=["written", "place_id", "decided_by", "decided_at", "source"],
    )
    append_aliases(tmp_path / "aliases.csv", decision)
    again = append_aliases(tmp_path / "aliases.csv", decision)
    assert again["written"].tolist() == ["=Sermin"]
    assert "'=Sermin" in (tmp_path / "aliases.csv").read_text(encoding="utf-8-sig")
