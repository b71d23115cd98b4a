"""Lava's failures reach the user in their own words and leave nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg

from lava_bccn import processes
from lava_bccn.dynamics.constants import floating_constants
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.errors import BackendExecutionError, InvalidInputError
from lava_bccn.mapping import MappedLayer, MappedNetwork
from tests.processes.conftest import exists

NETWORK = MappedNetwork(
    (
        MappedLayer(np.ones((3, 2)), np.zeros(3)),
        MappedLayer(np.ones((2, 3)), np.zeros(2), np.ones((2, 3)), np.ones((2, 3)) / 2),
    ),
    "float",
)


def connected(samples=1, network=NETWORK):
    source = processes.SampleSource(
        samples=np.zeros((samples, 2)),
        targets=None,
        output_size=network.output_size,
        presentation_steps=network.presentation_steps,
    )
    bccn = processes.BurstCCN(network)
    source.sample_out.connect(bccn.sample_in)
    source.target_out.connect(bccn.target_in)
    return bccn


def test_an_exception_in_a_model_keeps_its_message():
    with (
        pytest.raises(InvalidInputError, match="time step 9 is beyond the 2 samples"),
        processes.running(connected(2), Loihi2SimCfg(select_tag="floating_pt")) as lava,
    ):
        lava.steps(100)


def test_a_run_can_end_at_any_step():
    with processes.running(connected(2), Loihi2SimCfg(select_tag="floating_pt")) as lava:
        lava.steps(3)
        lava.steps(2)


def test_a_model_that_cannot_be_built_says_why(capfd):
    with (
        pytest.raises(InvalidInputError, match="select_tag='floating_pt'"),
        processes.running(connected(), Loihi2SimCfg(select_tag="fixed_pt")),
    ):
        pass
    assert "Traceback" not in capfd.readouterr().out


def test_an_exception_in_the_block_reaches_the_caller():
    with (
        pytest.raises(KeyError, match="mine"),
        processes.running(connected(), Loihi2SimCfg(select_tag="floating_pt")) as lava,
    ):
        lava.steps(1)
        raise KeyError("mine")


def test_a_killed_process_is_noticed():
    bccn = connected(10_000)
    with (
        pytest.raises(BackendExecutionError, match="ended unexpectedly"),
        processes.running(bccn, Loihi2SimCfg(select_tag="floating_pt")) as lava,
    ):
        lava.steps(1)
        actor = bccn.runtime._messaging_infrastructure.actors[0]
        os.kill(actor.pid, signal.SIGKILL)
        lava.steps(10_000)


@pytest.mark.parametrize("access", ["read", "write"])
def test_a_killed_process_is_noticed_while_the_host_waits_for_a_var(access):
    units = 300  # more than the channels to it hold
    network = MappedNetwork((MappedLayer(np.ones((units, 2)), np.zeros(units)),), "float")
    bccn = connected(network=network)
    with (
        pytest.raises(BackendExecutionError, match="ended unexpectedly"),
        processes.running(bccn, Loihi2SimCfg(select_tag="floating_pt")) as lava,
    ):
        lava.steps(1)
        soma = bccn.soma_1
        *models, _service = bccn.runtime._messaging_infrastructure.actors
        for actor in models:
            os.kill(actor.pid, signal.SIGKILL)
        soma.get() if access == "read" else soma.set(np.zeros(units))


def test_a_process_that_was_given_nothing_to_run_with_is_an_error_of_lava():
    soma = processes.Soma(bias=np.zeros(2), ensembles=Ensembles(SIGMOID, floating_constants(0.5)))
    with (
        pytest.raises(BackendExecutionError, match="Lava: "),
        processes.running(soma, Loihi2SimCfg(select_tag="no_such_tag")),
    ):
        pass


def test_ctrl_c_ends_the_run_and_leaves_nothing(tmp_path):
    script = tmp_path / "endless.py"
    script.write_text(
        textwrap.dedent(
            """
            import signal
            import numpy as np
            import lava_bccn
            from lava_bccn.mapping import MappedLayer, MappedNetwork
            from lava.magma.runtime.message_infrastructure import shared_memory_manager as memory

            create = memory.SharedMemoryManager.create_shared_memory

            def create_and_tell(self, size):
                handle = create(self, size)
                print(handle.name, flush=True)
                return handle

            memory.SharedMemoryManager.create_shared_memory = create_and_tell

            if __name__ == "__main__":
                # A job that a shell started in the background is born deaf to Ctrl-C.
                signal.signal(signal.SIGINT, signal.default_int_handler)
                layer = MappedLayer(np.ones((2, 2)), np.zeros(2))
                network = MappedNetwork((layer,), "float")
                ready = lambda count: print("running", flush=True)
                lava_bccn.run(network, np.zeros((10**6, 2)), backend="lava", progress=ready)
            """
        )
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    segments = []
    while (line := process.stdout.readline().strip()) != "running":
        segments.append(line)
    assert segments and all(map(exists, segments))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert errors.count("Traceback") == 1 and "KeyboardInterrupt" in errors
    deadline = time.monotonic() + 5
    while _group_is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _group_is_alive(process.pid)
    assert not any(map(exists, segments))


def _group_is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_ctrl_c_while_processes_start_is_not_lost():
    from lava_bccn.processes.runtime import _interrupts_only_here

    reached = False
    with pytest.raises(KeyboardInterrupt), _interrupts_only_here():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        reached = True
    assert reached  # what was being started has been started, and can be cleaned up
