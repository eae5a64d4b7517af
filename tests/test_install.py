"""Installing puts two files into the user's folders, and uninstalling takes out those and nothing else."""

from __future__ import annotations

import locale
import os
import sys
from pathlib import Path

import pytest
from excel_sim import ExcelSim
from excel_sim.windows import CONFIG, PYTHON, default_windows

from jukixl.errors import InputError
from jukixl.setup import install as installing
from jukixl.setup.install import Folders, find_interpreter, install, read_interpreter, uninstall, user_folders
from jukixl.setup.shipped import shipped_addin

ADDIN = b"add-in of this version"
OLDER = b"add-in of an older version"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Of a user whose Excel has a personal workbook, and who has never had jukixl."""
    xlstart = tmp_path / "Microsoft" / "Excel" / "XLSTART"
    xlstart.mkdir(parents=True)
    (xlstart / "PERSONAL.XLSB").write_bytes(b"macros of one's own")
    return Folders(xlstart, tmp_path / "jukixl")


@pytest.fixture
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("venv") / "pythonw.exe"
    path.touch()
    return path


def everything(folders: Folders) -> dict[str, bytes | None]:
    """Every file and folder of the user, with its content."""
    root = folders.config.parent
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")
    }


def test_the_addin_goes_where_excel_looks_at_start(folders: Folders, interpreter: Path) -> None:
    install(folders, ADDIN, interpreter)
    assert (folders.xlstart / "jukixl.xlam").read_bytes() == ADDIN


def test_the_addin_in_excel_starts_the_python_that_installed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The add-in's own VBA reads what was written, with Windows' separator in place of this system's."""
    local = tmp_path / "Local"
    python = local / "jukixl" / "venv" / "Scripts" / "pythonw.exe"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setenv("LOCALAPPDATA", str(local))
    folders = Folders(tmp_path / "XLSTART", tmp_path / "jukixl")
    install(folders, ADDIN, python)
    windows = default_windows()
    windows.files[CONFIG] = folders.settings.read_text(encoding="ascii").replace(os.sep, "\\")
    ExcelSim(shipped_addin(), windows=windows).call_udf("JK_NENDO", 45439)
    assert [command.split('"')[1] for command in windows.server_commands] == [PYTHON]


def test_installing_again_changes_nothing(folders: Folders, interpreter: Path) -> None:
    install(folders, ADDIN, interpreter)
    before = everything(folders)
    lines = install(folders, ADDIN, interpreter)
    assert everything(folders) == before
    assert [line for line in lines if line.startswith("変わりありません")] == list(lines[:2])


def test_uninstalling_leaves_everything_as_it_was_before(folders: Folders, interpreter: Path) -> None:
    before = everything(folders)
    install(folders, OLDER, interpreter)
    install(folders, ADDIN, interpreter)
    uninstall(folders)
    assert everything(folders) == before


def test_folders_that_were_missing_go_again(tmp_path: Path, interpreter: Path) -> None:
    folders = Folders(tmp_path / "Microsoft" / "Excel" / "XLSTART", tmp_path / "jukixl")
    install(folders, ADDIN, interpreter)
    uninstall(folders)
    assert list(tmp_path.iterdir()) == []


def test_an_older_version_is_replaced_without_keeping_it(folders: Folders, interpreter: Path) -> None:
    install(folders, OLDER, interpreter)
    lines = install(folders, ADDIN, interpreter)
    assert folders.addin.read_bytes() == ADDIN
    assert lines[0] == f"新しい版に入れ替えました: {folders.addin}"
    assert OLDER not in everything(folders).values()


def test_a_file_of_the_same_name_from_elsewhere_comes_back(folders: Folders, interpreter: Path) -> None:
    folders.addin.write_bytes(b"of somebody else")
    before = everything(folders)
    lines = install(folders, ADDIN, interpreter)
    assert any("jukixl_旧1.xlam" in line for line in lines)
    install(folders, ADDIN, interpreter)
    uninstall(folders)
    assert everything(folders) == before


def test_what_was_changed_after_installing_is_kept_from_being_lost(
    folders: Folders, interpreter: Path
) -> None:
    install(folders, ADDIN, interpreter)
    folders.settings.write_bytes(b"edited by the user")
    install(folders, ADDIN, interpreter)
    assert b"edited by the user" in everything(folders).values()
    folders.settings.write_bytes(b"edited once more")
    lines = uninstall(folders)
    assert folders.settings.read_bytes() == b"edited once more"
    assert f"インストール後に変えられているため残しました: {folders.settings}" in lines


def test_the_log_of_the_addin_is_not_ours_to_delete(folders: Folders, interpreter: Path) -> None:
    install(folders, ADDIN, interpreter)
    log = folders.config / "log" / "jukixl.log"
    log.parent.mkdir()
    log.write_text("pressed", encoding="utf-8")
    uninstall(folders)
    assert log.read_text(encoding="utf-8") == "pressed"


def test_uninstalling_what_is_not_installed_says_so(folders: Folders) -> None:
    before = everything(folders)
    assert uninstall(folders) == ("アドインはインストールされていません。何も変えていません。",)
    assert everything(folders) == before


def refuse(*_: object, **__: object) -> None:
    """As Windows does while another program has the file open: ERROR_SHARING_VIOLATION."""
    raise PermissionError(
        13, "The process cannot access the file because it is being used by another process"
    )


def test_an_addin_that_excel_has_open_is_left_with_a_message(
    folders: Folders, interpreter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(folders, OLDER, interpreter)
    settings = folders.settings.read_bytes()
    replace = os.replace
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda a, b: refuse() if Path(b) == folders.addin else replace(a, b))
        with pytest.raises(InputError, match="Excel をすべて閉じてから") as caught:
            install(folders, ADDIN, interpreter)
    assert str(folders.addin) in str(caught.value)
    assert (folders.addin.read_bytes(), folders.settings.read_bytes()) == (OLDER, settings)
    install(folders, ADDIN, interpreter)
    assert folders.addin.read_bytes() == ADDIN
    assert OLDER not in everything(folders).values()


def test_an_addin_that_excel_has_open_is_not_uninstalled(
    folders: Folders, interpreter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(folders)
    install(folders, ADDIN, interpreter)
    installed = everything(folders)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(InputError, match="Excel をすべて閉じてから"):
            uninstall(folders)
    assert everything(folders) == installed
    uninstall(folders)
    assert everything(folders) == before


def test_an_installation_cut_off_half_way_can_be_undone(
    folders: Folders, interpreter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(folders)
    write = installing.write_atomic

    def crash_at_the_settings(path: Path, data: bytes) -> None:
        if path == folders.settings:
            raise KeyboardInterrupt
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(installing, "write_atomic", crash_at_the_settings)
        with pytest.raises(KeyboardInterrupt):
            install(folders, ADDIN, interpreter)
    assert folders.addin.exists()
    uninstall(folders)
    assert everything(folders) == before


def test_a_damaged_record_is_named_with_what_to_do(folders: Folders, interpreter: Path) -> None:
    install(folders, ADDIN, interpreter)
    folders.record.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="インストールの記録が壊れています") as caught:
        uninstall(folders)
    assert str(folders.record) in str(caught.value)


def test_without_excel_for_windows_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPDATA", raising=False)
    with pytest.raises(InputError, match="Windows の Excel がない"):
        user_folders()


def test_the_folders_are_those_of_windows_for_this_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Microsoft gives %APPDATA%\\Microsoft\\Excel\\XLSTART as the user's start-up folder."""
    monkeypatch.setenv("APPDATA", str(tmp_path))
    assert user_folders() == Folders(tmp_path / "Microsoft" / "Excel" / "XLSTART", tmp_path / "jukixl")


def test_an_interpreter_that_is_not_there_is_not_installed(folders: Folders, tmp_path: Path) -> None:
    before = everything(folders)
    with pytest.raises(InputError, match="Python がありません"):
        install(folders, ADDIN, tmp_path / "gone.exe")
    assert everything(folders) == before


def test_the_interpreter_is_the_running_python() -> None:
    assert find_interpreter().is_file()
    assert find_interpreter().parent == Path(sys.executable).parent


@pytest.mark.parametrize(("encoding", "name"), [("cp932", "職員"), ("cp932", "髙﨑"), ("cp1252", "Zoë")])
def test_a_path_is_written_in_the_code_page_in_which_vba_reads_files(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, name: str
) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: encoding)
    python = tmp_path / name / "pythonw.exe"
    python.parent.mkdir()
    python.touch()
    install(folders, ADDIN, python)
    assert f'"{python}"' in folders.settings.read_bytes().decode(encoding)
    assert read_interpreter(folders.settings) == str(python)


def test_a_name_outside_the_code_page_is_written_as_a_variable_or_refused(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: "cp932")
    python = tmp_path / "𠮷田" / "pythonw.exe"
    python.parent.mkdir()
    python.touch()
    with pytest.raises(InputError, match="Excel へ伝えられない文字"):
        install(folders, ADDIN, python)
    monkeypatch.setenv("LOCALAPPDATA", str(python.parent))
    install(folders, ADDIN, python)
    assert read_interpreter(folders.settings) == str(python)
