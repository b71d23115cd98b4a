"""BurstCCN in PyTorch: layers whose gradients are local, burst-dependent plasticity.

model = burst_mlp((784, 500, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
burst_loss(model(images), one_hot_labels).backward()
optimizer.step()

PyTorch is imported when a name is used that needs it.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import lazy_exports

if TYPE_CHECKING:
    from lava_bccn.nn.centring import centre as centre
    from lava_bccn.nn.checkpoint import Checkpoint as Checkpoint
    from lava_bccn.nn.checkpoint import load_checkpoint as load_checkpoint
    from lava_bccn.nn.checkpoint import save_checkpoint as save_checkpoint
    from lava_bccn.nn.functional import burst_linear as burst_linear
    from lava_bccn.nn.functional import burst_loss as burst_loss
    from lava_bccn.nn.layers import BurstConv2d as BurstConv2d
    from lava_bccn.nn.layers import BurstLayer as BurstLayer
    from lava_bccn.nn.layers import BurstLinear as BurstLinear
    from lava_bccn.nn.layers import BurstReadout as BurstReadout
    from lava_bccn.nn.layers import Normalize as Normalize
    from lava_bccn.nn.models import ConvolutionSpec as ConvolutionSpec
    from lava_bccn.nn.models import burst_cnn as burst_cnn
    from lava_bccn.nn.models import burst_layers as burst_layers
    from lava_bccn.nn.models import burst_mlp as burst_mlp
    from lava_bccn.nn.models import cnn as cnn
    from lava_bccn.nn.models import mlp as mlp
    from lava_bccn.nn.observation import LayerAlignment as LayerAlignment
    from lava_bccn.nn.observation import alignment as alignment
    from lava_bccn.nn.observation import burst_states as burst_states
    from lava_bccn.nn.optimization import homeostatic_parameters as homeostatic_parameters
    from lava_bccn.nn.training import TrainingResult as TrainingResult
    from lava_bccn.nn.training import train as train
    from lava_bccn.nn.training_config import TrainingConfig as TrainingConfig

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "lava_bccn.nn.centring": ("centre",),
        "lava_bccn.nn.checkpoint": ("Checkpoint", "load_checkpoint", "save_checkpoint"),
        "lava_bccn.nn.functional": ("burst_linear", "burst_loss"),
        "lava_bccn.nn.layers": (
            "BurstConv2d",
            "BurstLayer",
            "BurstLinear",
            "BurstReadout",
            "Normalize",
        ),
        "lava_bccn.nn.models": (
            "ConvolutionSpec",
            "burst_cnn",
            "burst_layers",
            "burst_mlp",
            "cnn",
            "mlp",
        ),
        "lava_bccn.nn.observation": ("LayerAlignment", "alignment", "burst_states"),
        "lava_bccn.nn.optimization": ("homeostatic_parameters",),
        "lava_bccn.nn.training": ("TrainingResult", "train"),
        "lava_bccn.nn.training_config": ("TrainingConfig",),
    },
)
