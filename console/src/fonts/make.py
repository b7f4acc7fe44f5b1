"""
Makes the pieces of the font in this folder and fonts.css from Pretendard (OFL.txt), whose own are half as large again and
ten times as many. Needed only when the texts of the first page have changed a lot; a character outside of the first piece
is found in another one.

    npm pack pretendard@1.3.9 && tar xzf pretendard-1.3.9.tgz && pip install fonttools brotli
    python3 console/src/fonts/make.py package/dist
"""

import re
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent
DIST = Path(sys.argv[1])
WEIGHTS = (400, 700)
# Shown before anything else: the frame, the overview, the list, the sign-in.
FIRST_TEXTS = ["shell", "overview", "campaigns", "states", "sign-in", "format"]
# Of the rare syllables, this many to a file.
PER_PIECE = 320

font = instantiateVariableFont(TTFont(DIST / "public/variable/PretendardVariable.ttf"), {"wght": WEIGHTS})
has = set(font.getBestCmap())
# The licence keeps the name "Pretendard" for the font as its author publishes it.
for record in font["name"].names:
    record.string = record.toUnicode().replace("Pretendard", "Console Sans")
font.save("/tmp/console-sans.ttf")


def write(name, characters):
    options = Options(flavor="woff2", layout_features=["kern", "tnum", "ccmp", "mark", "locl"], hinting=False)
    options.desubroutinize = True
    piece = TTFont("/tmp/console-sans.ttf")
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(piece)
    piece.flavor = "woff2"
    piece.save(HERE / f"{name}.woff2")


def ranges(characters):
    found, last = [], None
    for code in sorted(characters):
        if last is not None and code == last + 1:
            found[-1][1] = code
        else:
            found.append([code, code])
        last = code
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in found)


hangul = {code for code in has if 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F or 0xAC00 <= code <= 0xD7A3}
latin = {code for code in has if 0x20 <= code <= 0x7E} | {ord(c) for c in "·–—‘’“”…×→←↑↓✓•©µ⌘\u00a0" if ord(c) in has}
extended = {code for code in has if 0xA0 <= code <= 0x24F or 0x2000 <= code <= 0x22FF} - latin

texts = "".join((HERE / f"../text/ko/{name}.ts").read_text() for name in FIRST_TEXTS if (HERE / f"../text/ko/{name}.ts").exists())
first = {ord(c) for c in texts} & hangul

# Pretendard's pieces are in the order of how rare their characters are; the last is the most common.
css = (DIST / "web/variable/pretendardvariable-dynamic-subset.css").read_text()
by_rarity = [parse_unicodes(block.replace("U+", "").replace(" ", "")) for block in re.findall(r"unicode-range: ([^;]+);", css)]
placed, common, rare = set(first), [], []
for index, block in enumerate(reversed(by_rarity)):
    mine = [code for code in block if code in hangul and code not in placed]
    placed |= set(mine)
    if index < 12:
        common.append(mine)
    else:
        rare += mine
rare = sorted(set(rare) | (hangul - placed))
# The twelve common pieces are small: four of them to a file.
common_pieces = [sum(common[at : at + 4], []) for at in range(0, len(common), 4)]
rare_pieces = [rare[at : at + PER_PIECE] for at in range(0, len(rare), PER_PIECE)]

for old in HERE.glob("*.woff2"):
    old.unlink()

# The last face that has a character in its range is used. So the rare ones come first, with ranges that have no holes.
faces = [("latin-extended", extended, "U+A0-24F,U+2000-22FF")]
for n, piece in enumerate(rare_pieces, 1):
    until = rare_pieces[n][0] - 1 if n < len(rare_pieces) else 0xD7A3
    faces.append((f"hangul-rare-{n}", set(piece), f"U+{piece[0]:X}-{until:X}"))
faces += [(f"hangul-{n}", set(piece), ranges(piece)) for n, piece in enumerate(common_pieces, 1)]
faces += [("hangul-first", first, ranges(first)), ("latin", latin, ranges(latin))]

rules = ["/* Made by make.py. Pretendard, SIL Open Font License 1.1: OFL.txt. */"]
for name, characters, where in faces:
    write(name, characters)
    rules.append(
        '@font-face {\n  font-family: "Console Sans";\n  font-style: normal;\n  font-weight: %d %d;\n  font-display: swap;\n'
        '  src: url("./%s.woff2") format("woff2");\n  unicode-range: %s;\n}' % (*WEIGHTS, name, where)
    )
# The first sheet has what the first page is written in, without the list of its syllables. All faces, these two once more
# as the last, come with the second one.
short = rules[-2].replace(ranges(first), "U+AC00-D7A3")
(HERE / "fonts.css").write_text("\n".join([rules[0], short, rules[-1]]) + "\n")
(HERE / "more-fonts.css").write_text("\n".join(rules) + "\n")
print({name: (len(characters), (HERE / f"{name}.woff2").stat().st_size) for name, characters, _ in faces})
