"""Measure the job against its peers: `python tests/benchmarks/run.py [--runs N] [--only NAME …] [--json FILE]`.

The job: collect 27 forms into the master, recalculate, check, build the handout. Programs are whole processes. In each
round every peer runs beside jukixl, in alternating order; a timing counts only if its result was verified, a ratio only
if both of its pair did. See docs/design/benchmarks.md.

Only the standard library is imported here: Linux charges a new process with the memory of the one that started it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
TIMEOUT = 300  # seconds a process may take
FASTER = 10  # times; what jukixl promises against the faster of the usual scripts
MEMORY = 150  # MB; what it promises at most

Command = tuple[str, ...]


@dataclass(frozen=True)
class Folder:
    """Where one run takes place: a fresh copy of the master, an empty folder for the results, the inputs of all runs."""

    path: Path
    inputs: Path

    @property
    def master(self) -> str:
        return str(self.path / "master.xlsx")

    @property
    def out(self) -> str:
        return str(self.path / "out")

    @property
    def forms(self) -> str:
        return str(self.inputs / "forms")


@dataclass(frozen=True)
class Program:
    """Something that does the job: its processes one after the other, and what must be installed for it."""

    name: str
    title: str
    commands: Callable[[Folder], Sequence[Command]]
    modules: tuple[str, ...] = ()
    executables: tuple[str, ...] = ()
    master: str = "master.xlsx"

    def missing(self) -> list[str]:
        modules = [name for name in self.modules if importlib.util.find_spec(name) is None]
        return modules + [name for name in self.executables if shutil.which(name) is None]


@dataclass(frozen=True)
class Timing:
    """Seconds and megabytes; `problem` says what was wrong with the result."""

    wall: float
    cpu: float
    peak: float
    problem: str = ""


@dataclass
class Series:
    """The timings of a program, and for each counted pair how many times as long as jukixl it took."""

    program: Program
    timings: list[Timing] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)

    @property
    def verified(self) -> list[Timing]:
        return [timing for timing in self.timings if not timing.problem]


def _script(name: str) -> Callable[[Folder], Sequence[Command]]:
    program = str(HERE / f"{name}.py")
    return lambda folder: [
        (sys.executable, program, folder.master, folder.forms, folder.out, str(folder.inputs))
    ]


def _three_processes(folder: Folder) -> Sequence[Command]:
    cli = (sys.executable, "-m", "jukixl")
    return [
        (*cli, "collect", folder.master, folder.forms),
        (*cli, "check", folder.master, "--json"),
        (*cli, "build", folder.master, "--out", f"{folder.out}/handout.docx"),
    ]


OURS = Program("ours", "jukixl, one process", _script("ours"))
USUAL = ("openpyxl_libreoffice", "openpyxl_pycel")
PEERS = (
    Program("ours_cli", "jukixl, three commands", _three_processes),
    Program(
        "openpyxl_libreoffice",
        "openpyxl, LibreOffice, docxtpl",
        _script("peer_openpyxl_libreoffice"),
        ("docxtpl", "openpyxl"),
        ("soffice",),
    ),
    Program(
        "openpyxl_pycel",
        "openpyxl, pycel, docxtpl",
        _script("peer_openpyxl_pycel"),
        ("docxtpl", "openpyxl", "pycel"),
    ),
    Program(
        "openpyxl_pycel_plain",
        "openpyxl, pycel, docxtpl on a plain master",
        _script("peer_openpyxl_pycel"),
        ("docxtpl", "openpyxl", "pycel"),
        master="plain_master.xlsx",
    ),
    Program(
        "shelf",
        "calamine, openpyxl, formualizer, docxtpl",
        _script("peer_shelf"),
        ("docxtpl", "formualizer", "openpyxl", "python_calamine"),
    ),
)


class Bench:
    """Runs programs in folders of their own below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inputs = folder / "inputs"
        self.environment = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPYCACHEPREFIX": str(
                folder / "bytecode"
            ),  # all are compiled in the first round, as when installed
            "BENCHMARK_SOFFICE_PROFILE": str(folder / "soffice"),
        }
        if importlib.util.find_spec("jukixl") is None:
            self.environment["PYTHONPATH"] = os.pathsep.join(
                filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")])
            )

    def prepare(self) -> None:
        self.inputs.mkdir()
        subprocess.run(
            [sys.executable, str(HERE / "make_inputs.py"), str(self.inputs)], env=self.environment, check=True
        )

    def run(self, program: Program) -> Timing:
        """One run with its verification, which isn't timed."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Folder(Path(name), self.inputs)
            shutil.copy(self.inputs / program.master, folder.master)
            Path(folder.out).mkdir()
            parts = [self._process(command, folder) for command in program.commands(folder)]
            problem = next((part.problem for part in parts if part.problem), "") or self._verify(folder)
            walls, cpus, peaks = zip(*((part.wall, part.cpu, part.peak) for part in parts), strict=True)
            return Timing(sum(walls), sum(cpus), max(peaks), problem)

    def _process(self, command: Command, folder: Folder) -> Timing:
        """Wall and CPU time of a process and all it waited for; the peak is that of the largest of them."""
        output = folder.path / "output"
        with output.open("wb") as stream:
            start = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=stream, stderr=subprocess.STDOUT, env=self.environment, start_new_session=True
            )
            guard = threading.Timer(TIMEOUT, os.killpg, (process.pid, signal.SIGKILL))
            guard.start()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            guard.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        text = output.read_text(encoding="utf-8", errors="replace")
        if "--json" in command and not process.returncode:
            findings = json.dumps(json.loads(text)["findings"])
            Path(folder.out, "findings.json").write_text(findings, encoding="utf-8")
        problem = f"exit code {process.returncode}: {text[-500:]}" if process.returncode else ""
        return Timing(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, problem)

    def _verify(self, folder: Folder) -> str:
        command = [
            sys.executable,
            str(HERE / "verify_result.py"),
            folder.master,
            folder.out,
            str(self.inputs / "cells.json"),
        ]
        result = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        return (result.stdout + result.stderr)[-500:] if result.returncode else ""


def measure(bench: Bench, peers: Sequence[Program], runs: int) -> list[Series]:
    """One round to warm up, then `runs` rounds, each with every peer beside jukixl."""
    ours, series = Series(OURS), [Series(peer) for peer in peers]
    for program in (OURS, *peers):
        bench.run(program)
    for number in range(runs):
        for peer in series:
            _measure_pair(bench, ours, peer, peer_first=bool(number % 2))
        if not series:
            ours.timings.append(bench.run(OURS))
        print(f"round {number + 1} of {runs}", file=sys.stderr)
    return [ours, *series]


def _measure_pair(bench: Bench, ours: Series, peer: Series, *, peer_first: bool) -> None:
    order = (peer, ours) if peer_first else (ours, peer)
    for series in order:
        series.timings.append(bench.run(series.program))
    mine, other = ours.timings[-1], peer.timings[-1]
    if not mine.problem and not other.problem:
        peer.walls.append(other.wall / mine.wall)
        peer.cpus.append(other.cpu / mine.cpu)


def report(series: Sequence[Series]) -> str:
    """The results as a Markdown table, then what jukixl promises, then what was wrong with uncounted runs."""
    lines = [
        "| program | counted runs | wall s (best) | CPU s | peak MB | wall ÷ jukixl's | CPU ÷ jukixl's |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in series:
        cells = [one.program.title, f"{len(one.verified)} of {len(one.timings)}", *_medians(one)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *_promises(series)]
    for one in series:
        problems = {timing.problem for timing in one.timings if timing.problem}
        lines += [f"{one.program.name} not counted: {problem}" for problem in sorted(problems)]
    return "\n".join(lines)


def _medians(series: Series) -> list[str]:
    counted = series.verified
    if not counted:
        return ["–"] * 5
    wall, cpu = median(one.wall for one in counted), median(one.cpu for one in counted)
    ratios = [f"{median(values):.1f}" if values else "" for values in (series.walls, series.cpus)]
    best = min(one.wall for one in counted)
    return [f"{wall:.3f} ({best:.3f})", f"{cpu:.3f}", f"{max(one.peak for one in counted):.0f}", *ratios]


def _promises(series: Sequence[Series]) -> list[str]:
    lines = []
    usual = [median(one.walls) for one in series if one.program.name in USUAL and one.walls]
    if usual:
        verdict = "kept" if min(usual) >= FASTER else "NOT kept"
        lines.append(f"{FASTER} times faster than the faster usual script: {min(usual):.1f} times, {verdict}")
    peaks = [one.peak for one in series[0].verified]
    if peaks:
        lines.append(
            f"under {MEMORY} MB: {max(peaks):.0f} MB, {'kept' if max(peaks) < MEMORY else 'NOT kept'}"
        )
    return lines


def _available(wanted: Sequence[str]) -> list[Program]:
    peers = []
    for peer in PEERS:
        if wanted and peer.name not in wanted:
            continue
        missing = peer.missing()
        if missing:
            hint = "pip install -r tests/benchmarks/requirements.txt"
            print(f"{peer.name} skipped, not installed: {', '.join(missing)} ({hint})", file=sys.stderr)
        else:
            peers.append(peer)
    return peers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="rounds (7)")
    parser.add_argument(
        "--only", nargs="+", default=[], choices=[peer.name for peer in PEERS], help="peers to run"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every timing to this file")
    arguments = parser.parse_args()
    peers = _available(arguments.only)
    with tempfile.TemporaryDirectory(prefix="jukixl-benchmark-", ignore_cleanup_errors=True) as name:
        bench = Bench(Path(name))
        bench.prepare()
        series = measure(bench, peers, arguments.runs)
    print(report(series))
    if arguments.json:
        data = {one.program.name: [asdict(timing) for timing in one.timings] for one in series}
        arguments.json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    return int(len(series[0].verified) < len(series[0].timings))


if __name__ == "__main__":
    sys.exit(main())
