// Draws the panels from the data blocks of the page, lets one legend serve all panels of a figure, and
// follows the reader's choice of a dark or a light page.
(() => {
  "use strict";
  const config = { responsive: true, displaylogo: false, displayModeBar: "hover" };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const pairs = getComputedStyle(document.documentElement).getPropertyValue("--on-dark").replace(/["']/g, "").trim();
  const onDark = new Map(pairs.split(/\s+/).filter(Boolean).map((pair) => {
    const [light, other] = pair.split("=");
    return [light.toLowerCase(), other];
  }));

  // Replaces colours, and nothing else: words of the figures stay as they are.
  function recoloured(value, name) {
    if (Array.isArray(value)) return value.map((item) => recoloured(item, name));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recoloured(item, key)]));
    }
    if (typeof value === "string" && /color$/i.test(name)) return onDark.get(value.toLowerCase()) || value;
    return value;
  }

  function visibility(figure, source) {
    const hidden = new Set();
    for (const button of figure.querySelectorAll(".legend button")) {
      if (button.getAttribute("aria-pressed") !== "true") hidden.add(button.dataset.key);
    }
    const chosen = figure.querySelector(".views input:checked");
    return source.data.map((trace) => {
      const meta = trace.meta || {};
      const inView = !chosen || meta.view === undefined || String(meta.view) === chosen.value;
      return inView && !hidden.has(meta.key);
    });
  }

  function draw(figure, element, source) {
    const shown = visibility(figure, source);
    source.data.forEach((trace, index) => { trace.visible = shown[index]; });
    const drawn = dark.matches ? recoloured(source, "") : structuredClone(source);
    const spatial = element.classList.contains("scene");
    // A turnable view is scaled by its height, so that on a phone it must not be taller than wide.
    if (spatial) drawn.layout.height = Math.max(320, Math.min(drawn.layout.height, element.clientWidth));
    const buttons = spatial ? ["toImage", "resetCameraDefault3d"] : ["toImage", "resetScale2d"];
    Plotly.react(element, drawn.data, drawn.layout, { ...config, modeBarButtons: [buttons] });
  }

  for (const figure of document.querySelectorAll(".figure")) {
    const plots = [...figure.querySelectorAll(".plot")].map((element) => {
      const source = JSON.parse(document.getElementById(element.dataset.source).textContent);
      return { element, source };
    });
    document.documentElement.classList.add("interactive");
    const all = () => plots.forEach(({ element, source }) => draw(figure, element, source));
    const fold = figure.closest("details");
    // What is folded away has no width yet: it is drawn when it is opened.
    if (fold && !fold.open) fold.addEventListener("toggle", all, { once: true });
    else all();
    dark.addEventListener("change", all);

    const refresh = () => {
      for (const { element, source } of plots) Plotly.restyle(element, { visible: visibility(figure, source) });
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
