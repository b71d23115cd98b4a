"""BurstCCN in PyTorch: layers whose gradients are local, burst-dependent plasticity.

    model = burst_mlp((784, 500, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    burst_loss(model(images), one_hot_labels).backward()
    optimizer.step()

What is exported here, and in ``comparators``, is the API. PyTorch is imported when a name is used
that needs it.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach

if TYPE_CHECKING:
    from lava_bccn.nn.centring import centre
    from lava_bccn.nn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from lava_bccn.nn.dale import DaleLinear, DaleReadout
    from lava_bccn.nn.functional import burst_linear
    from lava_bccn.nn.layers import BurstConv2d, BurstLayer, BurstLinear, BurstReadout
    from lava_bccn.nn.loss import burst_cross_entropy, burst_error, burst_loss
    from lava_bccn.nn.model_options import ConvolutionSpec
    from lava_bccn.nn.models import burst_cnn, burst_layers, burst_mlp, cnn, mlp
    from lava_bccn.nn.normalize import Normalize
    from lava_bccn.nn.observation import LayerAlignment, alignment, burst_states
    from lava_bccn.nn.optimization import homeostatic_parameters, parameter_groups, update_gains
    from lava_bccn.nn.signs import keep_signs
    from lava_bccn.nn.sources import PictureStream
    from lava_bccn.nn.training import TrainingResult, train
    from lava_bccn.nn.training_config import TrainingConfig

    from . import comparators as comparators
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = [
    "BurstConv2d",
    "BurstLayer",
    "BurstLinear",
    "BurstReadout",
    "Checkpoint",
    "ConvolutionSpec",
    "DaleLinear",
    "DaleReadout",
    "LayerAlignment",
    "Normalize",
    "PictureStream",
    "TrainingConfig",
    "TrainingResult",
    "alignment",
    "burst_cnn",
    "burst_cross_entropy",
    "burst_error",
    "burst_layers",
    "burst_linear",
    "burst_loss",
    "burst_mlp",
    "burst_states",
    "centre",
    "cnn",
    "homeostatic_parameters",
    "keep_signs",
    "load_checkpoint",
    "mlp",
    "parameter_groups",
    "save_checkpoint",
    "train",
    "update_gains",
]
