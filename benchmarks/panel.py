"""Slider to new pixels: the threshold panel against plain `ipywidgets.interact`, in one run, in Chromium.

    python benchmarks/panel.py [MOVES]

Both stand in one notebook in JupyterLab and show the same picture (size, resolution, content) and the same table of the
same record. A key moves the slider; the clock runs from the key event in the browser to the frame that shows the new
picture, decoded. Moves alternate between the two in blocks, so that the machine's load falls on both.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from conftest import FLAGS, serving

from alliance_analysis import lab

RECORD = "Deliveries: Strides Arcolab"
BLOCK, WARM_UP, PAUSE_MS = 10, 5, 120

OURS = """
from alliance_analysis.widgets.thresholds import ThresholdPanel

ThresholdPanel()
"""

PLAIN = """
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display

from alliance_analysis.agreement import open_agreement
from alliance_analysis.drafting.trial import first_trial, hold, judged
from alliance_analysis.figures.control_artists import draw
from alliance_analysis.figures.what_if import table

agreement = open_agreement().agreement
trial = first_trial(agreement).model_copy(
    update={"source": "vendor:STRIDES ARCOLAB LIMITED", "start": "2007Q1", "end": "2015Q3", "kind": "p"}
)
record = trial.series()

def show(threshold):
    found = hold(trial.model_copy(update={"threshold": threshold / 100}), judged(trial, record), agreement)
    figure, axes = plt.subplots(figsize=(6.5, 3.3), dpi=120, layout="constrained")
    draw(axes, found.chart, threshold / 100)
    at, due = np.flatnonzero(found.breached), np.flatnonzero(found.due)
    axes.plot(at, record.values[at], "x", markersize=8, label="breach")
    axes.plot(due, np.full(len(due), axes.get_ylim()[0]), "|", markersize=11, label="credit falls due")
    figure.legend(loc="outside upper center", ncols=4)
    plt.show()
    display(HTML(table(found).to_html()))

ipywidgets.interact(show, threshold=ipywidgets.FloatSlider(min=30, max=100, step=0.5, value=80));
"""

WATCH = """
(root) => {
  window.started = null;
  addEventListener('keydown', e => { window.started = e.timeStamp }, { capture: true, once: true });
  const area = document.querySelector(root), before = area.querySelector('img').src;
  window.measured = new Promise(done => {
    const watch = new MutationObserver(async () => {
      const picture = area.querySelector('img');
      if (!picture || picture.src === before) return;
      watch.disconnect();
      await picture.decode();
      requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => done(performance.now() - window.started);
        after.port2.postMessage(0);
      });
    });
    watch.observe(area, { childList: true, subtree: true, attributes: true, attributeFilter: ['src'] });
  });
}
"""


def notebook() -> nbformat.NotebookNode:
    """Return the notebook with both sliders."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(code.strip()) for code in (OURS, PLAIN)]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def moves(page: Page, slider: str, root: str, count: int) -> list[float]:
    """Return the milliseconds from key to pixels of so many moves, back and forth."""
    page.locator(slider).focus()
    found = []
    for i in range(count):
        page.evaluate(WATCH, root)
        page.keyboard.press("ArrowRight" if i % 4 < 2 else "ArrowLeft")
        found.append(float(page.evaluate("() => window.measured")))
        page.wait_for_timeout(PAUSE_MS)
    return found


def main() -> None:
    """Run the benchmark and print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    sliders = {
        "threshold panel": (".cb-threshold .noUi-handle", ".cb-result"),
        "plain interact": (".widget-interact .noUi-handle", ".widget-interact .widget-output"),
    }
    times: dict[str, list[float]] = {name: [] for name in sliders}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        shipped = Path(name) / "shipped"
        shipped.mkdir()
        nbformat.write(notebook(), shipped / lab.START)
        chromium = os.environ.get("CASEBOOK_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with serving(Path(name), shipped) as running:
            page = browser.new_page(viewport={"width": 1280, "height": 1800})
            page.set_default_timeout(60_000)
            page.goto(f"{running.url}/lab/tree/{lab.START}?reset")
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.locator(".widget-interact .widget-output img").wait_for()
            page.locator(".cb-source select").select_option(label=RECORD)
            page.locator(".cb-moved").get_by_text("Strides").wait_for()
            for slider, root in sliders.values():
                moves(page, slider, root, WARM_UP)
            for _ in range(0, count, BLOCK):
                for key, (slider, root) in sliders.items():
                    times[key] += moves(page, slider, root, BLOCK)
        browser.close()
    print(f"slider to new pixels, ms, {count} moves each    p50    p95    max")
    for key, found in times.items():
        p50, p95 = np.percentile(found, [50, 95])
        print(f"  {key:42} {p50:6.0f} {p95:6.0f} {max(found):6.0f}")
    ours, plain = (np.percentile(found, [50, 95]) for found in times.values())
    print(
        f"  plain interact takes {plain[0] / ours[0]:.1f} (p50) and {plain[1] / ours[1]:.1f} (p95) times as long"
    )


if __name__ == "__main__":
    main()
