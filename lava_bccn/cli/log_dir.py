"""``--log-dir``: what a run writes for TensorBoard."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lava_bccn.errors import OutputPathError


def add_log_dir(add: Callable[..., Any], **options: Any) -> None:
    """The option, by an ``add_argument``."""
    add(
        "--log-dir",
        type=Path,
        metavar="DIR",
        help="write the curves as TensorBoard's events into this folder, one for each run",
        **options,
    )


def check_log_dir(options: argparse.Namespace) -> None:
    """Refuse a folder with the curves of another run, once it is known whether this one goes on.

    Raises:
        OutputPathError: there are some, and the run neither goes on nor may replace them.
    """
    folder: Path | None = getattr(options, "log_dir", None)
    if folder is None or options.resume or options.overwrite:
        return
    if folder.is_dir() and any(folder.glob("events.out.tfevents.*")):
        raise OutputPathError(
            f"{folder} has the curves of another run; name another folder, or add --overwrite to "
            "begin them anew"
        )
