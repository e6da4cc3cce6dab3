"""The fonts of a PDF, in which every letter has glyphs of its own.

A PDF tells of each glyph once which text it stands for. Noto Sans Arabic draws ب, ت, ي and ی as
one stroke under separate dots, and ends ە and ه in the same glyph; so a text taken out of such a
PDF has lost letters, and a search for a Kurdish word finds nothing. Here stroke and dots of each
letter are joined into one glyph, and each letter gets its own for each of its forms: alone, at the
beginning, in the middle, at the end, and where ل meets ا. They look as the designer drew them: the
dots stand at the designer's anchors, and distances between letters are kept.

What the font does not draw at all comes from the DejaVu Sans that matplotlib carries, and what
neither draws is a hollow square: no font of the system is asked, so that every machine makes the
same PDF.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from geosector.maps import assets
from geosector.maps.paper import fonts
from geosector.storage import remembered

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FAMILY, SPARE = "Geosector Letters", "Geosector Spare"
WEIGHTS = {"Regular": 400, "Bold": 700}
_EDITION = b"2"  # of the way in which fonts are made here: a kept one of another is not used

# The forms of a letter and the features of the font that give them.
_FORMS = {"isol": (), "init": ("init",), "medi": ("medi",), "fina": ("fina",)}
# Signs above and below a letter that may follow it in a table: vowels, doubling, none.
_SIGNS = ("uni064E", "uni0650")

_OBEYED = frozenset("\u2066\u2067\u2068\u2069")  # marks of direction: not drawn

Glyphs = tuple[str, ...]


def font_files() -> dict[str, bytes]:
    """Make the fonts of a PDF.

    Returns
    -------
    dict
        TrueType files by weight, ``Regular`` and ``Bold``, of the family ``Geosector Letters``.
        They are made once and kept for the user (`geosector.storage.remembered`).

    Raises
    ------
    AssetError
        Where Noto Sans Arabic is not installed.

    Examples
    --------
    >>> sorted(font_files())
    ['Bold', 'Regular']
    """
    return {style: remembered(_name(style), partial(_made, style)) for style in WEIGHTS}


def spare_files() -> dict[str, bytes]:
    """Give the fonts for what the others do not draw, of the family ``Geosector Spare``."""
    return {style: fonts.renamed(fonts.dejavu_font(style), SPARE, style) for style in WEIGHTS}


def needs_spare(words: str) -> bool:
    """Say whether a text holds what only the spare font draws.

    Examples
    --------
    >>> needs_spare("نیسان 2024"), needs_spare("♠")
    (False, True)
    """
    return bool(frozenset(fonts.drawable(" ".join(words.split()))) - _drawn() - _OBEYED)


@cache
def _drawn() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(io.BytesIO(font_files()["Regular"]), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _name(style: str) -> str:
    """Name a font by all that it depends on."""
    import fontTools

    depends = [assets.font_file().read_bytes(), fontTools.version.encode(), _EDITION]
    return f"letters-{style}-{hashlib.sha256(b'|'.join(depends)).hexdigest()[:32]}.ttf"


def _made(style: str) -> bytes:
    font = fonts.noto_font(style)
    give_own_glyphs(font)
    for name, record in (("usWeightClass", WEIGHTS[style]), ("usWidthClass", 5)):
        setattr(font["OS/2"], name, record)
    return fonts.renamed(font, FAMILY, style)


# --------------------------------------------------------------- what the designer's rules say


class _Piece(NamedTuple):
    """A part of a letter and where it stands."""

    glyph: str
    x: int
    y: int


class _Rules:
    """The rules of a font for Arabic, as far as one letter by itself goes."""

    def __init__(self, font: TTFont) -> None:
        self.lookups = font["GSUB"].table.LookupList.Lookup
        self.features = _features(font["GSUB"].table)
        positions = font["GPOS"].table
        self.marks, self.stacked = _anchors(positions)

    def formed(self, glyph: str, form: str) -> Glyphs:
        """Give the parts of a letter in one of its forms."""
        parts: Glyphs = (glyph,)
        for feature in ("ccmp", *_FORMS[form], "rlig"):
            for at in self.features.get(feature, ()):
                parts = self._applied(self.lookups[at], parts)
        return parts

    def _applied(self, lookup: Any, parts: Glyphs) -> Glyphs:  # noqa: ANN401
        for table in lookup.SubTable:
            rule = getattr(table, "ExtSubTable", table)
            if rule.LookupType == 6:  # noqa: PLR2004 - a rule that looks at what stands around
                parts = self._in_context(rule, parts)
            elif rule.LookupType in {1, 2}:
                parts = tuple(new for part in parts for new in _exchanged(rule, part))
        return parts

    def _in_context(self, rule: Any, parts: Glyphs) -> Glyphs:  # noqa: ANN401
        """Apply a rule for one part that looks at the part after it: a stroke at its dots."""
        if rule.Format != 3 or len(rule.InputCoverage) != 1 or rule.BacktrackCoverage:  # noqa: PLR2004
            return parts
        found = list(parts)
        for at, part in enumerate(parts):
            ahead = parts[at + 1 : at + 1 + len(rule.LookAheadCoverage)]
            fits = part in rule.InputCoverage[0].glyphs and all(
                one in cover.glyphs
                for one, cover in zip(ahead, rule.LookAheadCoverage, strict=False)
            )
            if fits and len(ahead) == len(rule.LookAheadCoverage):
                for record in rule.SubstLookupRecord:
                    (found[at],) = self._applied(self.lookups[record.LookupListIndex], (part,))
        return tuple(found)

    def placed(self, parts: Glyphs) -> list[_Piece]:
        """Put the marks of a letter where its stroke, or the mark before, has their anchor."""
        pieces = [_Piece(parts[0], 0, 0)]
        for part in parts[1:]:
            last = pieces[-1]
            place = self.stacked.get((last.glyph, part)) if last is not pieces[0] else None
            if place is None:
                last, place = pieces[0], self.marks.get((parts[0], part), (0, 0))
            pieces.append(_Piece(part, last.x + place[0], last.y + place[1]))
        return pieces


def _features(table: Any) -> dict[str, list[int]]:  # noqa: ANN401
    """List the rules of each feature of Arabic script, in the order in which they apply."""
    (script,) = [one.Script for one in table.ScriptList.ScriptRecord if one.ScriptTag == "arab"]
    records = [table.FeatureList.FeatureRecord[at] for at in script.DefaultLangSys.FeatureIndex]
    return {one.FeatureTag: sorted(one.Feature.LookupListIndex) for one in records}


def _exchanged(rule: Any, part: str) -> Iterable[str]:  # noqa: ANN401
    found = rule.mapping.get(part, part)
    return (found,) if isinstance(found, str) else found


_Places = dict[tuple[str, str], tuple[int, int]]


def _anchors(table: Any) -> tuple[_Places, _Places]:  # noqa: ANN401
    """Say where a mark stands on a stroke, and where on another mark."""
    on_strokes: _Places = {}
    on_marks: _Places = {}
    for lookup in table.LookupList.Lookup:
        for wrapped in lookup.SubTable:
            rule = getattr(wrapped, "ExtSubTable", wrapped)
            if rule.LookupType == 4:  # noqa: PLR2004 - a mark on a base
                under = zip(rule.BaseCoverage.glyphs, rule.BaseArray.BaseRecord, strict=True)
                bases = {name: one.BaseAnchor for name, one in under}
                _place(on_strokes, bases, rule.MarkCoverage.glyphs, rule.MarkArray)
            elif rule.LookupType == 6:  # noqa: PLR2004 - a mark on a mark
                under = zip(rule.Mark2Coverage.glyphs, rule.Mark2Array.Mark2Record, strict=True)
                bases = {name: one.Mark2Anchor for name, one in under}
                _place(on_marks, bases, rule.Mark1Coverage.glyphs, rule.Mark1Array)
    return on_strokes, on_marks


def _place(
    places: _Places,
    bases: Mapping[str, Any],
    marks: list[str],
    array: Any,  # noqa: ANN401
) -> None:
    for mark, record in zip(marks, array.MarkRecord, strict=True):
        for base, anchors in bases.items():
            anchor = anchors[record.Class]
            if anchor is not None:
                own = record.MarkAnchor
                places[base, mark] = (
                    anchor.XCoordinate - own.XCoordinate,
                    anchor.YCoordinate - own.YCoordinate,
                )


# --------------------------------------------------------------- glyphs of one's own


class _Own(NamedTuple):
    """A new glyph: of which letter, of which parts."""

    name: str
    pieces: list[_Piece]


def give_own_glyphs(font: TTFont) -> None:
    """Give every Arabic letter of a font glyphs of its own, and every other sign one.

    Parameters
    ----------
    font : fontTools.ttLib.TTFont
        Noto Sans Arabic at one weight; it is changed.
    """
    rules = _Rules(font)
    signs = font.getBestCmap()
    letters = [code for code in sorted(signs) if _is_letter(code)]
    made: list[_Own] = []
    shapes: dict[str, list[str]] = {form: [] for form in (*_FORMS, "lam", "alef")}
    for code in letters:
        for form in _FORMS:
            parts = rules.formed(signs[code], form)
            own = _Own(_called(code, form), rules.placed(parts))
            # A letter that does not join to the next one has no such form.
            if form == "isol" or parts != rules.formed(signs[code], "isol"):
                made.append(own)
                shapes[form].append(own.name)
            made += _met(rules, code, form, parts)
    round_heh = _Own("uni0647.own.after", [_Piece("uni06D5", 0, 0)])
    made.append(round_heh)
    _add_glyphs(font, made)
    _add_to_positions(font, rules, made)
    for table in font["cmap"].tables:
        table.cmap.update({code: _called(code, "isol") for code in letters if code in table.cmap})
    _part_twins(font)
    _write_rules(font, [one.name for one in made])


def _is_letter(code: int) -> bool:
    return 0x0620 <= code <= 0x06FF and unicodedata.category(chr(code)) == "Lo"  # noqa: PLR2004


def _called(code: int, form: str) -> str:
    return f"uni{code:04X}.own.{form}"


# Where ل meets ا: the font's two rules for it exchange both strokes.
_MEETINGS = {
    ("init", "uni0644.init"): ("uni0644.init.rlig", "init.met"),
    ("medi", "uni0644.medi"): ("uni0644.medi.rlig", "medi.met"),
}
_MET_ALEFS = {"uni0627.fina.rlig": "fina.met", "uni0627.fina.rlig.2": "fina.met2"}


def _met(rules: _Rules, code: int, form: str, parts: Glyphs) -> list[_Own]:
    """Give the forms of ل and of ا where the two meet."""
    meeting = _MEETINGS.get((form, parts[0]))
    if meeting is not None:
        stroke, form_of = meeting
        return [_Own(_called(code, form_of), rules.placed((stroke, *parts[1:])))]
    if form == "fina" and parts[0] in {"uni0627.fina", "uni0627.short.fina"}:
        return [
            _Own(_called(code, form_of), rules.placed((stroke, *parts[1:])))
            for stroke, form_of in _MET_ALEFS.items()
        ]
    return []


def _add_glyphs(font: TTFont, made: list[_Own]) -> None:
    """Draw each new glyph from its parts."""
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyphs, widths = font["glyf"], font["hmtx"]
    classes = font["GDEF"].table.GlyphClassDef.classDefs
    for own in made:
        pen = TTGlyphPen(glyphs)
        for piece in own.pieces:
            pen.addComponent(piece.glyph, (1, 0, 0, 1, piece.x, piece.y))
        glyph = pen.glyph()
        glyphs[own.name] = glyph
        glyph.recalcBounds(glyphs)
        widths[own.name] = (widths[own.pieces[0].glyph][0], glyph.xMin)
        classes[own.name] = 1  # a base
    font.setGlyphOrder(glyphs.glyphOrder)


def _add_to_positions(font: TTFont, rules: _Rules, made: list[_Own]) -> None:
    """Keep distances to neighbours, and places for vowels, as those of the stroke of a letter."""
    order = font.getReverseGlyphMap(rebuild=True)
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for wrapped in lookup.SubTable:
            rule = getattr(wrapped, "ExtSubTable", wrapped)
            if rule.LookupType == 2 and rule.Format == 2:  # noqa: PLR2004 - pairs of classes
                _join_pairs(rule, made, order)
            elif rule.LookupType == 4:  # noqa: PLR2004 - a mark on a base
                _join_bases(rule, rules, made, order)


def _join_pairs(rule: Any, made: list[_Own], order: Mapping[str, int]) -> None:  # noqa: ANN401
    covered = set(rule.Coverage.glyphs)
    for own in made:
        stroke = own.pieces[0].glyph
        if stroke in covered:
            rule.Coverage.glyphs.append(own.name)
        for classes in (rule.ClassDef1.classDefs, rule.ClassDef2.classDefs):
            if stroke in classes:
                classes[own.name] = classes[stroke]
    rule.Coverage.glyphs.sort(key=order.__getitem__)


def _join_bases(rule: Any, rules: _Rules, made: list[_Own], order: Mapping[str, int]) -> None:  # noqa: ANN401
    bases = dict(zip(rule.BaseCoverage.glyphs, rule.BaseArray.BaseRecord, strict=True))
    signs = {
        sign: rule.MarkArray.MarkRecord[rule.MarkCoverage.glyphs.index(sign)]
        for sign in _SIGNS
        if sign in rule.MarkCoverage.glyphs
    }
    for own in made:
        stroke = own.pieces[0].glyph
        if stroke in bases:
            record = deepcopy(bases[stroke])
            for sign, mark in signs.items():
                _lift(record.BaseAnchor[mark.Class], own, rules, sign, mark.MarkAnchor)
            bases[own.name] = record
    rule.BaseCoverage.glyphs = sorted(bases, key=order.__getitem__)
    rule.BaseArray.BaseRecord = [bases[name] for name in rule.BaseCoverage.glyphs]
    rule.BaseArray.BaseCount = len(bases)


def _lift(anchor: Any, own: _Own, rules: _Rules, sign: str, mark: Any) -> None:  # noqa: ANN401
    """Let a vowel stand clear of the dots of a letter, as it would if they were marks still."""
    for piece in own.pieces[1:]:
        place = rules.stacked.get((piece.glyph, sign))
        if anchor is not None and place is not None:
            anchor.XCoordinate = piece.x + place[0] + mark.XCoordinate
            anchor.YCoordinate = piece.y + place[1] + mark.YCoordinate


def _part_twins(font: TTFont) -> None:
    """Give signs that share a glyph, such as the two spaces, one each."""
    glyphs, widths = font["glyf"], font["hmtx"]
    taken: dict[str, int] = {}
    for code, name in sorted(font.getBestCmap().items()):
        if taken.setdefault(name, code) != code:
            twin = f"uni{code:04X}.own"
            glyphs[twin] = deepcopy(glyphs[name])
            widths[twin] = widths[name]
            for table in font["cmap"].tables:
                if code in table.cmap:
                    table.cmap[code] = twin
    font.setGlyphOrder(glyphs.glyphOrder)


def _write_rules(font: TTFont, names: list[str]) -> None:
    """Write the few rules that letters with glyphs of their own still need."""
    from fontTools.feaLib.builder import addOpenTypeFeaturesFromString

    own = set(names)
    written = ["languagesystem DFLT dflt;", "languagesystem arab dflt;"]
    for form in ("init", "medi", "fina"):
        pairs = [(name, name.replace(".isol", f".{form}")) for name in names if ".isol" in name]
        lines = "".join(f"sub {one} by {other};" for one, other in pairs if other in own)
        written.append(f"feature {form} {{ {lines} }} {form};")
    for form, met in (("init", "fina.met"), ("medi", "fina.met2")):
        lams = [name for name in names if name.endswith(f".{form}.met")]
        alefs = [name for name in names if name.endswith(f".{met}")]
        before = " ".join(name.removesuffix(".met") for name in lams)
        after = " ".join(name.replace(f".{met}", ".fina") for name in alefs)
        written += [
            f"lookup L{form} {{ sub [{before}] by [{' '.join(lams)}]; }} L{form};",
            f"lookup A{form} {{ sub [{after}] by [{' '.join(alefs)}]; }} A{form};",
            (
                f"feature rlig {{ lookupflag IgnoreMarks; sub [{before}]' lookup L{form} "
                f"[{after}]' lookup A{form}; }} rlig;"
            ),
        ]
    written.append(
        f"feature rlig {{ lookupflag IgnoreMarks; sub [{' '.join(names)}] uni0647.own.isol' by "
        "uni0647.own.after; } rlig;"
    )
    addOpenTypeFeaturesFromString(font, "\n".join(written), tables={"GSUB"})
