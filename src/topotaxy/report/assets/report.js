// Draws the panels from the data blocks of the page, and lets one legend serve all panels of a figure.
(() => {
  "use strict";
  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: "hover",
  };

  function visibility(figure, document) {
    const hidden = new Set();
    for (const button of figure.querySelectorAll(".legend button")) {
      if (button.getAttribute("aria-pressed") !== "true") hidden.add(button.dataset.key);
    }
    const chosen = figure.querySelector(".views input:checked");
    return document.data.map((trace) => {
      const meta = trace.meta || {};
      const inView = !chosen || meta.view === undefined || String(meta.view) === chosen.value;
      return inView && !hidden.has(meta.key);
    });
  }

  for (const figure of document.querySelectorAll(".figure")) {
    const plots = [...figure.querySelectorAll(".plot")].map((element) => {
      const source = JSON.parse(document.getElementById(element.dataset.source).textContent);
      return { element, source };
    });
    document.documentElement.classList.add("interactive");
    for (const { element, source } of plots) {
      const spatial = element.classList.contains("scene");
      const shown = visibility(figure, source);
      source.data.forEach((trace, index) => { trace.visible = shown[index]; });
      // A turnable view is scaled by its height, so that on a phone it must not be taller than wide.
      if (spatial) source.layout.height = Math.max(320, Math.min(600, element.clientWidth));
      const buttons = spatial ? ["toImage", "resetCameraDefault3d"] : ["toImage", "resetScale2d"];
      Plotly.newPlot(element, source.data, source.layout, { ...config, modeBarButtons: [buttons] });
    }

    const refresh = () => {
      for (const { element, source } of plots) {
        Plotly.restyle(element, { visible: visibility(figure, source) });
      }
    };
    for (const button of figure.querySelectorAll(".legend button")) {
      button.addEventListener("click", () => {
        const pressed = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", String(!pressed));
        refresh();
      });
    }
    for (const choice of figure.querySelectorAll(".views input")) choice.addEventListener("change", refresh);
  }
})();
