"""The rules (検算) that a definition can declare. What each does is in `jukixl.check.rules`; here is what it needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar

from msgspec import Struct

from jukixl.era import format_date
from jukixl.findings import Described, Severity
from jukixl.report.expression import Expression


class Rule(Struct, frozen=True, kw_only=True):
    """A declared check of a table. `message` is added to the sentence that says what was found.

    `meaning` and `advice` (what to do) are a line of the catalogue of checks (docs/checks.md).
    """

    code: ClassVar[str]
    meaning: ClassVar[str]
    advice: ClassVar[str]
    severity: Severity = Severity.ERROR
    message: str = ""

    def describe(self, title: Callable[[str], str]) -> str:
        """What it demands, in words; `title` gives the title of a column of its table."""
        raise NotImplementedError

    @property
    def counted_severity(self) -> Severity:
        """The severity of the places that the workbook's own formula counts (sheet 検算)."""
        return self.severity


class Order(Rule, frozen=True, kw_only=True):
    """In every row each of `columns` is at most the next: 交付 ≤ 交付前設定 ≤ 発送 ≤ 申請."""

    code: ClassVar[str] = "order"
    meaning: ClassVar[str] = "列の大小の順序（交付 ≦ 交付前設定 ≦ 発送 ≦ 申請 など）に反する数値"
    advice: ClassVar[str] = "転出入による逆転でないか、市町村に確かめる。誤りなら調査票を直してもらう。"
    columns: tuple[str, ...]
    severity: Severity = Severity.WARNING

    def describe(self, title: Callable[[str], str]) -> str:
        return " ≦ ".join(map(title, self.columns))


class OverLimit(Rule, frozen=True, kw_only=True):
    """A rate of `columns`, totals included, is at most `limit` percent."""

    code: ClassVar[str] = "over_limit"
    meaning: ClassVar[str] = "率が上限（100% など）を超えている"
    advice: ClassVar[str] = "分子と分母を確かめる。正しければ確認済みにする。"
    columns: tuple[str, ...]
    limit: int = 100
    severity: Severity = Severity.WARNING

    def describe(self, title: Callable[[str], str]) -> str:
        return f"{'、'.join(map(title, self.columns))} は {self.limit}% 以下"


class Equal(Rule, frozen=True, kw_only=True):
    """Two expressions over the report's tables have one value."""

    code: ClassVar[str] = "equal"
    meaning: ClassVar[str] = "同じはずの二つの値が違う"
    advice: ClassVar[str] = "両方のセルの根拠をたどり、誤っている方を直す。"
    left: Expression
    right: Expression
    message: str

    def describe(self, title: Callable[[str], str]) -> str:  # noqa: ARG002 - the message already names both sides
        return self.message


class Cumulative(Rule, frozen=True, kw_only=True):
    """This table is `previous` plus `annual`, in every row and in each of `columns`."""

    code: ClassVar[str] = "cumulative"
    meaning: ClassVar[str] = "累計が、前年までの累計と対象年の和と違う"
    advice: ClassVar[str] = "累計、前年までの累計、対象年のどれが誤りか、市町村に確かめる。"
    previous: str
    annual: str
    columns: tuple[str, ...]

    def describe(self, title: Callable[[str], str]) -> str:
        return f"累計 ＝ 前年までの累計 ＋ 対象年（{'、'.join(map(title, self.columns))}）"


class Difference(Rule, frozen=True, kw_only=True):
    """`change` agrees with `minuend` − `subtrahend`, of which the subtrahend is known only as printed.

    Beyond the two roundings (0.1 point) it is an error. Where it is right but isn't the difference of the two
    printed rates, that is an info: a reader will subtract them.
    """

    code: ClassVar[str] = "difference"
    meaning: ClassVar[str] = "増減が、二つの率の差と四捨五入の範囲を超えて違う"
    advice: ClassVar[str] = "増減と前月の率を、公表資料と照らして直す。"
    minuend: str
    subtrahend: str
    change: str

    def describe(self, title: Callable[[str], str]) -> str:
        return f"{title(self.change)} ＝ {title(self.minuend)} － {title(self.subtrahend)}（印字した率の差との食い違い）"

    @property
    def counted_severity(self) -> Severity:
        """Excel counts where the printed rates don't subtract to the printed change: that is right, and worth a note."""
        return Severity.INFO


class Distinct(Rule, frozen=True, kw_only=True):
    """The numbers of `columns` aren't all those of table `other`, which is of another date: an old denominator used again."""

    code: ClassVar[str] = "distinct"
    meaning: ClassVar[str] = "別の時点の表と、すべての行で同じ数値（古い分母の使い回し）"
    advice: ClassVar[str] = "取り込んだファイルの時点を確かめ、正しい時点のものを取り込み直す。"
    columns: tuple[str, ...]
    other: str

    def describe(self, title: Callable[[str], str]) -> str:
        return f"{'、'.join(map(title, self.columns))} は別の時点の表の数値の写しではない"


class Outlier(Rule, frozen=True, kw_only=True):
    """A rate of `columns` is no further than `points` percentage points from that of the total row."""

    code: ClassVar[str] = "outlier"
    meaning: ClassVar[str] = "率が、合計の率から大きく離れている"
    advice: ClassVar[str] = "分子と分母の桁を確かめる。正しければ確認済みにする。"
    columns: tuple[str, ...]
    points: int
    severity: Severity = Severity.WARNING

    def describe(self, title: Callable[[str], str]) -> str:
        return f"{'、'.join(map(title, self.columns))} は合計の率から {self.points} ポイント以内"


class Since(Rule, frozen=True, kw_only=True):
    """Before the day `start` there is nothing to count: `columns` say － and not 0 while the setting `as_of` lies before it."""

    code: ClassVar[str] = "since"
    meaning: ClassVar[str] = "まだ始まっていなかった項目に、－ でなく 0 や件数が入っている"
    advice: ClassVar[str] = "基準日を確かめる。開始前の時点なら － に直す。"
    columns: tuple[str, ...]
    start: str
    as_of: str

    @property
    def first_day(self) -> date:
        """The day `start`."""
        return date.fromisoformat(self.start)

    def describe(self, title: Callable[[str], str]) -> str:
        return f"{'、'.join(map(title, self.columns))} は {format_date(self.first_day)} の開始前は －"


RULES: dict[str, type[Rule]] = {
    kind.code: kind for kind in (Order, OverLimit, Equal, Cumulative, Difference, Distinct, Outlier, Since)
}

CODES = (
    Described(
        "rounding",
        (Severity.INFO,),
        "印字した率の差が、印字した増減と合わない（四捨五入によるもので、誤りではない）",
        "直すものはない。資料の表の下に注記が付く。",
    ),
)
"""What a rule finds beside its own code."""
