"""`word/theme/theme1.xml`: the smallest theme. Word expects one; no style of ours refers to it."""

from __future__ import annotations

from jukixl.handout.styles import GOTHIC, MINCHO

_COLOURS = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "44546A",
    "lt2": "E7E6E6",
    "accent1": "4472C4",
    "accent2": "ED7D31",
    "accent3": "A5A5A5",
    "accent4": "FFC000",
    "accent5": "5B9BD5",
    "accent6": "70AD47",
    "hlink": "0563C1",
    "folHlink": "954F72",
}


def theme_xml() -> str:
    """The theme part, with the handout's two fonts and the usual colours."""
    colours = "".join(f'<a:{key}><a:srgbClr val="{value}"/></a:{key}>' for key, value in _COLOURS.items())
    plain = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line = f'<a:ln w="6350">{plain}</a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="資料"><a:themeElements>'
        f'<a:clrScheme name="資料">{colours}</a:clrScheme>'
        f'<a:fontScheme name="資料"><a:majorFont>{_fonts(GOTHIC)}</a:majorFont>'
        f"<a:minorFont>{_fonts(MINCHO)}</a:minorFont></a:fontScheme>"
        f'<a:fmtScheme name="資料"><a:fillStyleLst>{plain * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>'
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{plain * 3}</a:bgFillStyleLst></a:fmtScheme>"
        "</a:themeElements></a:theme>"
    )


def _fonts(font: str) -> str:
    return f'<a:latin typeface="{font}"/><a:ea typeface="{font}"/><a:cs typeface=""/>'
