"""The command line: arguments from the registry, text or JSON out, exit code 0, 1 or 2. No rules of its own."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, TextIO

from jukixl import __version__
from jukixl.commands.registry import COMMANDS, Command, Outcome, Parameter
from jukixl.errors import InputError, JukixlError, Place, Problem

_DESCRIPTION = "住民基本台帳ネットワークシステム関係資料: マスターブックの作成から審議会資料の照合まで。"
_USAGE_ERROR = 2
_INTERRUPTED = 130  # as shells have it
_ARGPARSE_MESSAGES = (
    (r"the following arguments are required: (.*)", r"引数が足りません: \1"),
    (r"unrecognized arguments: (.*)", r"この引数はありません: \1"),
    (r"argument (?:.*): invalid choice: ('.*?').*", r"\1 というコマンドはありません。"),
    (r"argument (.*): expected one argument", r"\1 の値がありません。"),
    (r"ambiguous option: (.*)", r"どのオプションか決まりません: \1"),
)


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],  # a private class of argparse's
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "使い方: " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """argparse in Japanese."""

    def __init__(self, prog: str | None = None, description: str | None = None) -> None:
        super().__init__(
            prog, description=description, add_help=False, allow_abbrev=False, formatter_class=_Help
        )
        self._positionals.title = "引数"
        self._optionals.title = "オプション"
        self.add_argument("-h", "--help", action="help", help="この説明を表示します")

    def error(self, message: str) -> NoReturn:
        for pattern, japanese in _ARGPARSE_MESSAGES:
            message = re.sub(pattern, japanese, message)
        self.print_usage(sys.stderr)
        self.exit(_USAGE_ERROR, f"{message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        _make_printable(stream)
    options = vars(_make_parser().parse_args(argv))
    command: Command = options.pop("command")
    as_json: bool = options.pop("json", False)
    try:
        outcome = command.load()(options, _Bar(sys.stderr))
    except JukixlError as error:
        _print_error(error, as_json=as_json)
        return error.exit_code
    except OSError as error:
        failure = _unreachable(error)
        _print_error(failure, as_json=as_json)
        return failure.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\n中止しました。\n")
        return _INTERRUPTED
    _print(outcome, as_json=as_json)
    return outcome.exit_code


def _unreachable(error: OSError) -> JukixlError:
    """Whatever the system refuses that no command has words of its own for."""
    message = (
        "読み書きできません。フォルダーがあるか、権限とディスクの空きを確かめ、"
        "ほかのプログラムで開いていれば閉じてから、もう一度実行してください。"
    )
    return InputError(Problem(message, Place(file=None if error.filename is None else str(error.filename))))


def _make_printable(stream: TextIO) -> None:
    """A console without Japanese shows ? instead of ending in an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="jukixl", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"jukixl {__version__}", help="版を表示します")
    places = {"": parser.add_subparsers(title="コマンド", metavar="COMMAND", required=True)}
    for command in COMMANDS:
        *above, name = command.id.split()
        if above and above[0] not in places:
            text = f"{command.label}ほか"
            group = places[""].add_parser(above[0], help=text, description=text)
            places[above[0]] = group.add_subparsers(title="コマンド", metavar="COMMAND", required=True)
        place = places[above[0] if above else ""]
        text = f"{command.label}: {command.help}"
        _add_parameters(place.add_parser(name, help=text, description=text), command)
    return parser


def _add_parameters(parser: argparse.ArgumentParser, command: Command) -> None:
    for parameter in command.parameters:
        _add_parameter(parser, parameter)
    if command.has_json:
        parser.add_argument("--json", action="store_true", help="結果を JSON で出力します")
    parser.set_defaults(command=command)


def _add_parameter(parser: argparse.ArgumentParser, parameter: Parameter) -> None:
    if parameter.is_flag:
        parser.add_argument(f"--{parameter.name.replace('_', '-')}", action="store_true", help=parameter.help)
    elif parameter.option:
        name = f"--{parameter.name.replace('_', '-')}"
        parser.add_argument(
            name,
            metavar=parameter.name.upper(),
            nargs="+" if parameter.many else None,
            required=parameter.required,
            help=parameter.help,
        )
    else:
        parser.add_argument(parameter.name, nargs=None if parameter.required else "?", help=parameter.help)


class _Bar:
    """A progress line on a terminal; silent elsewhere."""

    _WIDTH = 24

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()

    def __call__(self, done: int, total: int, text: str) -> None:
        if not self._shown:
            return
        filled = self._WIDTH * done // max(total, 1)
        bar = "█" * filled + "░" * (self._WIDTH - filled)
        self._stream.write(f"\r\x1b[K{bar} {done}/{total} {text}" + ("\r\x1b[K" if done >= total else ""))
        self._stream.flush()


def _print(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        import json

        sys.stdout.write(json.dumps(outcome.data, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in outcome.lines))


def _print_error(error: JukixlError, *, as_json: bool) -> None:
    if as_json:
        import json

        problems = [{"message": problem.message, **_place(problem.place)} for problem in error.problems]
        sys.stdout.write(json.dumps({"errors": problems}, ensure_ascii=False, indent=1) + "\n")
    sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))


def _place(place: object) -> dict[str, object]:
    return {name: getattr(place, name) for name in ("file", "sheet", "cell", "key")}
