"""An add-in file taken apart: the parts of its package, its VBA modules and their procedures."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

_PROCEDURE = re.compile(
    r"^[ \t]*(?:(?P<scope>Public|Private|Friend)[ \t]+)?(?:Static[ \t]+)?(?P<kind>Sub|Function)[ \t]+(?P<name>\w+)[ \t]*"
    r"\((?P<parameters>[^)]*)\)(?P<body>.*?)^[ \t]*End[ \t]+(?P=kind)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\r\n]|"")*"|\'[^\r\n]*')


@dataclass(frozen=True)
class Procedure:
    """A Sub or Function. `types` are those of its parameters; `body` is without texts and comments."""

    module: str
    name: str
    types: tuple[str, ...]
    body: str
    is_sub: bool


@dataclass(frozen=True)
class AddinFile:
    """An add-in as read: parts of the package, sources of the VBA modules, what the project refers to."""

    parts: Mapping[str, bytes]
    modules: Mapping[str, str]
    project: str

    @property
    def procedures(self) -> Iterator[Procedure]:
        """All procedures of all modules."""
        for module, source in self.modules.items():
            bare = _STRING_OR_COMMENT.sub('""', source)
            for match in _PROCEDURE.finditer(bare):
                types = tuple(re.findall(r"\bAs[ \t]+(\w+)", match["parameters"], re.IGNORECASE))
                yield Procedure(module, match["name"], types, match["body"], match["kind"].lower() == "sub")


def read_addin(data: bytes) -> AddinFile:
    """Open an add-in. ValueError, KeyError or BadZipFile where it is none."""
    from pyopenvba import ExcelFile
    from pyopenvba.exceptions import PyOpenVBAError

    with zipfile.ZipFile(BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "addin.xlam"
        path.write_bytes(data)
        try:
            with ExcelFile(path) as file:
                project = file.vba_project()
                modules = {module.name: module.source for module in project.modules}
                return AddinFile(parts, modules, " ".join(reference.libid for reference in file.references()))
        except PyOpenVBAError as error:
            raise ValueError(str(error)) from error
