"""Labelled samples as event rates in [0, 1]: data sets by name, and files of one's own.

``digits`` comes with scikit-learn; ``mnist``, ``fashion-mnist`` and ``cifar10`` are read from a
data folder, in whatever form they are there, and fetched only on request. A folder of pictures, a
``.npz`` of arrays and a ``.csv`` table are data sets too (:func:`load`). Pictures of a folder that
does not fit into memory are read one by one (:func:`stream`). What reading decides and
would surprise is a ``DataWarning``.
"""

from lava_bccn.datasets.dataset import Dataset, without_test_set
from lava_bccn.datasets.downloads import TORCHVISION_NAMES
from lava_bccn.datasets.loading import DATA_SETS, FILES, NAMES, load, place_of
from lava_bccn.datasets.places import DATA_DIR_VARIABLE, default_data_dir
from lava_bccn.datasets.reading import Reading
from lava_bccn.datasets.scaling import Scaling
from lava_bccn.datasets.splits import representative
from lava_bccn.datasets.streams import PictureFolder, Pictures, stream

__all__ = [
    "DATA_DIR_VARIABLE",
    "DATA_SETS",
    "FILES",
    "NAMES",
    "TORCHVISION_NAMES",
    "Dataset",
    "PictureFolder",
    "Pictures",
    "Reading",
    "Scaling",
    "default_data_dir",
    "load",
    "place_of",
    "representative",
    "stream",
    "without_test_set",
]
