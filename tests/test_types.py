"""What the package exports has complete types, as pyright counts them for users of ``py.typed``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMPLETE = 0.95
"""Share of the exported symbols whose types are known and the same to every type checker."""

TESTS = Path(__file__).parent
VERIFY = ["--verifytypes", "lava_bccn", "--ignoreexternal", "--outputjson"]


def test_exported_symbols_have_complete_types():
    pytest.importorskip("basedpyright", reason="comes with the group dev")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found_in = os.pathsep.join([str(TESTS.parent), str(TESTS / "stubs")])
    command = [sys.executable, "-m", "basedpyright", *VERIFY]
    environment = {**os.environ, "PATH": path, "PYTHONPATH": found_in}
    result = subprocess.run(
        command, env=environment, cwd=TESTS, capture_output=True, text=True, check=False
    )
    completeness = json.loads(result.stdout)["typeCompleteness"]
    incomplete = [
        f"{symbol['name']}: " + "; ".join(each["message"] for each in symbol["diagnostics"])
        for symbol in completeness["symbols"]
        if symbol["isExported"] and (symbol["isTypeAmbiguous"] or not symbol["isTypeKnown"])
    ]
    score = completeness["completenessScore"]
    assert score >= COMPLETE, f"{score:.1%} are complete; these are not:\n" + "\n".join(incomplete)
