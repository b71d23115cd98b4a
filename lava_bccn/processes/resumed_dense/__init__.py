"""Synapses of the learning engine that go on where others have stopped."""
