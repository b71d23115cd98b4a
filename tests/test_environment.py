"""``examine``: what is missing is said with what to do."""

from dataclasses import replace

from lava_bccn.environment import examine
from lava_bccn.loihi2.boards import Board


def test_data_sets_are_where_they_are(tmp_path):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    assert examine(tmp_path).data_sets["mnist"] is None  # an empty folder is no data set
    for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / "MNIST" / "raw" / f"{part}-ubyte").touch()
    found = examine(tmp_path)
    assert found.data_sets["mnist"] == str(tmp_path / "MNIST" / "raw")
    assert found.data_sets["cifar10"] is None
    assert any("cifar10 not in" in step for step in found.next_steps)
    assert found.packages["torch"] and found.packages["lava-loihi"] is None


def test_next_steps_follow_from_what_is_missing(tmp_path):
    found = examine(tmp_path)
    without = replace(found, lava="lava-nc is not installed", lava_loihi=False)
    assert "lava-nc==0.10.0" in without.next_steps[0] and "--backend sim" in without.next_steps[0]
    plain = replace(found, lava="ok", lava_loihi=False)
    assert "INRC" in plain.next_steps[0]
    complete = replace(plain, lava_loihi=True, boards=(Board("kp-1", "slurm", "idle", "kp"),))
    assert "--backend loihi2 (free: kp-1)" in complete.next_steps[0]
    assert "no board is free" in replace(complete, boards=()).next_steps[0]
