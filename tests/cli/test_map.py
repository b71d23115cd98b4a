"""``bccn map`` of models of PyTorch: ONNX in, a network and a report out."""

import base64
import json
import re

import numpy as np
import pytest
import torch

from lava_bccn import datasets, mapping
from lava_bccn.cli import main
from lava_bccn.cli.pages import Heading, Picture, Table, as_html, as_markdown
from tests.cli.test_cli import json_of, refused

onnx = pytest.importorskip("onnx", reason="onnx is not installed: uv pip install onnx")


def exported(model, shape, path):
    """A model as its user would export it."""
    options = {"input_names": ["x"], "dynamic_axes": {"x": {0: "samples"}}, "dynamo": False}
    torch.onnx.export(model.eval(), (torch.rand(1, *shape),), str(path), **options)
    return path


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """Batch norm, ReLU, pooling and bare logits, trained a little on digits."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, padding=1, bias=False),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(128, 10),
    )
    digits = datasets.load("digits")
    inputs, labels = torch.from_numpy(digits.train_inputs), torch.from_numpy(digits.train_labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(40):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    return exported(model, (1, 8, 8), tmp_path_factory.mktemp("onnx") / "digits.onnx")


@pytest.fixture(scope="module")
def regression(tmp_path_factory):
    """Three values of 20 inputs, in files."""
    folder = tmp_path_factory.mktemp("values")
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(20, 12), torch.nn.Tanh(), torch.nn.Linear(12, 3))
    inputs = torch.rand(300, 20)
    np.save(folder / "x.npy", inputs.numpy())
    np.save(folder / "y.npy", model(inputs).detach().numpy())
    exported(model, (20,), folder / "values.onnx")
    return folder


def test_a_model_maps_and_runs_as_well_as_in_pytorch(capsys, tmp_path, classifier):
    output = tmp_path / "net.safetensors"
    result = json_of(capsys, "map", classifier, "--dataset", "digits", "-o", output)
    report = result["report"]
    assert report["samples"] == 360 and report["samples_of"] == "test samples of digits"
    assert report["exact"]["accuracy"] > 0.9
    assert report["integers"]["accuracy"] > report["exact"]["accuracy"] - 0.01
    assert [layer["shape"] for layer in report["layers"]] == [[8, 1, 3, 3], [10, 512]]
    assert "conv2d" in report["layers"][0]["origin"] and not report["is_lossy"]
    run = json_of(capsys, "run", output)  # the file says its data set
    assert run["accuracy"] == report["integers"]["accuracy"]
    notes = mapping.load(output).metadata
    assert notes["class_names"] == list(datasets.load("digits").class_names)
    assert notes["input_shape"] == [1, 8, 8] and notes["dataset"] == "digits"


def test_the_command_gives_the_bits_of_the_call(capsys, tmp_path, classifier):
    output = tmp_path / "net.safetensors"
    for options in ({}, {"equalise": True}, {"correct_bias": True}, {"event_bits": 10}):
        words = [
            word
            for name, value in options.items()
            for word in (f"--{name.replace('_', '-')}", *([] if value is True else [value]))
        ]
        arguments = ["map", classifier, "--dataset", "digits", "-o", output, "--overwrite"]
        json_of(capsys, *arguments, *words)
        inputs = datasets.load("digits").train_inputs[:512]
        expected, found = mapping.from_torch(classifier, inputs, **options), mapping.load(output)
        assert expected.output == found.output
        for one, other in zip(expected.layers, found.layers, strict=True):
            assert (one.weight == other.weight).all() and (one.bias == other.bias).all()


@pytest.mark.parametrize("ending", ["html", "md"])
def test_a_report_is_written(capsys, tmp_path, classifier, ending):
    page, output = tmp_path / f"report.{ending}", tmp_path / "net.safetensors"
    arguments = ["map", classifier, "--dataset", "digits", "-o", output, "--report", page]
    assert main([str(each) for each in arguments]) == 0
    shown = capsys.readouterr().out
    text = page.read_text("utf-8")
    accuracy = re.search(r"[\d.]+% correct, [\d.]+% in floating point on 360 test samples", shown)
    assert accuracy and accuracy[0] in text and "2^-" in text and "conv2d" in text
    if ending == "html":
        pictures = re.findall(r'src="data:image/png;base64,([^"]*)"', text)
        contents = [base64.b64decode(each) for each in pictures]
        assert not re.search(r'(src|href)="(?!data:)', text)  # whole in itself
    else:
        contents = [(tmp_path / name).read_bytes() for name in re.findall(r"\]\(<(.*)>\)", text)]
    assert len(contents) == 2 and all(each.startswith(b"\x89PNG") for each in contents)
    assert "--report" not in shown
    assert "replace it with --overwrite" in refused(capsys, *arguments)


def test_bits_that_lose_much_name_the_layer_and_what_helps(capsys, tmp_path, classifier):
    page, output = tmp_path / "report.md", tmp_path / "net.safetensors"
    arguments = ["map", classifier, "--dataset", "digits", "-o", output, "--weight-bits", "2"]
    result = json_of(capsys, *arguments, "--report", page)
    causes = result["report"]["causes"]
    assert result["report"]["is_lossy"] and causes["costliest_layer"] in (1, 2)
    assert len(causes["layers_alone"]) == 2
    helped = causes["would_help"]["--weight-bits 8"]["accuracy"]
    assert helped > result["report"]["integers"]["accuracy"]
    assert {"--event-bits 12", "--correct-bias", "--equalise"} < causes["would_help"].keys()
    text = page.read_text("utf-8")
    assert "costs most" in text and "share one power of two" in text
    # The advice works: mapped so, it is as good as it says.
    again = json_of(capsys, *arguments[:-1], "8", "--overwrite")
    assert again["report"]["integers"]["accuracy"] == helped
    assert main([str(each) for each in [*arguments, "--overwrite"]]) == 0
    assert "--report report.html says which layer costs most" in capsys.readouterr().out


def test_values_have_an_error_and_their_targets(capsys, tmp_path, regression):
    output, page = tmp_path / "net.safetensors", tmp_path / "report.html"
    files = ["--inputs", regression / "x.npy", "--labels", regression / "y.npy"]
    model = regression / "values.onnx"
    arguments = ["map", model, *files, "--samples", 200, "-o", output]
    report = json_of(capsys, *arguments, "--report", page)["report"]
    assert report["kind"] == "values" and report["exact"]["accuracy"] is None
    assert report["samples"] == 100
    assert report["samples_of"] == "samples of x.npy after the 200 calibrated on"
    assert report["exact"]["distance"] < 1e-6 and 0 < report["integers"]["loss"] < 0.05
    run = json_of(capsys, "run", output, *files)
    targets = np.load(regression / "y.npy")
    error = np.sqrt(np.mean((np.array(run["outputs"]) - targets) ** 2))
    assert run["error"] == pytest.approx(error) and run["accuracy"] is None
    assert error < 0.05 * targets.std()
    assert main(["run", str(output), "--inputs", str(regression / "x.npy")]) == 0
    assert capsys.readouterr().out.count("outputs: ") == 5


def test_logits_keep_the_classes(capsys, tmp_path, classifier):
    output = tmp_path / "net.safetensors"
    arguments = ["map", classifier, "--dataset", "digits", "-o", output]
    report = json_of(capsys, *arguments, "--output-kind", "logits")["report"]
    assert mapping.load(output).output.kind == "logits"
    assert report["integers"]["accuracy"] > report["exact"]["accuracy"] - 0.02


def test_outputs_that_are_no_classes_need_no_labels(capsys, tmp_path):
    torch.manual_seed(2)
    model = torch.nn.Sequential(torch.nn.Linear(64, 8), torch.nn.ReLU(), torch.nn.Linear(8, 64))
    model.append(torch.nn.Sigmoid())
    path, output = exported(model, (64,), tmp_path / "auto.onnx"), tmp_path / "net.safetensors"
    report = tmp_path / "report.md"
    options = ["--dataset", "digits", "-o", output, "--report", report]
    found = json_of(capsys, "map", path, *options)["report"]
    assert found["kind"] == "values" and found["integers"]["agreement"] is None
    run = json_of(capsys, "run", output, "--samples", 5)
    assert run["accuracy"] is None and np.shape(run["outputs"]) == (5, 64)


REFUSED = {
    "a report of floats": (["--precision", "float", "--report", "r.md"], "--report is about"),
    "hardware of floats": (["--precision", "float", "--hardware"], "--hardware is about"),
    "bits of floats": (["--precision", "float", "--weight-bits", "4"], "--weight-bits is about"),
    "key of ONNX": (["--key", "state_dict"], "leave out --key and --activation"),
    "activation of ONNX": (["--activation", "sigmoid"], "leave out --key and --activation"),
    "another ending": (["--report", "r.pdf"], "name it r.html (.md would do too)"),
    "no ending": (["--report", "r"], "needs an ending; name it r.html"),
    "labels of a data set": (["--labels", "y.npy"], "--labels are those of --inputs"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused(capsys, tmp_path, classifier, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options, message = REFUSED[name]
    arguments = ["map", classifier, "--dataset", "digits", "-o", "net.safetensors", *options]
    assert message in refused(capsys, *arguments)
    assert not list(tmp_path.iterdir())


def test_pages_escape_what_they_show():
    blocks = [
        Heading("a < b"),
        Table([{"x|y": "<script>"}]),
        Picture("p", "A & B", b"png"),
        "c & d",
    ]
    page = as_html(blocks)
    assert "<script>" not in page and "&lt;script&gt;" in page and "<h1>a &lt; b</h1>" in page
    from pathlib import Path

    text = as_markdown(blocks, Path("some report.md"))
    assert r"| x\|y |" in text and "![A & B](<some report_p.png>)" in text


def test_json_is_all_that_is_printed(capsys, tmp_path, classifier):
    arguments = ["map", classifier, "--dataset", "digits", "-o", tmp_path / "n.safetensors"]
    assert main([str(each) for each in [*arguments, "--json"]]) == 0
    json.loads(capsys.readouterr().out)


def test_a_single_output_needs_no_axis_of_its_own(capsys, tmp_path):
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(20, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1))
    path, output = exported(model, (20,), tmp_path / "one.onnx"), tmp_path / "net.safetensors"
    inputs = torch.rand(200, 20)
    outputs = model(inputs).detach().numpy()
    np.save(tmp_path / "x.npy", inputs.numpy())
    distances = []
    for targets in (outputs, outputs[:, 0], np.rint(outputs[:, 0]).astype(int)):
        np.save(tmp_path / "y.npy", targets)
        samples = ["--inputs", tmp_path / "x.npy", "--labels", tmp_path / "y.npy"]
        found = json_of(capsys, "map", path, *samples, "-o", output, "--overwrite")["report"]
        assert found["kind"] == "values" and found["integers"]["accuracy"] is None
        assert json_of(capsys, "run", output, *samples)["error"] == pytest.approx(
            found["integers"]["distance"]
        )
        distances.append(found["integers"]["distance"])
    assert distances[0] == distances[1] < distances[2]


def test_what_does_not_fit_an_onnx_file_is_refused_by_its_shape(capsys, tmp_path, regression):
    model, output = regression / "values.onnx", tmp_path / "net.safetensors"
    line = refused(capsys, "map", model, "--dataset", "digits", "-o", output)
    assert "takes samples of shape (20,), and these have (1, 8, 8)" in line
    labels = tmp_path / "y.npy"
    np.save(labels, np.zeros((300, 4)))
    given = ["--inputs", regression / "x.npy", "--labels", labels]
    assert "(300, 3) numbers" in refused(capsys, "map", model, *given, "-o", output)
    assert not output.exists()
    for command in ("run", "inspect"):
        assert "convert it with bccn map" in refused(capsys, command, model)


def test_samples_to_measure_on_need_something_to_measure(capsys, tmp_path, regression):
    options = ["--inputs", regression / "x.npy", "--report-samples", "9"]
    output = tmp_path / "net.safetensors"
    line = refused(capsys, "map", regression / "values.onnx", *options, "-o", output)
    assert "add --report report.html" in line and not output.exists()
