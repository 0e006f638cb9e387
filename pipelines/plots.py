"""Pictures of a training run: learning curves, calibration, Shapley values.

Drawn without any window system or global state; labels are English unless a Chinese font is
installed, so that no picture shows empty boxes.
"""

from functools import cache

import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.language import Text
from risk.model import PDModel
from risk.training import Fitted
from risk.validation.calibration import reliability

_INK, _MUTED, _RISK, _SAFE = "#1f2933", "#9aa5b1", "#c0392b", "#2471a3"
_EXPLAINED = 300
_SHOWN = 15


def training(fitted: Fitted, x: FloatArray, y: FloatArray) -> dict[str, Figure]:
    """Every picture of a run, by artifact name.

    Args:
        fitted: What was trained.
        x: Matrix of the latest sample, shape (n, p).
        y: Its outcomes, shape (n,).
    """
    model = fitted.model
    figures = {
        "plots/learning_curves.png": learning_curves(fitted.curves, fitted.rounds),
        "plots/calibration.png": calibration(y, model.predict(x)),
    }
    rows = np.random.default_rng(0).permutation(len(x))[:_EXPLAINED]
    contributions = model.contributions(x[np.sort(rows)])
    figures["plots/shap_importance.png"] = importance(model, contributions)
    figures["plots/shap_direction.png"] = direction(model, x[np.sort(rows)], contributions)
    return figures


def learning_curves(curves: dict[str, list[float]], kept: int) -> Figure:
    """One panel a metric, one line a sample, against boosting rounds; `kept` is marked."""
    names = sorted({key.rsplit(".", 1)[-1] for key in curves})
    figure = Figure(figsize=(5.2 * len(names), 3.6), layout="constrained")
    for column, name in enumerate(names, 1):
        axes = figure.add_subplot(1, len(names), column)
        for (key, values), colour in zip(
            ((k, v) for k, v in sorted(curves.items()) if k.endswith(name)),
            (_SAFE, _RISK, _MUTED),
            strict=False,
        ):
            axes.plot(range(1, len(values) + 1), values, color=colour, label=key.split(".")[0])
        axes.axvline(kept, color=_MUTED, linewidth=1, linestyle=":", label="rounds kept")
        axes.set(title=name, xlabel="boosting rounds")
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def calibration(y: FloatArray, pd_model: FloatArray) -> Figure:
    """Observed default rate against mean PD, by tenths of the sample."""
    points = reliability(y, pd_model)
    figure = Figure(figsize=(4.8, 4.4), layout="constrained")
    axes = figure.add_subplot()
    top = 1.1 * max(points["expected"].max(), points["high"].max())
    axes.plot([0, top], [0, top], color=_MUTED, linewidth=1, label="perfect")
    axes.errorbar(
        points["expected"],
        points["observed"],
        yerr=np.vstack(
            [
                points["observed"] - points["low"],
                points["high"] - points["observed"],
            ]
        ).clip(0),
        fmt="o",
        color=_SAFE,
        label="tenths of the sample, 95 %",
    )
    axes.set(xlabel="mean PD", ylabel="observed default rate", xlim=(0, top), ylim=(0, top))
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def importance(model: PDModel, contributions: FloatArray) -> Figure:
    """Mean absolute Shapley value of each field, in log-odds."""
    size = np.abs(contributions).mean(axis=0)
    order = np.argsort(size)[-_SHOWN:]
    figure = Figure(figsize=(7, 0.9 + 0.3 * len(order)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(_labels(model.dictionary, order), size[order], color=_SAFE)
    axes.set(xlabel="mean |Shapley value|, log-odds")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def direction(model: PDModel, x: FloatArray, contributions: FloatArray) -> Figure:
    """Each row's Shapley value by field, coloured by the field's own value."""
    order = np.argsort(np.abs(contributions).mean(axis=0))[-_SHOWN:]
    figure = Figure(figsize=(7, 0.9 + 0.32 * len(order)), layout="constrained")
    axes = figure.add_subplot()
    jitter = np.random.default_rng(0).uniform(-0.28, 0.28, len(x))
    for height, column in enumerate(order):
        values = x[:, column]
        missing = np.isnan(values)
        rank = np.argsort(np.argsort(values[~missing])) / max((~missing).sum() - 1, 1)
        shap = contributions[:, column]
        axes.scatter(shap[missing], (height + jitter)[missing], s=7, color=_MUTED)
        drawn = axes.scatter(
            shap[~missing], (height + jitter)[~missing], s=7, c=rank, cmap="coolwarm"
        )
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.set_yticks(range(len(order)), _labels(model.dictionary, order))
    axes.set(xlabel="Shapley value, log-odds (right = riskier); grey = missing")
    figure.colorbar(drawn, ax=axes, label="rank of the field's value", ticks=[0, 1])
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _labels(dictionary: DataDictionary, order: np.ndarray) -> list[str]:
    return [_label(dictionary.features[i].label, dictionary.features[i].name) for i in order]


def _label(label: Text, name: str) -> str:
    if label.en.isascii() or _chinese_font():
        return label.en
    return name.encode("ascii", "replace").decode()


@cache
def _chinese_font() -> bool:
    """Whether matplotlib's own font covers Chinese (it does not), unless one is configured."""
    path = font_manager.findfont(font_manager.FontProperties())
    return 0x4E2D in font_manager.get_font(path).get_charmap()
