"""Pictures of a run: learning curves, calibration, Shapley values, what reasoning adds.

Drawn without any window system or global state. A field with a Chinese name alone is shown by it
where a Chinese font is installed, else by its place in the dictionary: never as empty boxes.
"""

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.language import Language, catalogue
from pipelines.fonts import chinese_font
from risk.training import Fitted
from risk.validation.calibration import reliability
from risk.validation.reasoning import Comparison

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
    shown = x[np.sort(np.random.default_rng(0).permutation(len(x))[:_EXPLAINED])]
    contributions = model.contributions(shown)
    figures["plots/shap_importance.png"] = importance(model.dictionary, contributions)
    figures["plots/shap_direction.png"] = direction(model.dictionary, shown, contributions)
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


def importance(dictionary: DataDictionary, contributions: FloatArray) -> Figure:
    """Mean absolute Shapley value of each field, in log-odds."""
    size = np.abs(contributions).mean(axis=0)
    order = np.argsort(size)[-_SHOWN:]
    figure = Figure(figsize=(7, 0.9 + 0.3 * len(order)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(range(len(order)), size[order], color=_SAFE)
    _name_rows(axes, dictionary, order)
    axes.set(xlabel="mean |Shapley value|, log-odds")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def direction(dictionary: DataDictionary, x: FloatArray, contributions: FloatArray) -> Figure:
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
    _name_rows(axes, dictionary, order)
    axes.set(xlabel="Shapley value, log-odds (right = riskier); grey = missing")
    figure.colorbar(drawn, ax=axes, label="rank of the field's value", ticks=[0, 1])
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def gains(compared: Comparison, language: Language) -> Figure:
    """What each contestant gains over the model alone, with 95 % intervals; right is better."""
    font = _chinese_font() if language == "zh" else None
    spoken: Language = "zh" if font else "en"
    figure = Figure(figsize=(9.6, 2.6), layout="constrained")
    for column, metric in enumerate(("auc", "brier_at_level"), 1):
        axes = figure.add_subplot(1, 2, column)
        axes.axvline(0, color=_INK, linewidth=0.8)
        _gain_rows(axes, compared, metric)
        names = [one.contestant for one in compared.standings]
        labels = [catalogue("pipelines").text(spoken, f"evaluation.who.{name}") for name in names]
        axes.set_yticks(range(len(names)), labels if column == 1 else [""] * len(names))
        axes.set(xlabel=catalogue("pipelines").text(spoken, f"evaluation.gain.{metric}"))
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.spines[["top", "right"]].set_visible(False)
        for text in (*axes.get_yticklabels(), axes.xaxis.label) if font else ():
            text.set_fontproperties(font)
    return figure


def _gain_rows(axes: Axes, compared: Comparison, metric: str) -> None:
    """One line a contestant: blue where the interval lies right of 0, red where left of it."""
    for height, one in enumerate(compared.standings):
        gain = one.gains.each()[metric] if one.gains else None
        if gain is None:
            axes.plot(0, height, "o", color=_INK)
            continue
        colour = _SAFE if gain.better else _RISK if gain.worse else _MUTED
        axes.plot([gain.low, gain.high], [height, height], color=colour, linewidth=2)
        axes.plot(gain.difference, height, "o", color=colour)


def _name_rows(axes: Axes, dictionary: DataDictionary, order: np.ndarray) -> None:
    """Write the name of its field beside each row of a picture."""
    font = _chinese_font()
    names = []
    for column in order:
        field = dictionary.features[column]
        readable = (text for text in (field.label.en, field.name) if font or text.isascii())
        names.append(next(readable, f"feature {column + 1}"))
    axes.set_yticks(range(len(names)), names)
    for tick in axes.get_yticklabels():
        if font is not None and not tick.get_text().isascii():
            tick.set_fontproperties(font)


def _chinese_font() -> font_manager.FontProperties | None:
    """A font of this machine that covers Chinese, which matplotlib's own does not."""
    path = chinese_font()
    return font_manager.FontProperties(fname=path) if path else None
