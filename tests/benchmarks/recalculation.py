"""Recalculating and checking every formula of the complete master: `recalculation.py MASTER [--runs N]`, a ratio a peer.

Measured is the work alone, without imports: reading the file, computing, and for jukixl also the whole check. A peer
counts only if it gives the same number in every formula cell that holds one. See docs/design/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from msgspec.structs import replace

from jukixl.check.master import check_master
from jukixl.workbook.master import read_master
from jukixl.workbook.recalculate import evaluate
from jukixl.workbook.snapshot import read_snapshot

Values = dict[tuple[str, str], float]
_TOLERANCE = 1e-9


def timed(work: Callable[[], Values]) -> tuple[float, Values]:
    start = time.perf_counter()
    values = work()
    return time.perf_counter() - start, values


def numbers(values: dict[tuple[str, str], object]) -> Values:
    """The cells that hold a number."""
    return {
        key: float(value)
        for key, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def ours(path: Path) -> Values:
    """Read, recompute, check everything."""
    master = read_master(path)
    recalculation = evaluate(master.package, master.snapshot)
    findings = check_master(replace(master, recalculation=recalculation)).findings
    assert not [finding for finding in findings if finding.severity.value == "error"]
    return numbers(recalculation.values)


def by_formulas(path: Path) -> Values:
    import formulas

    solution = formulas.ExcelModel().loads(str(path)).finish().calculate()
    found: dict[tuple[str, str], object] = {}
    for key, cells in solution.items():
        match = re.fullmatch(r"'\[[^\]]*\](.*)'!([A-Z]+[0-9]+)", str(key))
        if match:
            value = cells.value[0, 0]
            found[match[1], match[2]] = getattr(value, "item", lambda value=value: value)()
    names = {sheet.upper(): sheet for sheet in read_snapshot(path).sheets}
    return numbers({(names.get(sheet.upper(), sheet), a1): value for (sheet, a1), value in found.items()})


def by_pycel(path: Path) -> Values:
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import to_excel
    from pycel import ExcelCompiler

    book = load_workbook(path)
    for row in book["設定"].iter_rows():
        for cell in row:
            if cell.is_date:  # for pycel a datetime is no number
                cell.value = to_excel(cell.value)
    compiler = ExcelCompiler(excel=book)
    found: dict[tuple[str, str], object] = {}
    for (sheet, a1), cell in read_snapshot(path).formulas.items():
        if not re.search(
            r"CHAR\(|REPT\(", cell.formula or ""
        ):  # texts only, by functions that it doesn't have
            found[sheet, a1] = compiler.evaluate(f"'{sheet}'!{a1}")
    return numbers(found)


def by_libreoffice(path: Path) -> Values:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = os.environ.get("BENCHMARK_SOFFICE_PROFILE", f"{folder}/profile")
        command = ["soffice", f"-env:UserInstallation={Path(profile).resolve().as_uri()}", "--headless"]
        subprocess.run(
            [*command, "--convert-to", "xlsx", "--outdir", folder, str(path)], check=True, capture_output=True
        )
        saved = read_snapshot(Path(folder) / path.name)
        return numbers({place: cell.value for place, cell in saved.formulas.items()})


PEERS = {"formulas": by_formulas, "pycel": by_pycel, "LibreOffice": by_libreoffice}
PROMISED = {"formulas": 100, "pycel": 10, "LibreOffice": 10}
# formulas 1.x counts what breaks the rules wrongly: SUMPRODUCT(--(range>range)), which the two others compute as we do.
NOT_COMPARED = {"formulas": "検算"}


def disagreeing(expected: Values, actual: Values) -> list[tuple[str, str]]:
    return [
        key
        for key, value in expected.items()
        if key in actual and abs(actual[key] - value) > _TOLERANCE * max(1.0, abs(value))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("master", type=Path, help="a complete master")
    parser.add_argument("--runs", type=int, default=5, help="runs of jukixl beside each run of a peer (5)")
    parser.add_argument("--only", nargs="+", default=list(PEERS), choices=list(PEERS))
    options = parser.parse_args()
    ours(options.master)  # imports, and the bytecode
    for name in options.only:
        seconds, values = timed(lambda name=name: PEERS[name](options.master))
        values = {key: value for key, value in values.items() if key[0] != NOT_COMPARED.get(name)}
        mine = [timed(lambda: ours(options.master)) for _ in range(options.runs)]
        expected = mine[0][1]
        wrong, shared = disagreeing(expected, values), len(expected.keys() & values.keys())
        ratio = seconds / median(one for one, _ in mine)
        verdict = "kept" if ratio >= PROMISED[name] and not wrong else "NOT kept"
        print(*wrong, sep="\n", file=sys.stderr)
        print(
            f"{name}: {seconds:.2f} s, {ratio:.0f} times jukixl's; {shared} numbers compared, "
            f"{len(wrong)} differ; promised {PROMISED[name]}: {verdict}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
