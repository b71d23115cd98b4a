"""``--log-dir`` of bccn train and bccn run --learn."""

import pytest

from lava_bccn.cli import main
from tests.nn.test_events import curves

pytest.importorskip("tensorboard", reason="TensorBoard is not installed")


def test_training_does_not_mix_the_curves_of_two_runs(tmp_path, capsys):
    command = ["train", "--hidden", "8", "--epochs", "1", "--log-dir", str(tmp_path / "runs")]
    assert main([*command, "-o", str(tmp_path / "one.pt")]) == 0
    assert main([*command, "-o", str(tmp_path / "two.pt")]) != 0
    assert "curves of another run" in capsys.readouterr().err
    assert not (tmp_path / "two.pt").exists()
    assert main([*command, "-o", str(tmp_path / "two.pt"), "--overwrite"]) == 0
    assert [step for step, _ in curves(tmp_path / "runs")["held_out_error"]] == [1]


@pytest.mark.timeout(400)  # compiles the learner, where nothing did before
def test_learning_writes_the_points_of_its_curve_once(tmp_path):
    fresh, learned = tmp_path / "fresh.safetensors", tmp_path / "learned.safetensors"
    assert main(["new", "--hidden", "8", "-o", str(fresh)]) == 0
    command = ["run", str(fresh), "--learn", "--samples", "30", "-o", str(learned)]
    command += ["--log-dir", str(tmp_path / "runs")]
    assert main(command) == 0
    points = curves(tmp_path / "runs")["test_accuracy"]
    assert len(points) == 10 and points[-1][0] == 30
    assert main([*command, "--resume"]) == 0
    assert main([*command[:-1], str(tmp_path / "seeds"), "--seeds", "0"]) != 0
