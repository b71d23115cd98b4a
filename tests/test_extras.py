"""Libraries that the smallest installation lacks, and what is said of their absence."""

import pickle
import sys

import pytest

from lava_bccn.errors import BurstCCNError, MissingExtraError
from lava_bccn.extras import explained, require


@pytest.fixture
def no_matplotlib(monkeypatch):
    for module in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def test_what_is_there_is_imported():
    assert require("json.decoder", "plot", "a figure") is sys.modules["json.decoder"]


def test_what_is_not_is_one_line_with_what_to_type(no_matplotlib):
    with pytest.raises(MissingExtraError) as caught:
        require("matplotlib.figure", "plot", "a figure")
    assert str(caught.value) == (
        "a figure needs matplotlib, which is not installed: type pip install 'lava-bccn[plot]' "
        "(in a copy of the repository: uv sync)"
    )
    assert isinstance(caught.value, BurstCCNError) and isinstance(caught.value, ImportError)
    assert caught.value.extra == "plot"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_what_is_there_and_lacks_something_itself_says_what(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import not_there_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all") as caught:
        require("half_there", "plot", "a figure")
    assert not isinstance(caught.value, MissingExtraError)


def test_an_import_that_failed_is_explained_if_an_extra_brings_it():
    explanation = explained(ModuleNotFoundError("no", name="torch.nn"), "training")
    assert "training needs torch" in str(explanation) and "lava-bccn[torch]" in str(explanation)
    other = ModuleNotFoundError("no", name="not_there_at_all")
    assert explained(other) is other
    assert explained(explanation) is explanation
