"""From rate networks to spiking ensembles, and to Loihi 2 integers. What is exported is the API."""

from lava_bccn.mapping.spiking.balance import (
    FEEDBACK_CHANNELS,
    FeedbackBalance,
    FeedbackChannel,
    balance_feedback,
)
from lava_bccn.mapping.spiking.from_rate import RATE_NEURON, from_rate
from lava_bccn.mapping.spiking.gains import check_teacher_gain
from lava_bccn.mapping.spiking.quantise import quantise
from lava_bccn.mapping.spiking.rate_code import decode, input_currents
from lava_bccn.mapping.spiking.to_rate import to_rate

__all__ = [
    "FEEDBACK_CHANNELS",
    "RATE_NEURON",
    "FeedbackBalance",
    "FeedbackChannel",
    "balance_feedback",
    "check_teacher_gain",
    "decode",
    "from_rate",
    "input_currents",
    "quantise",
    "to_rate",
]
