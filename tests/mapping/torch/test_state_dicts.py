"""State dicts within other dictionaries, and of plain networks."""

import pytest
import torch
from torch import nn

import lava_bccn
from lava_bccn.errors import FileFormatError, MappingError
from lava_bccn.mapping import from_torch
from lava_bccn.mapping.torch.models import read_model
from lava_bccn.mapping.torch.state_dicts import plain_model, state_dict_of


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 3, bias=False), nn.Sigmoid())


def wrappers(model):
    """As training programs keep them: what holds the weights, and under which key."""
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(2, 6)).sum().backward()
    optimizer.step()
    state = model.state_dict()
    return {
        "state_dict": {"epoch": 3, "state_dict": state, "optimizer": optimizer.state_dict()},
        "model": {"model": state, "rng": torch.get_rng_state().tolist()},
        "model_state_dict": {"model_state_dict": state, "loss": 0.5},
        "lightning.state_dict": {
            "lightning": {
                "state_dict": {f"model.{name}": value for name, value in state.items()},
                "hyper_parameters": {"lr": 0.1},
                "optimizer_states": [optimizer.state_dict()],
            }
        },
    }


@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict", "lightning.state_dict"])
def test_what_wraps_a_state_dict_is_told_the_key_which_finds_it(model, tmp_path, key):
    content = wrappers(model)[key]
    path = tmp_path / "model.pt"
    torch.save(content, path)
    with pytest.raises(MappingError, match=f"model.pt: .* with --key {key} "):
        read_model(path)
    with pytest.raises(MappingError, match="--activation sigmoid"):
        read_model(path, key=key)
    found, notes = read_model(path, key=key, activation="sigmoid")
    samples = torch.rand(4, 6)
    assert torch.equal(found(samples), model(samples)) and not notes
    with pytest.raises(MappingError, match=f"--key {key}"):
        from_torch(content, samples)


def test_several_state_dicts_are_all_named(model):
    content = {"generator": model.state_dict(), "critic": model.state_dict(), "step": 4}
    with pytest.raises(MappingError, match="--key generator or --key critic"):
        state_dict_of(content)
    with pytest.raises(MappingError, match="no 'actor' in the file; it has generator, critic"):
        state_dict_of(content, "actor")


@pytest.mark.parametrize("content", [{}, {"epoch": 3}, {"a": {"b": {}}}])
def test_dictionaries_without_weights_are_refused(content):
    with pytest.raises(MappingError, match="the file holds no weights"):
        state_dict_of(content)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ((nn.Conv2d(1, 2, 3),), r"0\.weight is not of a Linear layer"),
        ((nn.Linear(4, 4), nn.BatchNorm1d(4)), r"1\.weight is not of a Linear layer"),
        ((nn.Linear(4, 3), nn.Linear(4, 3)), r"1\.weight takes 4 values, but 0 before it gives 3"),
    ],
)
def test_what_a_state_dict_does_not_say_is_refused_with_the_way_out(modules, message):
    with pytest.raises(MappingError, match=f"{message}.* in a program that has it"):
        plain_model(nn.Sequential(*modules).state_dict())


def test_a_checkpoint_needs_no_key(tmp_path):
    path = tmp_path / "model.pt"
    model = nn.Sequential(lava_bccn.nn.BurstReadout(3, 2))
    lava_bccn.nn.save_checkpoint(path, lava_bccn.nn.Checkpoint(model))
    with pytest.raises(MappingError, match="leave out --key"):
        read_model(path, key="state")


def whole(model, path):
    torch.save(model, path)


def whole_of_before(model, path):
    torch.save(model, path, _use_new_zipfile_serialization=False)


def program(model, path):
    torch.jit.trace(model, torch.rand(1, 6)).save(path)


@pytest.mark.parametrize("save", [whole, whole_of_before, program])
@pytest.mark.filterwarnings("error:.*TorchScript", "ignore:.*torch.jit:FutureWarning")
def test_whole_modules_are_not_loaded_and_the_way_out_maps_them(model, tmp_path, save):
    path = tmp_path / "model.pt"
    save(model, path)
    with pytest.raises(FileFormatError) as refusal:
        read_model(path)
    advice = "lava_bccn.mapping.from_torch(model, inputs).save('net.safetensors')"
    assert advice in str(refusal.value)
    inputs = torch.rand(40, 6)
    exec(advice.replace("net", str(tmp_path / "net")), {"lava_bccn": lava_bccn, **locals()})
    assert lava_bccn.load(tmp_path / "net.safetensors").sizes == (6, 5, 3)


def test_what_is_no_file_of_torch_is_refused_without_noise(tmp_path):
    path = tmp_path / "junk.pt"
    path.write_text("hello world, nothing here\n")
    with pytest.raises(FileFormatError, match=r"not a file of torch\.save; write it again"):
        read_model(path)
