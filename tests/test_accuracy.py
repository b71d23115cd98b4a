"""Trained networks are as good as the README says, in floating and in fixed point."""

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn import LearningConfig, datasets, mapping, metrics, online
from lava_bccn.nn import TrainingConfig, burst_mlp, train

SEEDS = (0, 1, 2)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_digits_with_random_feedback():
    data = datasets.load("digits")
    normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    training, test = (
        (torch.from_numpy(inputs), torch.from_numpy(labels))
        for inputs, labels in (
            (data.train_inputs, data.train_labels),
            (data.test_inputs, data.test_labels),
        )
    )
    accuracies = {"float": [], "fixed": []}
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        model = burst_mlp((64, 256, 128, 10), normalize=normalize, generator=generator)
        train(model, training, test, TrainingConfig(seed=seed))
        for precision, values in accuracies.items():
            network = mapping.from_torch(model, data.train_inputs, precision=precision)
            result = lava_bccn.run(network, data.test_inputs)
            values.append(metrics.accuracy(result.event_rate, data.test_labels))
    print(accuracies)
    assert np.mean(accuracies["float"]) >= 0.965
    for exact, rounded in zip(accuracies["float"], accuracies["fixed"], strict=True):
        assert rounded >= exact - 0.007


@pytest.mark.slow
@pytest.mark.parametrize("feedback", ["kolen_pollack", "random"])
def test_digits_learned_online_in_8_bits(feedback):
    data = datasets.load("digits")
    epochs, accuracies = 40, []
    for seed in SEEDS:
        network = mapping.new_network(
            (64, 100, 10), data.train_inputs, feedback=feedback, seed=seed
        )
        halve_at = LearningConfig.evenly(3, 7, epochs * len(data.train_labels))
        config = LearningConfig(halve_at=halve_at, seed=seed)
        learned = online.learn(network, data, config, online.Lesson(epochs=epochs, seed=seed))
        accuracies.append(learned.curve[-1].test_accuracy)
    print(accuracies)
    assert np.mean(accuracies) >= 0.95
