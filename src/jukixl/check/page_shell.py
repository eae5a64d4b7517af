"""What every page (HTML) of jukixl has around it: its looks and its scripts, and nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from string import Template

_PAGE = Template("""<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<h1>$title</h1>
$body
<script>
$script</script>
</body>
</html>
""")


def render_page(title: str, body: str) -> bytes:
    """A page of its own, UTF-8, around a title and a body that are HTML already."""
    page = _PAGE.substitute(title=title, body=body, style=_read("page.css"), script=_read("page.js"))
    return page.encode("utf-8")


def _read(name: str) -> str:
    return files("jukixl.check").joinpath(name).read_text(encoding="utf-8")
