"""Interneurons of four types: PV, NDNF, VIP and SST."""
