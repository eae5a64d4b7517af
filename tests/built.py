"""A handout as its bytes, which is all that most tests want of one."""

from __future__ import annotations

from jukixl.handout import build


def build_handout(*arguments, **more) -> bytes:
    return build.build_handout(*arguments, **more).document
