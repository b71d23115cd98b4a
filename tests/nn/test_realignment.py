"""Steps without a teacher: what learns in them, how many there are, and the same bits again."""

from dataclasses import replace

import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import TrainingConfig, burst_loss, burst_mlp, epochs, mlp, train

INPUTS = torch.rand(61, 6, generator=torch.Generator().manual_seed(0))
SAMPLES = (INPUTS, (INPUTS[:, 0] > INPUTS[:, 1]).long())
BATCHES = 8
CONFIG = TrainingConfig(epochs=3, batch_size=8, learning_rate=0.02, feedback_rate=0.05, seed=5)
LEARNED_Q = {"feedback_event": "random", "learn_feedback_event": True}
OPTIONS = {**LEARNED_Q, "branches": 2, "forward_noise": 0.1}
KINDS = {
    "blocks": {"realignment_batches": 11},
    "before": {"realignment_before": 12},
    "after every third batch": {"realignment_per_batch": 1 / 3},
    "after every batch, alone": {"realignment_per_batch": 1.0, "realignment_only": True},
    "after every batch but some": {"realignment_per_batch": 0.3},
    "both": {"realignment_batches": 3, "realignment_per_batch": 1.5},
}


def model_of(**options):
    return burst_mlp((6, 5, 4, 2), generator=torch.Generator().manual_seed(0), **options)


def steps_of(monkeypatch, config, **options):
    """Whether each step of a run had a teacher, in order, and what it changed."""
    model, steps = model_of(**{**LEARNED_Q, **options}), []
    of_gradients = epochs.Epochs._gradients

    def watched(self, module, direct, inputs, targets):
        steps.append((bool((targets >= 0).all()), {k: v.clone() for k, v in state().items()}))
        return of_gradients(self, module, direct, inputs, targets)

    def state():
        return dict(model.state_dict())

    monkeypatch.setattr(epochs.Epochs, "_gradients", watched)
    train(model, SAMPLES, SAMPLES, config)
    monkeypatch.undo()
    after = [each for _, each in steps[1:]] + [state()]
    changed = [
        {name for name in before if not torch.equal(before[name], then[name])}
        for (_, before), then in zip(steps, after, strict=True)
    ]
    return [(is_taught, names) for (is_taught, _), names in zip(steps, changed, strict=True)]


def test_a_block_comes_before_the_first_and_after_each_epoch(monkeypatch):
    config = replace(CONFIG, realignment_batches=11)  # more than an epoch has
    order = [is_taught for is_taught, _ in steps_of(monkeypatch, config)]
    assert order == [False] * 11 + ([True] * BATCHES + [False] * 11) * config.epochs


def test_the_block_before_the_first_epoch_can_be_another(monkeypatch):
    config = replace(CONFIG, realignment_before=3, realignment_batches=1)
    order = [is_taught for is_taught, _ in steps_of(monkeypatch, config)]
    assert order == [False] * 3 + ([True] * BATCHES + [False]) * config.epochs


@pytest.mark.parametrize(("rate", "each"), [(0.25, 4), (0.5, 2), (1.0, 1)])
def test_steps_follow_every_so_manieth_batch(monkeypatch, rate, each):
    config = replace(CONFIG, realignment_per_batch=rate)
    order = [is_taught for is_taught, _ in steps_of(monkeypatch, config)]
    assert order == ([True] * each + [False]) * (BATCHES // each) * config.epochs


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.3, 0.9])
def test_what_an_epoch_has_no_whole_step_for_goes_to_the_next(monkeypatch, rate):
    config = replace(CONFIG, realignment_per_batch=rate)
    order = [is_taught for is_taught, _ in steps_of(monkeypatch, config)]
    assert order.count(False) == int(rate * BATCHES * config.epochs)


@pytest.mark.parametrize("learns", ["learn_feedback_event", "learn_feedback_burst"])
def test_only_the_homeostatic_feedback_moves_without_a_teacher(monkeypatch, learns):
    """Also in the last block, where the schedule has brought W's rate to 0."""
    options = {"learn_feedback_event": False, learns: True}
    name = learns.removeprefix("learn")
    config = replace(CONFIG, realignment_batches=2, realignment_per_batch=1)
    for is_taught, changed in steps_of(monkeypatch, config, **options):
        of_feedback = {f"2.{name}", f"3.{name}"}
        assert (changed == of_feedback) if not is_taught else changed > of_feedback


def test_feedback_can_learn_without_a_teacher_only(monkeypatch):
    config = replace(CONFIG, realignment_per_batch=0.5, realignment_only=True)
    for is_taught, changed in steps_of(monkeypatch, config):
        assert any("feedback" in name for name in changed) != is_taught


def test_a_kolen_pollack_feedback_keeps_still_without_a_teacher(monkeypatch):
    config = replace(CONFIG, realignment_per_batch=1)
    for is_taught, changed in steps_of(monkeypatch, config, feedback="kolen_pollack"):
        assert ("2._feedback_burst" in changed) == is_taught


def trained(config, path=None, resume=False, on_epoch=None, **options):
    options = {**OPTIONS, **options}
    result = train(
        model_of(**options),
        SAMPLES,
        SAMPLES,
        config,
        checkpoint=path,
        resume=resume,
        on_epoch=on_epoch,
    )
    history = [{**record, "seconds": 0} for record in result.history]
    return result.model.state_dict(), history


def assert_same(result, expected):
    for name, value in expected[0].items():
        assert torch.equal(result[0][name], value), name
    assert result[1] == expected[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_that_of_autograd_to_the_bit(monkeypatch, kind):
    config = replace(CONFIG, **KINDS[kind])
    expected = trained(config)
    monkeypatch.setattr(epochs, "is_direct", lambda model: False)
    assert_same(trained(config), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_is_one_that_was_never_interrupted(tmp_path, kind):
    def stop(record):
        if record["epoch"] == 2:
            raise KeyboardInterrupt

    config, path = replace(CONFIG, **KINDS[kind]), tmp_path / "run.pt"
    with pytest.raises(KeyboardInterrupt):
        trained(config, path, on_epoch=stop)
    assert_same(trained(config, path, resume=True), trained(config))


def test_noise_of_a_run_depends_on_its_seed_alone():
    config = replace(CONFIG, realignment_batches=2)
    torch.manual_seed(1)
    expected = trained(config)
    torch.manual_seed(2)
    assert_same(trained(config), expected)
    other = trained(replace(config, seed=6))
    assert not torch.equal(other[0]["1.weight"], expected[0]["1.weight"])


def test_realignment_aligns_a_random_q_before_training():
    """With a branch for each unit, Q finds p^b Y where W is all but still."""
    options = {**LEARNED_Q, "branches": 4, "forward_noise": 0.4}
    config = replace(CONFIG, epochs=1, learning_rate=1e-12, schedule="constant", feedback_rate=0.3)
    model = model_of(**options)
    train(model, SAMPLES, SAMPLES, replace(config, realignment_batches=1500))
    for layer in model[2:]:
        assert torch.allclose(layer.feedback_event, 0.5 * layer.feedback_burst, atol=0.02)


def test_all_takes_gradients_again_after_training():
    model = model_of(**LEARNED_Q)
    train(model, SAMPLES, SAMPLES, replace(CONFIG, **KINDS["after every batch, alone"]))
    assert all(each.requires_grad for each in model.parameters())
    burst_loss(model(INPUTS), torch.eye(2)[SAMPLES[1]]).backward()


def test_what_the_user_froze_stays_so():
    model = model_of(learn_feedback_burst=True, **LEARNED_Q)
    model[2].feedback_event.requires_grad_(False)
    before = model[2].feedback_event.clone()
    train(model, SAMPLES, SAMPLES, replace(CONFIG, realignment_batches=2))
    assert torch.equal(model[2].feedback_event, before)


@pytest.mark.parametrize("kind", ["blocks", "after every third batch"])
@pytest.mark.parametrize(
    "model",
    [
        lambda: model_of(),
        lambda: model_of(feedback="kolen_pollack"),
        lambda: mlp("backprop", (6, 5, 2)),
    ],
)
def test_realignment_where_nothing_of_the_feedback_learns_is_refused(kind, model):
    with pytest.raises(InvalidInputError, match="learn_feedback_burst or learn_feedback_event"):
        train(model(), SAMPLES, SAMPLES, replace(CONFIG, **KINDS[kind]))


@pytest.mark.parametrize("rate", [None, 0.02])
def test_steps_without_a_teacher_have_a_rate_of_their_own(rate):
    """Two steps before anything else, by hand."""
    config = replace(CONFIG, realignment_before=2, realignment_rate=rate, epochs=1)
    model, by_hand = model_of(**LEARNED_Q), model_of(**LEARNED_Q)
    seen = []

    def first(epoch, batch):
        seen.append(model[-1].feedback_event.detach().clone())

    order = torch.Generator().manual_seed(config.seed)
    batches = torch.randperm(len(INPUTS), generator=order)[:16].split(8)
    for batch in batches:
        by_hand.zero_grad()
        burst_loss(by_hand(INPUTS[batch]), torch.full((8, 2), -1.0)).backward()
        with torch.no_grad():
            event = by_hand[-1].feedback_event
            event -= (rate or config.feedback_rate) * event.grad
    taught = replace(config, realignment_only=True)
    train(model, SAMPLES, SAMPLES, taught, on_batch=first)
    assert torch.allclose(seen[0], by_hand[-1].feedback_event)


def test_a_rate_for_no_steps_is_refused():
    with pytest.raises(InvalidInputError, match="realignment_batches or realignment_per_batch"):
        TrainingConfig(realignment_rate=0.1)


def test_feedback_that_is_to_learn_in_no_step_is_refused():
    with pytest.raises(InvalidInputError, match="realignment_batches or realignment_per_batch"):
        TrainingConfig(realignment_only=True)
