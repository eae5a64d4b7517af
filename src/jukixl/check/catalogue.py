"""The catalogue of checks: what each code of a finding means and what to do, as the checks themselves say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from msgspec.structs import fields

from jukixl.check import changes, formulas, missing
from jukixl.check.patterns import PATTERN_CHECKS
from jukixl.check.structure import CHECKS, StructureCheck
from jukixl.findings import Described
from jukixl.report import rules
from jukixl.workbook import inputs

Section = tuple[Described, ...]


def check_sections() -> dict[str, Section]:
    """What `check` and `audit` can find, by heading."""
    return {
        "入力": (*inputs.CODES, *missing.CODES),
        "数式（マスター）": formulas.CODES,
        "宣言された検算": (*map(_describe_rule, rules.RULES.values()), *rules.CODES),
        "前年との比較": changes.CODES,
        "ブックの構造（マスターと他のブック）": tuple(map(_describe_check, CHECKS)),
        "数式の並び（他のブック）": tuple(map(_describe_check, PATTERN_CHECKS)),
    }


@cache
def descriptions() -> Mapping[str, Described]:
    """What a code means in the check of a master."""
    everything = [one for section in check_sections().values() for one in section]
    return {one.code: one for one in reversed(everything)}  # of two, that of a master holds


def _describe_rule(rule: type[rules.Rule]) -> Described:
    severity = next(field.default for field in fields(rule) if field.name == "severity")
    return Described(rule.code, (severity,), rule.meaning, rule.advice)


def _describe_check(check: type[StructureCheck]) -> Described:
    return Described(check.code, (check.severity,), (check.__doc__ or "").strip(), check.advice)


def render_catalogue(sections: Mapping[str, Iterable[Described]]) -> str:
    """The page docs/checks.md."""
    return "\n".join(_iter_lines(sections))


def _iter_lines(sections: Mapping[str, Iterable[Described]]) -> Iterator[str]:
    yield "# 検算の一覧"
    yield ""
    yield "検査そのものから作られる一覧です。「程度」の「誤り」が一つでもあれば、コマンドは終了コード 1 で終わります。"
    yield "宣言された検算の程度は、報告の定義で変えられます。「要確認」は、確かめたうえで確認済みにできます。"
    for heading, entries in sections.items():
        yield ""
        yield f"## {heading}"
        yield ""
        yield "| コード | 程度 | 意味 | 対応 |"
        yield "|---|---|---|---|"
        for one in entries:
            labels = "、".join(severity.label for severity in one.severities)
            yield f"| `{one.code}` | {labels} | {one.meaning} | {one.advice} |"
    yield ""
