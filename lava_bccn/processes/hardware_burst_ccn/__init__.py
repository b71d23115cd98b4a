"""The hardware form of ``BurstCCN``: made only of Lava's own Processes that Loihi 2 has."""
