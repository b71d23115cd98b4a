"""Lava's failures reach the user in their own words and leave nothing behind."""

import logging
import os
import signal
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg

import lava_bccn
from lava_bccn import processes
from lava_bccn.dynamics.constants import floating_constants
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.errors import BackendExecutionError, InvalidInputError
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.processes.sample_source.models import SampleSourceStep
from tests import killed

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


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_ctrl_c_ends_the_run_and_leaves_nothing():
    program = killed.start_endless("inference")
    processes = killed.processes_of(program.pid)
    assert len(processes) > 5 and not killed.named_memory_of(processes)
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to the whole group
    _, errors = program.communicate(timeout=30)
    assert program.returncode != 0
    assert errors.count("Traceback") == 1 and "KeyboardInterrupt" in errors
    assert not killed.left_of(program.pid)


def test_ctrl_c_while_processes_start_is_not_lost():
    from lava_bccn.processes.runtime import _interrupts_only_here

    reached = False
    with pytest.raises(KeyboardInterrupt), _interrupts_only_here():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        reached = True
    assert reached  # what was being started has been started, and can be cleaned up


def test_a_handler_of_the_program_gets_the_ctrl_c_that_was_put_off():
    from lava_bccn.processes.runtime import _interrupts_only_here

    came = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        with _interrupts_only_here():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            assert not came
        assert came == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def event_rates(seed):
    """Of a run in Lava and of the simulator."""
    inputs = np.random.default_rng(seed).random((3, 2))
    return [lava_bccn.run(NETWORK, inputs, backend=name).event_rate for name in ("lava", "sim")]


def test_runs_in_several_threads_at_once():
    results = {}
    threads = [
        threading.Thread(target=lambda seed=seed: results.update({seed: event_rates(seed)}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for lava, sim in results.values():
        np.testing.assert_array_equal(lava, sim)


def test_a_run_within_another():
    results = []
    outer = lava_bccn.run(
        NETWORK, np.zeros((2, 2)), backend="lava", progress=lambda _: results.append(event_rates(1))
    )
    assert len(outer.event_rate) == len(results) == 2
    for lava, sim in results:
        np.testing.assert_array_equal(lava, sim)


def test_a_run_after_one_that_was_broken_off():
    def breaks_off(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lava_bccn.run(NETWORK, np.zeros((2, 2)), backend="lava", progress=breaks_off)
    lava, sim = event_rates(2)
    np.testing.assert_array_equal(lava, sim)


def test_a_run_that_starts_while_lava_looks_for_models_is_refused():
    from lava_bccn.processes.runtime import _one_at_a_time

    with (
        _one_at_a_time(),
        pytest.raises(BackendExecutionError, match='if __name__ == "__main__"'),
        processes.running(connected(), Loihi2SimCfg(select_tag="floating_pt")),
    ):
        pass
    event_rates(0)


def test_what_is_over_says_so():
    bccn = connected(2)
    with processes.running(bccn, Loihi2SimCfg(select_tag="floating_pt")) as lava:
        lava.steps(2)
        bccn.soma_1.get()
    for use in (bccn.soma_1.get, lambda: bccn.soma_1.set(np.zeros(3)), lambda: lava.steps(1)):
        with pytest.raises(BackendExecutionError, match="this run of Lava is over"):
            use()
    bccn.stop()


def test_an_error_that_cannot_be_sent_still_says_what_it_was(monkeypatch):
    class Unsendable(Exception):
        def __init__(self):
            super().__init__("the lamp is out")
            self.lock = threading.Lock()

    def run_spk(self):
        raise Unsendable

    monkeypatch.setattr(SampleSourceStep, "run_spk", run_spk)
    with (
        pytest.raises(BackendExecutionError, match="Unsendable: the lamp is out"),
        processes.running(connected(), Loihi2SimCfg(select_tag="floating_pt")) as lava,
    ):
        lava.steps(1)


def test_the_root_logger_stays_as_it_was():
    before = list(logging.root.handlers)
    event_rates(0)
    assert logging.root.handlers == before


@pytest.mark.parametrize("method", ["spawn", "fork", None])
def test_lava_runs_whatever_the_start_method_is_which_stays(method):
    code = """
        import multiprocessing, sys, threading
        import numpy as np
        import lava_bccn
        from lava_bccn import mapping
        from tests.killed import named_memory_of

        method = sys.argv[1] if len(sys.argv) > 1 else None
        if method:
            multiprocessing.set_start_method(method)
        network = mapping.new_network((4, 3, 2), np.ones((2, 4)))
        named = lambda _: print("named", named_memory_of(["self"]))
        lava_bccn.run(network, np.ones((1, 4)), backend="lava", progress=named)
        print(multiprocessing.get_start_method(allow_none=True))
    """
    program = killed.start("-c", textwrap.dedent(code), *([method] if method else []))
    output, errors = program.communicate(timeout=60)
    assert output.splitlines() == ["named set()", str(method)], errors


def test_children_import_nothing():
    """They would wait for ever for a module that another thread was importing when they forked."""
    code = """
        import multiprocessing, os, sys
        import numpy as np
        import lava_bccn
        from lava_bccn.backends.spikes import run_spikes
        from lava_bccn.mapping import MappedLayer, MappedNetwork
        from tests.spiking_networks import spiking_network

        class Tell:
            def find_spec(self, name, path=None, target=None):
                if multiprocessing.parent_process() is not None:
                    os.write(1, f"{name} is imported".encode())

        sys.meta_path.insert(0, Tell())
        layer = MappedLayer(np.ones((2, 2)), np.zeros(2))
        network = MappedNetwork((layer,), "float")
        lava_bccn.run(network, np.ones((1, 2)), np.ones((1, 2)), backend="lava", learn=True)
        run_spikes(spiking_network(), np.ones((2, 5)), backend="lava", sample_steps=2, learn=True)
    """
    output, errors = killed.start("-c", textwrap.dedent(code)).communicate(timeout=60)
    assert not output and not errors
