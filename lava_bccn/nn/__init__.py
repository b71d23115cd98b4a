"""BurstCCN in PyTorch: layers whose gradients are local, burst-dependent plasticity.

model = burst_mlp((784, 500, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
burst_loss(model(images), one_hot_labels).backward()
optimizer.step()

PyTorch is imported when a name is used that needs it.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach

if TYPE_CHECKING:
    from lava_bccn.nn.centring import centre
    from lava_bccn.nn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from lava_bccn.nn.functional import burst_linear, burst_loss
    from lava_bccn.nn.layers import BurstConv2d, BurstLayer, BurstLinear, BurstReadout, Normalize
    from lava_bccn.nn.models import ConvolutionSpec, burst_cnn, burst_layers, burst_mlp, cnn, mlp
    from lava_bccn.nn.observation import LayerAlignment, alignment, burst_states
    from lava_bccn.nn.optimization import homeostatic_parameters
    from lava_bccn.nn.training import TrainingResult, train
    from lava_bccn.nn.training_config import TrainingConfig
else:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "BurstConv2d": "lava_bccn.nn.layers",
            "BurstLayer": "lava_bccn.nn.layers",
            "BurstLinear": "lava_bccn.nn.layers",
            "BurstReadout": "lava_bccn.nn.layers",
            "Checkpoint": "lava_bccn.nn.checkpoint",
            "ConvolutionSpec": "lava_bccn.nn.models",
            "LayerAlignment": "lava_bccn.nn.observation",
            "Normalize": "lava_bccn.nn.layers",
            "TrainingConfig": "lava_bccn.nn.training_config",
            "TrainingResult": "lava_bccn.nn.training",
            "alignment": "lava_bccn.nn.observation",
            "burst_cnn": "lava_bccn.nn.models",
            "burst_layers": "lava_bccn.nn.models",
            "burst_linear": "lava_bccn.nn.functional",
            "burst_loss": "lava_bccn.nn.functional",
            "burst_mlp": "lava_bccn.nn.models",
            "burst_states": "lava_bccn.nn.observation",
            "centre": "lava_bccn.nn.centring",
            "cnn": "lava_bccn.nn.models",
            "homeostatic_parameters": "lava_bccn.nn.optimization",
            "load_checkpoint": "lava_bccn.nn.checkpoint",
            "mlp": "lava_bccn.nn.models",
            "save_checkpoint": "lava_bccn.nn.checkpoint",
            "train": "lava_bccn.nn.training",
        },
    )

__all__ = [
    "BurstConv2d",
    "BurstLayer",
    "BurstLinear",
    "BurstReadout",
    "Checkpoint",
    "ConvolutionSpec",
    "LayerAlignment",
    "Normalize",
    "TrainingConfig",
    "TrainingResult",
    "alignment",
    "burst_cnn",
    "burst_layers",
    "burst_linear",
    "burst_loss",
    "burst_mlp",
    "burst_states",
    "centre",
    "cnn",
    "homeostatic_parameters",
    "load_checkpoint",
    "mlp",
    "save_checkpoint",
    "train",
]
