"""LibreOffice as an oracle: opens, recalculates and converts files without a window."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

TIMEOUT = 180  # seconds; the first start of a fresh profile takes the longest


def require_soffice() -> str:
    """The path of `soffice`. Without it the test is skipped, in CI it fails: there the oracle must not be missing."""
    soffice = shutil.which("soffice")
    if soffice is None:
        if os.environ.get("CI") == "true":
            pytest.fail("soffice is not installed")
        pytest.skip("soffice is not installed")
    return soffice


def convert(path: Path, to: str, outdir: Path) -> Path:
    """Convert a file (`to` = "xlsx", "pdf", …) with a profile of its own; the converted file."""
    soffice = require_soffice()
    outdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="soffice-", ignore_cleanup_errors=True) as profile:
        command = [
            soffice,
            f"-env:UserInstallation={Path(profile).as_uri()}",
            *("--headless", "--norestore", "--convert-to", to, "--outdir", str(outdir), str(path)),
        ]
        _run(command)
    converted = outdir / f"{path.stem}.{to.partition(':')[0]}"
    assert converted.is_file(), f"LibreOffice could not convert {path.name}"
    return converted


def _run(command: list[str]) -> None:
    """Run to the end; on a hang end the whole group, as soffice is only the launcher of the real process."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        output, _ = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 0, output
