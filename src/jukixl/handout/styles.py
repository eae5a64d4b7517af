"""The handout's styles, declared as a table. Sizes in points; indents in characters of the body size (12 pt).

Every text style has a fixed line pitch, either the page's line grid or an exact one, so that a page holds the same
lines with every font and in every program.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from jukixl.handout.ooxml import WORD
from jukixl.report.model import Paragraph, Style

MINCHO = "ＭＳ 明朝"
GOTHIC = "ＭＳ ゴシック"
BODY_SIZE = 12.0
GRID_PITCH = 400
"""Twips between the lines of the body."""
SIDE_MARGIN = 57
"""Twips between the text of a table's cell and the lines beside it."""
_INSET = 0.15
"""What words and numbers of portrait tables stand further in, in characters of the body size; headers haven't the room."""

HEADING_STYLES = {1: "Heading1", 2: "Heading2", 3: "Heading3"}
TITLES = frozenset({*HEADING_STYLES.values(), "CoverTitle", "AnnexTitle", "TableCaption", "TableTitle"})
"""What stands above a text or a table and says what it is about."""
PARAGRAPH_STYLES = {
    Style.BODY: "HandoutBody",
    Style.FIGURE: "HandoutFigure",
    Style.ITEM: "HandoutItem",
    Style.ITEM2: "HandoutItem2",
    Style.LIST1: "HandoutList1",
    Style.LIST2: "HandoutList2",
    Style.NOTE: "HandoutNote",
    Style.CENTER: "HandoutCenter",
    Style.RIGHT: "HandoutRight",
}
"""The Word style of each style that a definition can name."""
_LEADER = "・・"
FIGURE_UNDER_ITEM = "HandoutFigure2"
"""A figure line that begins with a leader (・・・・・令和6年末まで) stands deeper."""
TABLE_NOTE = "TableNote"
HIDDEN_NOTE, HIDDEN_SENTENCE = "TableNoteHidden", "HandoutHidden"
HIDDEN = frozenset({HIDDEN_NOTE, HIDDEN_SENTENCE})
"""A conditional note or sentence whose condition doesn't hold: it keeps its text, but isn't shown and takes no room."""
TABLE_BREAK = "TableBreak"
"""Paragraphs in this style are page breaks set by the build, and are set anew by every build."""


def style_of_block(block: Paragraph) -> str:
    """The Word style of a declared paragraph."""
    if block.style is Style.FIGURE and block.text.source.startswith(_LEADER):
        return FIGURE_UNDER_ITEM
    return PARAGRAPH_STYLES[block.style]


class ParagraphStyle(Struct, frozen=True, kw_only=True):
    """One paragraph style. `pitch` None: the lines stand on the page's grid; else exactly so many points apart."""

    id: str
    name: str
    size: float = BODY_SIZE
    font: str = MINCHO
    pitch: float | None = None
    before: float = 0
    after: float = 0
    left: float = 0
    right: float = 0
    hanging: float = 0
    align: str = "both"
    outline: int | None = None
    flags: tuple[str, ...] = ()
    tab: str = ""
    border: str = ""
    hidden: bool = False


_RIGHT_TAB = '<w:tab w:val="right" w:pos="9070"/>'
_DOTTED_TAB = '<w:tab w:val="right" w:leader="middleDot" w:pos="8790"/>'
_RULES = '<w:top w:val="single" w:sz="18" w:space="18" w:color="auto"/><w:bottom w:val="single" w:sz="18" w:space="18" w:color="auto"/>'
_BOX = "".join(
    f'<w:{side} w:val="single" w:sz="8" w:space="{space}" w:color="auto"/>'
    for side, space in (("top", 1), ("left", 4), ("bottom", 1), ("right", 4))
)
_KEEP = ("keepNext", "keepLines")

_TEXT_STYLES = (
    ParagraphStyle(id="HandoutBody", name="資料 本文", left=3, hanging=-1, tab=_RIGHT_TAB),
    ParagraphStyle(id="HandoutFigure", name="資料 数値", font=GOTHIC, left=5, align="left", tab=_RIGHT_TAB),
    ParagraphStyle(
        id="HandoutFigure2", name="資料 数値（項目の下）", font=GOTHIC, left=7, align="left", tab=_RIGHT_TAB
    ),
    ParagraphStyle(id="HandoutItem", name="資料 項目○", left=5, hanging=2, tab=_RIGHT_TAB),
    ParagraphStyle(id="HandoutItem2", name="資料 項目・", left=7, hanging=2, tab=_RIGHT_TAB),
    ParagraphStyle(
        id="HandoutList1", name="資料 列記(1)", size=11, pitch=16, left=4.5, hanging=2.2917, tab=_RIGHT_TAB
    ),
    ParagraphStyle(
        id="HandoutList2", name="資料 列記①", size=11, pitch=16, left=6.5, hanging=1.8333, tab=_RIGHT_TAB
    ),
    ParagraphStyle(id="HandoutNote", name="資料 注", size=11, left=5, hanging=1.8333, tab=_RIGHT_TAB),
    ParagraphStyle(id=HIDDEN_SENTENCE, name="資料（非表示）", size=1, pitch=1, hidden=True),
    ParagraphStyle(id="HandoutCenter", name="資料 中央", align="center"),
    ParagraphStyle(id="HandoutRight", name="資料 右寄せ", align="right"),
)
_HEADINGS = (
    ParagraphStyle(
        id="Heading1", name="heading 1", size=14, font=GOTHIC, left=3, hanging=3, align="left", outline=0,
        flags=(*_KEEP, "pageBreakBefore"),
    ),
    ParagraphStyle(
        id="Heading2", name="heading 2", size=12.5, font=GOTHIC, before=10, left=3, hanging=2, align="left",
        outline=1, flags=_KEEP,
    ),
    ParagraphStyle(
        id="Heading3", name="heading 3", font=GOTHIC, before=10, left=4.5, hanging=2.5, align="left", outline=2,
        flags=_KEEP,
    ),
)  # fmt: skip
_COVER = (
    ParagraphStyle(id="CoverCouncil", name="表紙 審議会", size=16, pitch=24, before=72, align="center"),
    ParagraphStyle(
        id="CoverTitle", name="表紙 表題", size=21, font=GOTHIC, pitch=30, before=84, after=84, align="center",
        border=_RULES,
    ),
    ParagraphStyle(id="CoverFoot", name="表紙 日付・所属", size=16, pitch=24, align="center"),
    ParagraphStyle(id="ContentsTitle", name="目次 見出し", font=GOTHIC, pitch=30, align="center", flags=_KEEP),
    ParagraphStyle(id="TOC1", name="toc 1", size=10.5, pitch=20, left=1, right=1, align="left", tab=_DOTTED_TAB),
    ParagraphStyle(id="TOC2", name="toc 2", size=10.5, pitch=20, left=2, right=1, align="left", tab=_DOTTED_TAB),
)  # fmt: skip
_ANNEX = (
    ParagraphStyle(
        id="AnnexLabel", name="別紙 番号", size=14, font=GOTHIC, pitch=20, align="center", border=_BOX,
        flags=("keepNext", "pageBreakBefore"),
    ),
    ParagraphStyle(
        id="AnnexTitle", name="別紙 表題", size=14, font=GOTHIC, pitch=24, before=6, after=4, align="center", outline=1,
        flags=_KEEP,
    ),
    ParagraphStyle(id="TableCaption", name="表 時点", size=10, font=GOTHIC, pitch=14, align="right", flags=_KEEP),
    ParagraphStyle(id="TableTitle", name="表 題", size=10.5, font=GOTHIC, pitch=18, align="left", flags=_KEEP),
    ParagraphStyle(id=TABLE_NOTE, name="表 注", size=9.5, pitch=13, left=1.6, hanging=1.6),
    ParagraphStyle(id=HIDDEN_NOTE, name="表 注（非表示）", size=1, pitch=1, hidden=True),
    ParagraphStyle(id="TableSpace", name="表 間隔", size=10, pitch=14),
    ParagraphStyle(id=TABLE_BREAK, name="表 改ページ", size=1, pitch=1, flags=("pageBreakBefore",)),
    ParagraphStyle(id="SectionEnd", name="区切り", size=1, pitch=1),
)  # fmt: skip
_CELLS = (
    ParagraphStyle(id="TableHead", name="表 見出し", size=9.5, font=GOTHIC, pitch=12, align="center"),
    ParagraphStyle(id="TableText", name="表 文字", size=9.5, pitch=12, left=_INSET, right=_INSET),
    ParagraphStyle(id="TableCenter", name="表 中央", size=9.5, pitch=12, align="center"),
    ParagraphStyle(id="TableNumber", name="表 数値", size=9.5, pitch=12, right=_INSET, align="right"),
)
_WIDE_CELLS = tuple(
    replace(
        style,
        id=f"{style.id}Wide",
        name=f"{style.name}（横）",
        size=8.5,
        pitch=10.5 if style.id == "TableHead" else 13.2,
        left=0,
        right=0,
    )
    for style in _CELLS
)
_SMALL = {"Small": ("小", 7), "Smallest": ("極小", 5)}
"""Sizes of type for numbers for which a table has no room, by the end of their styles' ids."""
_SMALL_CELLS = tuple(
    replace(style, id=f"{style.id}{suffix}", name=f"{style.name}（{name}）", size=size)
    for style in (*_CELLS, *_WIDE_CELLS)
    if style.align == "right"
    for suffix, (name, size) in _SMALL.items()
)
CONTINUED_STYLES = {"TableText": "TableTextContinued", "TableTextWide": "TableTextWideContinued"}
"""The style of words that began on the page before, by that of the words: the build puts them together again."""
_CONTINUED_CELLS = tuple(
    replace(style, id=CONTINUED_STYLES[style.id], name=f"{style.name}（続き）")
    for style in (*_CELLS, *_WIDE_CELLS)
    if style.id in CONTINUED_STYLES
)
NUMBER_FAMILIES = tuple(
    (style, *(f"{style}{suffix}" for suffix in _SMALL)) for style in ("TableNumber", "TableNumberWide")
)
"""The styles of numbers in tables, each with those that the build takes where a table has no room for them, largest first."""
STYLES = (
    *_HEADINGS,
    *_TEXT_STYLES,
    *_COVER,
    *_ANNEX,
    *_CELLS,
    *_WIDE_CELLS,
    *_SMALL_CELLS,
    *_CONTINUED_CELLS,
)


def styles_xml() -> str:
    """`word/styles.xml`."""
    return f'<w:styles xmlns:w="{WORD}">{_DEFAULTS}{_BUILT_IN}{"".join(map(_style_xml, STYLES))}</w:styles>'


def font_table_xml() -> str:
    """`word/fontTable.xml`: the two fonts, fixed pitch, so that a program without them knows what to take instead."""
    fonts = "".join(
        f'<w:font w:name="{font}"><w:altName w:val="{other}"/><w:charset w:val="80"/><w:family w:val="{family}"/>'
        '<w:pitch w:val="fixed"/></w:font>'
        for font, other, family in ((MINCHO, "MS Mincho", "roman"), (GOTHIC, "MS Gothic", "modern"))
    )
    return f'<w:fonts xmlns:w="{WORD}">{fonts}</w:fonts>'


def _fonts(font: str) -> str:
    return f'<w:rFonts w:ascii="{font}" w:eastAsia="{font}" w:hAnsi="{font}" w:cs="{font}"/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _style_xml(style: ParagraphStyle) -> str:
    shown_in_gallery = "<w:qFormat/>" if style in _TEXT_STYLES or style in _HEADINGS else ""
    hidden = "<w:vanish/>" if style.hidden else ""
    custom = "" if style.name.startswith(("heading ", "toc ")) else ' w:customStyle="1"'
    following = '<w:next w:val="HandoutBody"/>' if style.outline is not None else ""
    return (
        f'<w:style w:type="paragraph"{custom} w:styleId="{style.id}"><w:name w:val="{style.name}"/>'
        f'<w:basedOn w:val="Normal"/>{following}{shown_in_gallery}'
        f"<w:pPr>{_paragraph_properties(style)}</w:pPr>"
        f"<w:rPr>{_fonts(style.font)}{hidden}{_size(style.size)}</w:rPr></w:style>"
    )


def _paragraph_properties(style: ParagraphStyle) -> str:
    """In the order that the schema wants."""
    flags = "".join(
        f"<w:{flag}/>" for flag in ("keepNext", "keepLines", "pageBreakBefore") if flag in style.flags
    )
    border = f"<w:pBdr>{style.border}</w:pBdr>" if style.border else ""
    tabs = f"<w:tabs>{style.tab}</w:tabs>" if style.tab else ""
    grid = "" if style.pitch is None else '<w:snapToGrid w:val="0"/>'
    level = "" if style.outline is None else f'<w:outlineLvl w:val="{style.outline}"/>'
    return f'{flags}{border}{tabs}{grid}{_spacing(style)}{_indent(style)}<w:jc w:val="{style.align}"/>{level}'


def _spacing(style: ParagraphStyle) -> str:
    line = "" if style.pitch is None else f' w:line="{round(style.pitch * 20)}" w:lineRule="exact"'
    return f'<w:spacing w:before="{round(style.before * 20)}" w:after="{round(style.after * 20)}"{line}/>'


def _indent(style: ParagraphStyle) -> str:
    """Characters for people who edit it in Word, twips for programs that don't count in characters."""
    first = "firstLine" if style.hanging < 0 else "hanging"
    parts = [("left", style.left), ("right", style.right), (first, abs(style.hanging))]
    attributes = (
        f' w:{side}Chars="{round(chars * 100)}" w:{side}="{round(chars * BODY_SIZE * 20)}"'
        for side, chars in parts
        if chars
    )
    return f"<w:ind{''.join(attributes)}/>" if any(chars for _, chars in parts) else ""


# Punctuation doesn't hang over the margin, so that lines can be counted.
_COUNTABLE_LINES = '<w:overflowPunct w:val="0"/>'
# Latin text is marked en-US in Normal: LibreOffice breaks numbers over two lines where it is ja-JP.
_DEFAULTS = (
    f'<w:docDefaults><w:rPrDefault><w:rPr>{_fonts(MINCHO)}<w:kern w:val="0"/>{_size(BODY_SIZE)}'
    '<w:lang w:val="ja-JP" w:eastAsia="ja-JP" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
    "<w:pPrDefault/></w:docDefaults>"
)
_CELL_MARGINS = (
    '<w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="{0}" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="{0}" w:type="dxa"/></w:tblCellMar>'
)
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="{width}" w:space="0" w:color="auto"/>'
    for side, width in (("top", 8), ("left", 8), ("bottom", 8), ("right", 8), ("insideH", 4), ("insideV", 4))
)
_BUILT_IN = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
    f'<w:pPr><w:widowControl w:val="0"/>{_COUNTABLE_LINES}<w:jc w:val="both"/></w:pPr>'
    '<w:rPr><w:lang w:val="en-US" w:eastAsia="ja-JP"/></w:rPr></w:style>'
    '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
    '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
    f'<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{_CELL_MARGINS.format(108)}</w:tblPr></w:style>'
    '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:semiHidden/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Footer"><w:name w:val="footer"/><w:basedOn w:val="Normal"/><w:pPr>'
    '<w:snapToGrid w:val="0"/><w:jc w:val="center"/></w:pPr><w:rPr><w:sz w:val="21"/><w:szCs w:val="21"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/><w:semiHidden/>'
    '<w:rPr><w:color w:val="666666"/></w:rPr></w:style>'
    '<w:style w:type="table" w:customStyle="1" w:styleId="HandoutTable"><w:name w:val="資料 表"/>'
    f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{_BORDERS}</w:tblBorders>{_CELL_MARGINS.format(SIDE_MARGIN)}</w:tblPr>'
    "</w:style>"
)
