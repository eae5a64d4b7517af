"""Chromium without a window: opens a page, runs a few lines in it, prints it."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

TIMEOUT = 120  # seconds
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_ASKED = """
<script>
addEventListener("load", async () => {{
  const pause = () => new Promise(done => setTimeout(done, 50));
  const press = element => {{ element.click(); return pause(); }};
  const type = (box, text) => {{ box.value = text; box.dispatchEvent(new Event("input")); return pause(); }};
  let answer;
  try {{ answer = await (async () => {{ {script} }})(); }} catch (error) {{ answer = {{ error: String(error) }}; }}
  const place = document.createElement("pre");
  place.id = "answer";
  place.textContent = JSON.stringify(answer);
  document.body.append(place);
}});
</script>
</body>"""


def require_chromium() -> str:
    """The path of Chromium. Without it the test is skipped, in CI it fails."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    return chromium


def ask(page: bytes, script: str) -> object:
    """What the body of an async function returns in the page. It may `await press(element)` and `await type(box, text)`."""
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        path = Path(folder) / "page.html"
        text = page.decode("utf-8")
        assert text.count("</body>") == 1
        path.write_text(text.replace("</body>", _ASKED.format(script=script)), encoding="utf-8")
        dom = _run("--virtual-time-budget=5000", "--dump-dom", path.as_uri())
    answer = re.search('<pre id="answer">(.*?)</pre>', dom, re.DOTALL)
    assert answer, "the page did not answer"
    return json.loads(html.unescape(answer[1]))


def print_page(page: Path, pdf: Path) -> Path:
    """Print a page as its own style says."""
    _run(f"--print-to-pdf={pdf}", "--no-pdf-header-footer", page.as_uri())
    assert pdf.is_file()
    return pdf


def _run(*arguments: str) -> str:
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        command = [require_chromium(), *_FLAGS, f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    return done.stdout.decode("utf-8")
