#!/usr/bin/env python3
"""Adds to Noto Sans TC the few characters of Taiwanese place names that its regional subset leaves out.

Noto Sans TC is the regional subset of Noto Sans CJK TC: same design, same version, same units per em. The outlines
come from the full family, converted from cubic to quadratic curves.

    pip install fonttools
    add-place-name-glyphs.py NotoSansTC_400Regular.ttf NotoSansCJK-Regular.ttc NotoSansTC-Regular.ttf
"""

import sys

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

CHARACTERS = "硘磜嵵獇欍"
MAX_ERROR = 0.5  # font units, of 1000 per em


def family(font):
    return font["name"].getDebugName(1)


def main(subset_path, collection_path, out_path):
    font = TTFont(subset_path)
    full = next(f for f in TTCollection(collection_path).fonts if family(f) == "Noto Sans CJK TC")
    assert font["head"].unitsPerEm == full["head"].unitsPerEm
    cmap, glyphs = full.getBestCmap(), full.getGlyphSet()
    for character in CHARACTERS:
        code = ord(character)
        if code in font.getBestCmap():
            continue
        source, name = cmap[code], f"uni{code:04X}"
        outline = TTGlyphPen(None)
        glyphs[source].draw(Cu2QuPen(outline, MAX_ERROR, reverse_direction=True))
        glyph = outline.glyph()
        font["glyf"][name] = glyph
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (full["hmtx"][source][0], glyph.xMin)
        if "vmtx" in font:
            font["vmtx"][name] = full["vmtx"][source]
        for table in font["cmap"].tables:
            if table.isUnicode() and table.format in (4, 12):
                table.cmap[code] = name
    font.save(out_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
