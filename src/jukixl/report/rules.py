"""The rules (検算) that a definition can declare. What each does is in `jukixl.check.rules`; here is what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jukixl.findings import Severity
from jukixl.report.expression import Expression


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A declared check of a table. `message` replaces the usual sentence that explains the finding."""

    code: ClassVar[str]
    severity: Severity = Severity.ERROR
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Order(Rule):
    """In every row each of `columns` is at most the next: 交付 ≤ 交付前設定 ≤ 発送 ≤ 申請."""

    code: ClassVar[str] = "order"
    columns: tuple[str, ...]
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class OverLimit(Rule):
    """A rate of `columns`, totals included, is at most `limit` percent."""

    code: ClassVar[str] = "over_limit"
    columns: tuple[str, ...]
    limit: int = 100
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class Equal(Rule):
    """Two expressions over the report's tables have one value."""

    code: ClassVar[str] = "equal"
    left: Expression
    right: Expression
    message: str


@dataclass(frozen=True, kw_only=True)
class Cumulative(Rule):
    """This table is `previous` plus `annual`, in every row and in each of `columns`."""

    code: ClassVar[str] = "cumulative"
    previous: str
    annual: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Difference(Rule):
    """`change` agrees with `minuend` − `subtrahend`, of which the subtrahend is known only as printed.

    Beyond the two roundings (0.1 point) it is an error. Where it is right but isn't the difference of the two
    printed rates, that is an info: a reader will subtract them.
    """

    code: ClassVar[str] = "difference"
    minuend: str
    subtrahend: str
    change: str


RULES: dict[str, type[Rule]] = {kind.code: kind for kind in (Order, OverLimit, Equal, Cumulative, Difference)}
