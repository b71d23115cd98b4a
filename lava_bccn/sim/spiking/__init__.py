"""The simulator of spiking networks: every time step of every neuron, compiled."""

from lava_bccn.sim.spiking.simulator import SpikingSimulator

__all__ = ["SpikingSimulator"]
