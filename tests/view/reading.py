"""Reading the numbers of a page."""

import base64
import json
import re

import numpy as np


def told(page: str) -> dict:
    """What a page holds."""
    return json.loads(re.search(r'id="data"[^>]*>(.*)</script>', page)[1])


def array(text: str, dtype: type, *shape: int) -> np.ndarray:
    """Numbers of a page, (samples, steps, units)."""
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape)
