"""Dale's law: against the published code's numbers, and what its populations amount to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lava_bccn.dynamics import dale, rate
from lava_bccn.dynamics.constants import floating_constants
from lava_bccn.dynamics.plasticity import burst_dependent_bias
from lava_bccn.dynamics.sigmoid import SIGMOID

FILES = ("journal_dale", "journal_dale_bottleneck")


def taught(file):
    """Every array that a file has of a computation, recomputed from its weights."""
    found, constants = {}, floating_constants(float(file["p_baseline"]))
    layers = 3
    x, inputs, pv = file["x"], {}, {}
    for i in range(1, layers + 1):
        inputs[i], pv[i] = x, dale.relayed(x @ file[f"weight_to_pv_{i}"].T)
        synaptic = dale.somatic_input(
            x @ file[f"weight_exc_{i}"].T, pv[i] @ file[f"weight_from_pv_{i}"].T
        )
        found[f"pv_{i}"] = pv[i]
        found[f"soma_{i}"] = rate.soma(synaptic, file[f"bias_{i}"])
        x = found[f"event_rate_{i}"] = SIGMOID.event_rate(found[f"soma_{i}"], constants)
    gain, error_gain = 1.0, float(file["error_gain"])
    for i in range(layers, 0, -1):
        event = found[f"event_rate_{i}"]
        if i == layers:
            gain = error_gain
            modulation = error_gain * rate.teacher_modulation(file["target"], event)
        else:
            gain *= float(file[f"feedback_gain_{i}"])
            apical = found[f"apical_{i}"]
            modulation = SIGMOID.hidden_modulation(rate.gated_apical(apical, event), constants)
        found[f"update_gain_{i}"] = gain
        probability = found[f"burst_prob_{i}"] = rate.burst_prob(modulation, constants)
        burst = found[f"burst_rate_{i}"] = rate.burst_rate(probability, event)
        deviation = rate.burst_deviation(burst, event, constants)
        scale = -1 / (constants.p_baseline * gain * len(event))
        for name, change in (
            ("weight_exc", dale.part_change(deviation, inputs[i])),
            ("weight_from_pv", -dale.part_change(deviation, pv[i])),
            ("bias", burst_dependent_bias(deviation)),
        ):
            found[f"grad_{name}_{i}"] = scale * change
        if i > 1:
            found |= sent_down(file, i, event, burst, deviation, scale)
    return found


def sent_down(file, i, event, burst, deviation, scale):
    """What layer i sends to the dendrites below, through interneurons."""
    found, below, bursts, silent = {}, i - 1, [], []
    tonic = [file[f"sst_bias_{k}_{below}"] for k in dale.KINDS]
    ndnf = found[f"ndnf_{below}"] = dale.relayed(event @ file[f"event_to_ndnf_{i}"])
    events = dale.event_drive(event @ file[f"event_exc_{i}"], ndnf @ file[f"event_from_ndnf_{i}"])
    deviations = {}
    for k, beta in zip(dale.KINDS, tonic, strict=True):
        to_sst, to_vip = file[f"burst_to_sst_{k}_{i}"], file[f"burst_to_vip_{k}_{i}"]
        vip_to_sst, m = file[f"vip_to_sst_{k}_{below}"], file[f"from_sst_{k}_{below}"]

        def sst(rates, to_sst=to_sst, to_vip=to_vip, vip_to_sst=vip_to_sst):
            return dale.sst_input(rates @ to_sst, dale.relayed(rates @ to_vip) @ vip_to_sst)

        found[f"vip_{k}_{below}"] = dale.relayed(burst @ to_vip)
        deviations[k] = sst(burst)
        found[f"sst_{k}_{below}"] = deviations[k] + beta
        bursts.append(deviations[k] @ m)
        silent.append(sst(burst - deviation) @ m)
    outgoing = [file[f"from_sst_{k}_{below}"] for k in dale.KINDS]
    alpha = dale.apical_offset(file[f"apical_bias_{below}"], tonic, outgoing)
    drive = found[f"burst_drive_{below}"] = dale.burst_drive(bursts, alpha)
    found[f"event_drive_{below}"] = events
    gain = float(file[f"feedback_gain_{below}"])
    apical = found[f"apical_{below}"] = gain * (drive + events)
    for k in dale.KINDS:
        change = scale / gain * dale.sst_change(deviations[k], apical)
        found[f"grad_from_sst_{k}_{below}"] = change
    at_rest = dale.burst_drive(silent, alpha) + events
    found[f"apical_bias_step_{below}"] = 0.01 / 128 * dale.apical_bias_change(at_rest)
    exc, *ndnf = (file[f"event_{name}_{i}"] for name in ("exc", "to_ndnf", "from_ndnf"))
    found[f"effective_feedback_event_{i}"] = ndnf[0] @ ndnf[1] - exc
    parts = ("burst_to_sst", i), ("burst_to_vip", i), ("vip_to_sst", below), ("from_sst", below)
    found[f"effective_feedback_burst_{i}"] = dale.effective_burst_feedback(
        *([file[f"{name}_{k}_{at}"] for k in dale.KINDS] for name, at in parts)
    )
    return found


GIVEN = (
    *("x", "target", "p_baseline", "error_gain", "teacher", "weight_", "bias_", "event_exc"),
    *("event_to_ndnf", "event_from_ndnf", "burst_to", "vip_to_sst", "from_sst", "sst_bias"),
    *("feedback_gain", "apical_bias_1", "apical_bias_2"),
)
"""What a file has besides: what it starts from."""


@pytest.mark.parametrize("name", FILES)
def test_every_array_of_the_published_code_to_1e_5(golden, name):
    file = golden(name)
    found = taught(file)
    missing = [key for key in file if key not in found and not key.startswith(GIVEN)]
    assert not missing
    for key in found.keys() & file.keys():
        largest = max(float(np.abs(file[key]).max()), 1e-12)
        assert_allclose(found[key], file[key], rtol=0, atol=1e-5 * largest, err_msg=key)


def test_tonic_rates_are_those_of_the_published_start(golden):
    file = golden("journal_dale")
    for k in dale.KINDS:
        tonic = dale.tonic_rate(
            file[f"burst_to_sst_{k}_2"], file[f"burst_to_vip_{k}_2"], file[f"vip_to_sst_{k}_1"]
        )
        assert_allclose(tonic, file[f"sst_bias_{k}_1"])


@given(st.integers(0, 1000))
def test_parts_make_up_the_whole_and_are_one_signed(seed):
    matrix = np.random.default_rng(seed).normal(size=(3, 4))
    positive, negative = dale.positive_part(matrix), dale.negative_part(matrix)
    assert_allclose(positive - negative, matrix)
    assert positive.min() >= 0 and negative.min() >= 0
    assert not (positive * negative).any()


@given(st.integers(0, 1000))
def test_somatostatin_cells_have_rates_of_at_least_0_whatever_bursts(seed):
    random = np.random.default_rng(seed)
    to_sst, to_vip, vip_to_sst = (random.random(shape) for shape in ((5, 3), (5, 3), (3, 3)))
    bursts = random.random((20, 5))
    rates = dale.sst_input(bursts @ to_sst, bursts @ to_vip @ vip_to_sst)
    assert (rates + dale.tonic_rate(to_sst, to_vip, vip_to_sst)).min() >= -1e-12


def test_what_is_clipped_keeps_its_sign():
    weight = np.array([-1.0, 0.0, 2.0])
    assert dale.one_signed(weight).tolist() == [0, 0, 2]
    assert dale.one_signed(weight, -1).tolist() == [-1, 0, 0]
