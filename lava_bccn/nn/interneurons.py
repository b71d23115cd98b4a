"""The interneurons through which a layer under Dale's law sends bursts and events down."""

from __future__ import annotations

import torch
from torch import Tensor

from lava_bccn.dynamics import dale
from lava_bccn.dynamics.dale import KINDS

_PARTS = (dale.positive_part, dale.negative_part)


class Interneurons(torch.nn.Module):
    """NDNF, VIP and SST between a layer and the dendrites below it.

    NDNF relay one unit each, and a VIP reaches one SST. Without a bottleneck an SST of kind n hears
    one unit, and one of kind p one VIP that does.

    Args:
        burst: Y that they amount to, (units, units below); with a bottleneck, reduced to that rank.
        p_baseline: p^b; Q is p^b Y.
        bottleneck: how many SST, and VIP, of each kind; None, or no fewer than units: one for each.
        learn_from_sst: M learns.
        learn_apical_bias: α does.

    Attributes:
        event_exc, event_from_ndnf: A⁺ and A⁻, (units, units below).
        burst_to_sst_n, burst_to_sst_p: S_n = V_p and S_p = V_n, (units, SST); None: one to one.
        vip_to_sst_n, vip_to_sst_p: T of both kinds, (SST,).
        sst_bias_n, sst_bias_p: β, (SST,).
        from_sst_n, from_sst_p: M, (SST, units below).
        apical_bias: α of the dendrites below, (units below,).
    """

    event_exc: Tensor
    event_from_ndnf: Tensor
    burst_to_sst_n: Tensor | None
    burst_to_sst_p: Tensor | None
    vip_to_sst_n: Tensor
    vip_to_sst_p: Tensor
    sst_bias_n: Tensor
    sst_bias_p: Tensor
    from_sst_n: Tensor
    from_sst_p: Tensor
    apical_bias: Tensor

    def __init__(
        self,
        burst: Tensor,
        p_baseline: float,
        bottleneck: int | None,
        *,
        learn_from_sst: bool,
        learn_apical_bias: bool,
    ) -> None:
        super().__init__()
        factor, outgoing = None, burst
        if bottleneck is not None and bottleneck < len(burst):
            left, values, right = torch.linalg.svd(burst, full_matrices=False)
            factor, outgoing = dale.factors(left, values, right, bottleneck)
            burst = factor @ outgoing
        event = p_baseline * burst
        self.register_buffer("event_exc", dale.negative_part(event))
        self.register_buffer("event_from_ndnf", dale.positive_part(event))
        # Of kind n what excites SST is the positive part of the factor, of kind p the negative; of
        # M the other way round.
        for kind, part, other in zip(KINDS, _PARTS, reversed(_PARTS), strict=True):
            self.register_buffer(f"burst_to_sst_{kind}", None if factor is None else part(factor))
            self.register_buffer(f"vip_to_sst_{kind}", outgoing.new_ones(len(outgoing)))
            self._store(f"from_sst_{kind}", other(outgoing), learn_from_sst)
        identity = torch.eye(len(outgoing)).to(outgoing)
        positive, negative = self._to_sst(identity)
        self.register_buffer("sst_bias_n", dale.tonic_rate(positive, negative, identity))
        self.register_buffer("sst_bias_p", dale.tonic_rate(negative, positive, identity))
        tonic = dale.balanced_apical_bias(self._of_kinds("sst_bias"), self.outgoing())
        self._store("apical_bias", tonic, learn_apical_bias)

    def _store(self, name: str, value: Tensor, learns: bool) -> None:
        if learns:
            self.register_parameter(name, torch.nn.Parameter(value.detach()))
        else:
            self.register_buffer(name, value.detach())

    def _of_kinds(self, name: str) -> tuple[Tensor, Tensor]:
        first, second = (getattr(self, f"{name}_{kind}") for kind in KINDS)
        return first, second

    def _to_sst(self, identity: Tensor) -> tuple[Tensor, Tensor]:
        """S_n = V_p and S_p = V_n as matrices."""
        if self.burst_to_sst_n is None or self.burst_to_sst_p is None:
            return identity, torch.zeros_like(identity)
        return self.burst_to_sst_n, self.burst_to_sst_p

    def outgoing(self) -> list[Tensor]:
        """M of both kinds, without their gradients."""
        return [each.detach() for each in self._of_kinds("from_sst")]

    def plastic(self) -> list[torch.nn.Parameter]:
        """What learns, all in plain steps."""
        return list(self.parameters())

    def burst_matrix(self) -> Tensor:
        """Y: what each unit's bursts do to the dendrites below, by themselves."""
        gains_n, gains_p = self._of_kinds("vip_to_sst")
        from_n, from_p = self.outgoing()
        if self.burst_to_sst_n is None or self.burst_to_sst_p is None:
            return dale.burst_drive([from_n, dale.sst_input(0, gains_p[:, None]) * from_p])
        first, second = self.burst_to_sst_n, self.burst_to_sst_p
        sst_n, sst_p = self._sst(first, second, gains_n, gains_p)
        return dale.burst_drive([sst_n @ from_n, sst_p @ from_p])

    def event_matrix(self) -> Tensor:
        """−Q: what each unit's events do to the dendrites below."""
        return dale.event_drive(self.event_exc, self.event_from_ndnf)

    def sst(self, burst_rate: Tensor) -> tuple[Tensor, Tensor]:
        """What SST of both kinds carry of bursts (batch, units), without their tonic rates."""
        driven, silenced = burst_rate, torch.zeros_like(burst_rate)
        if self.burst_to_sst_n is not None:
            driven, silenced = (burst_rate @ each for each in self._of_kinds("burst_to_sst"))
        return self._sst(driven, silenced, *self._of_kinds("vip_to_sst"))

    @staticmethod
    def _sst(
        driven: Tensor, silenced: Tensor, gains_n: Tensor, gains_p: Tensor
    ) -> tuple[Tensor, Tensor]:
        return (
            dale.sst_input(driven, silenced * gains_n),
            dale.sst_input(silenced, driven * gains_p),
        )

    def send_down(
        self, event_rate: Tensor, deviation: Tensor, p_baseline: float, needs: tuple[bool, ...]
    ) -> tuple[Tensor, list[Tensor | None]]:
        """−(F + E) below, and minus the plasticity of M_n, M_p and α, the mean over the batch.

        Bursts at baseline and events are summed as one, (p^b Y − Q)ᵀ e, not as large sums that
        cancel.

        Args:
            event_rate: e.
            deviation: b − p^b e.
            p_baseline: p^b.
            needs: which of the three learns.
        """
        burst = self.burst_matrix()
        offset = dale.apical_offset(
            self.apical_bias.detach(), self._of_kinds("sst_bias"), self.outgoing()
        )
        silent = event_rate @ torch.add(self.event_matrix(), burst, alpha=p_baseline) + offset
        drive = silent + deviation @ burst
        changes: list[Tensor | None] = [None, None, None]
        if needs[0] or needs[1]:
            rates = self.sst((p_baseline * event_rate + deviation) / len(event_rate))
            changes[:2] = [-dale.sst_change(each, drive) for each in rates]
        if needs[2]:
            changes[2] = -dale.apical_bias_change(silent) / len(event_rate)
        return -drive, changes
