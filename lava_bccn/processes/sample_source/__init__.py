"""Samples and teachers, held for as many steps as the network needs to settle."""
