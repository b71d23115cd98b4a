"""What every figure has."""

from matplotlib.figure import Figure


def unlabelled(figure: Figure) -> list[str]:
    """Axes with numbers or names along them and without a word that says of what."""
    figure.canvas.draw()
    return [
        f"{axis.axis_name} of {axes.get_title() or number}"
        for number, axes in enumerate(figure.axes)
        if axes.axison and axes.get_label() != "<colorbar>"
        for axis in (axes.xaxis, axes.yaxis)
        if not axis.get_label_text() and any(_is_told(tick) for tick in axis.get_major_ticks())
    ]


def _is_told(tick) -> bool:
    return any(each.get_visible() and each.get_text() for each in (tick.label1, tick.label2))
