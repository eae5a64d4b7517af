"""What a probe of the diagnosis is, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from jukixl.setup.environment import Environment


class State(StrEnum):
    """How a probe ended."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_APPLICABLE = "not_applicable"

    @property
    def mark(self) -> str:
        return {"ok": "〇", "problem": "×", "not_applicable": "－"}[self]


@dataclass(frozen=True)
class Result:
    """What was found, in the words shown to staff; `advice`, what to do, where there is a problem."""

    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Probe:
    """One line of the diagnosis."""

    id: str
    title: str
    run: Callable[[Environment], Result]


def ok(found: str) -> Result:
    return Result(State.OK, found)


def problem(found: str, advice: str) -> Result:
    return Result(State.PROBLEM, found, advice)


def not_applicable(found: str) -> Result:
    return Result(State.NOT_APPLICABLE, found)


def on_windows(run: Callable[[Environment], Result]) -> Callable[[Environment], Result]:
    """A probe that means nothing elsewhere."""

    def run_on_windows(environment: Environment) -> Result:
        return (
            run(environment)
            if environment.is_windows
            else not_applicable("Windows ではないため、確かめません")
        )

    return run_on_windows
