"""``bccn`` as a program: Ctrl-C is one line and 130, from the first import on."""

import textwrap

import numpy as np
import pytest

from lava_bccn import mapping
from tests import killed

CODE = """
    import os, signal, sys

    class Interrupts:
        def find_spec(self, name, path=None, target=None):
            if name == {name!r}:
                os.kill(os.getpid(), signal.SIGINT)

    sys.meta_path.insert(0, Interrupts())
    from lava_bccn.__main__ import main
    sys.exit(main())
"""
LAVA = "lava.magma.core.process.process"


@pytest.fixture
def command(tmp_path):
    inputs = np.random.default_rng(0).random((3, 4))
    np.save(tmp_path / "inputs.npy", inputs)
    mapping.new_network((4, 3, 2), inputs).save(tmp_path / "network.safetensors")
    paths = [str(tmp_path / "network.safetensors"), "--inputs", str(tmp_path / "inputs.npy")]
    return ["run", *paths, "--json"]


@pytest.mark.parametrize(
    "name",
    [
        "lava_bccn.cli",
        "argparse",
        "lava_bccn.cli.run",
        "numpy.lib",
        "lava_bccn.backends.sim",
        "torch",
        pytest.param(LAVA, marks=pytest.mark.lava),
    ],
)
def test_ctrl_c_while_a_module_is_imported_is_one_line(name, command):
    if name == LAVA:
        command = [*command, "--backend", "lava"]
    elif name == "torch":
        command = ["train", "--dataset", "digits", "-o", "never.pt"]
    program = killed.start("-c", textwrap.dedent(CODE).format(name=name), *command)
    output, errors = program.communicate(timeout=60)
    assert (program.returncode, output, errors) == (130, "", "bccn: interrupted\n")


def test_who_was_made_deaf_to_ctrl_c_stays_so(command):
    """As a shell makes what it starts in the background."""
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    code += textwrap.dedent(CODE).format(name="lava_bccn.backends.sim")
    program = killed.start("-c", code, *command)
    output, errors = program.communicate(timeout=60)
    assert program.returncode == 0 and output, errors


def test_ctrl_c_anywhere_else_is_an_exception_and_the_end_is_silent():
    code = """
        import os, signal, sys
        from lava_bccn import __main__, cli

        def work():
            try:
                os.kill(os.getpid(), signal.SIGINT)
            finally:
                print("cleaned up")

        cli.main = work
        code = __main__.main()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        sys.exit(code)
    """
    program = killed.start("-c", textwrap.dedent(code))
    output, errors = program.communicate(timeout=60)
    assert (program.returncode, output, errors) == (130, "cleaned up\n", "bccn: interrupted\n")
