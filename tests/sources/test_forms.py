"""Forms for phones: accepted by pyxform, in four languages, about nobody."""

from __future__ import annotations

import doctest
from pathlib import Path

import pandas as pd
import pytest

from geosector import make_form, tables
from geosector.cli import main
from geosector.errors import InputError
from geosector.language import LANGUAGES, speaking
from geosector.sources import FORMS
from geosector.storage import write_layers

ASKS_THE_PHONE = {
    "start", "end", "today", "deviceid", "phonenumber", "username", "email", "simserial",
    "subscriberid", "start-geopoint", "background-audio", "background-geopoint", "audit",
}  # fmt: skip
every_form = pytest.mark.parametrize("name", FORMS)
every_language = pytest.mark.parametrize("lang", LANGUAGES)


def headings(kind):
    return [f"{kind}::{facts.name} ({code})" for code, facts in LANGUAGES.items()]


@every_language
@every_form
def test_pyxform_takes_the_form_without_a_warning(tmp_path, name, lang):
    xls2xform = pytest.importorskip("pyxform.xls2xform", reason="pyxform is not installed")
    write_layers(make_form(name, lang=lang), tmp_path / "form.xlsx")
    warnings: list[str] = []
    made = xls2xform.convert(str(tmp_path / "form.xlsx"), warnings=warnings)
    assert warnings == []
    assert f'<translation lang="{LANGUAGES[lang].name} ({lang})" default="true()">' in made.xform


@every_form
def test_the_same_form_is_the_same_bytes(tmp_path, name):
    for file in ("one.xlsx", "two.xlsx"):
        assert main(["form", name, "--out", str(tmp_path / file), "--lang", "ckb"]) == 0
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@every_form
def test_every_question_and_choice_is_said_in_every_language(name):
    form = make_form(name)
    shown = form["survey"][~form["survey"]["type"].isin(["calculate", "end_group"])]
    assert shown[headings("label")].notna().all(axis=None)
    assert form["choices"][headings("label")].notna().all(axis=None)


@every_form
def test_a_label_in_any_language_means_its_column_and_its_value(name):
    form, table = make_form(name), tables.table(FORMS[name].table)
    lists = {}
    for row in form["survey"].to_dict("records"):
        if row["name"] not in table.columns or row["type"] == "calculate":
            continue
        lists.setdefault(row["type"].partition(" ")[2], []).append(row["name"])
        for label in headings("label"):
            assert tables.match_columns(table.name, [row[label]]) == {row[label]: row["name"]}
    for row in form["choices"].to_dict("records"):
        for column in lists.get(row["list_name"], []):
            said = [tables.match_value(table.name, column, row[one]) for one in headings("label")]
            assert set(said) == {row["name"]}


@every_form
def test_nothing_is_asked_about_persons_or_of_the_phone(name):
    survey = make_form(name)["survey"]
    assert not ASKS_THE_PHONE & set(survey["type"])
    asked = survey[survey["type"] != "note"]
    said = asked[["name", *headings("label")]].to_numpy().ravel()
    assert not [word for word in said if word is not None and tables.looks_personal(word)]
    assert survey["name"].iloc[0] == "care"


@every_form
def test_what_a_row_cannot_do_without_is_required(name):
    survey = make_form(name)["survey"].set_index("name")
    required = survey["required"].dropna().to_dict()
    for column in tables.table(FORMS[name].table).columns.values():
        assert not column.required or required[column.name] == "yes"
    if FORMS[name].table == "incidents":
        assert required["locality"] == "${point} = ''"
    else:
        assert required["point"] == "yes"


def test_a_shelter_is_not_asked_what_it_is():
    survey = make_form("shelters")["survey"].set_index("name")
    assert survey.loc["kind", ["type", "calculation"]].tolist() == ["calculate", "'shelter'"]
    assert survey.loc["capacity_unit", "default"] == "people"
    assert "kind" not in set(make_form("shelters")["choices"]["list_name"])
    assert "kind" in set(make_form("facilities")["choices"]["list_name"])


def test_the_version_is_that_of_the_content():
    def version(name, lang):
        return make_form(name, lang=lang)["settings"]["version"].iloc[0]

    versions = [version(name, lang) for name in FORMS for lang in LANGUAGES]
    assert len(set(versions)) == len(versions)
    assert version("incidents", "ar") == version("incidents", "ar")


def test_the_form_opens_in_the_language_that_is_spoken():
    with speaking("kmr"):
        settings = make_form("warehouses")["settings"]
    assert settings["default_language"].tolist() == ["Kurmancî (kmr)"]


def test_a_form_that_there_is_not_is_refused(tmp_path, capsys):
    with pytest.raises(InputError, match="'roads' is not a form"):
        make_form("roads")
    assert main(["form", "roads", "--out", str(tmp_path / "f.xlsx")]) == 2
    assert main(["form", "shelters", "--out", str(tmp_path / "f.csv")]) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_written_form_has_the_three_sheets(tmp_path):
    file = tmp_path / "form.xlsx"
    assert main(["form", "incidents", "--out", str(file)]) == 0
    sheets = pd.read_excel(file, sheet_name=None)
    assert list(sheets) == ["survey", "choices", "settings"]
    assert sheets["survey"]["name"].tolist() == make_form("incidents")["survey"]["name"].tolist()


def test_the_page_about_field_forms_shows_what_is_true(tmp_path, monkeypatch):
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "field-forms.md"
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(
        str(page),
        module_relative=False,
        encoding="utf-8",
        optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
    )
    assert tried > 0
    assert failed == 0
