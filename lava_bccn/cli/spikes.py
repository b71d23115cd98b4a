"""``bccn spikes``.

examples:
  bccn spikes                                  digits, one seed, detected events and bursts
  bccn spikes --seeds 0 1 2 --plot spikes.png  three seeds, side by side over the cores
  bccn spikes --decoding stp                   spikes only: short-term plasticity reads them
  bccn spikes --samples 200 --epochs 1         a minute, to see how it goes
  bccn spikes --dataset mnist --data-dir data --hidden 100 --epochs 1 --samples 20000

A killed run goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava_bccn.cli.data import load_dataset
from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.outputs import check_output, pictures
from lava_bccn.cli.parsing import add_data_options, add_json_option, add_overwrite, count
from lava_bccn.cli.printing import counted, joined, print_json, print_table, progress_bar
from lava_bccn.cli.resuming import goes_on, settings_are_options
from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.spiking_classifier import ClassifierConfig
from lava_bccn.files import check_writable

if TYPE_CHECKING:
    from lava_bccn.datasets import Dataset
    from lava_bccn.experiments.spiking_classification import ClassifierResult

_OPTIONS = {"seed": "seeds", "data": "dataset"}
"""That give settings of other names than theirs."""
