// Draws the scene: each layer by the maker of its kind, then what stands around the map.
(function (gs) {
  "use strict";

  const { scene, map } = gs;
  const REST = 300; // milliseconds between the map's being drawn and what may wait until then

  function prepareMap() {
    const panes = { "gs-water": 205, "gs-buildings": 207, "gs-roads": 210, "gs-density": 350, "gs-labels": 450 };
    for (const [name, height] of Object.entries(panes)) {
      const pane = map.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
    }
    // Arrows move it and + and − zoom: keys that a reader of screens passes on to what has focus.
    map.getContainer().setAttribute("role", "main");
    gs.named(map.getContainer(), "aria-label", scene.title);
    const zoom = L.control.zoom();
    gs.placeControl(zoom, "top-start");
    for (const [button, words] of [["In", "zoom_in"], ["Out", "zoom_out"]]) {
      gs.named(zoom[`_zoom${button}Button`], "title", scene.words[words]);
      gs.named(zoom[`_zoom${button}Button`], "aria-label", scene.words[words]);
    }
    map.on("popupopen", ({ popup }) => {
      gs.resay(popup.getElement());
      const close = popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) gs.named(close, "aria-label", scene.words.close);
    });
  }

  function showAll(panel) {
    const beside = panel.open ? panel.offsetWidth + 20 : 0;
    const left = gs.dir() === "rtl";
    map.fitBounds(scene.bounds, {
      animate: false,
      paddingTopLeft: [left ? beside : 8, 8],
      paddingBottomRight: [left ? 8 : beside, 8],
    });
  }

  async function draw() {
    gs.addHeadings();
    prepareMap();
    if (typeof DecompressionStream === "undefined") {
      gs.alert(scene.words.too_old);
      return;
    }
    const made = await Promise.all(
      scene.layers.map(async (layer) => ({ layer, ...(await gs.makers[layer.kind](layer)) })),
    );
    showAll(gs.addPanel(made));
    gs.addScale();
    for (const { layer, shapes } of made) if (layer.shown) map.addLayer(shapes);
    for (const step of gs.start) await step(made);
    const shown = made.filter(({ layer, ready }) => layer.shown && ready);
    await Promise.all([document.fonts.ready, ...shown.map(({ ready }) => ready())]);
  }

  // Resolves when everything is drawn.
  window.gsReady = draw();
  const begin = () => setTimeout(() => gs.later.forEach((work) => work()), REST);
  window.gsReady.then(begin).catch((problem) => {
    gs.alert({ parts: [scene.words.failed, " ", String(problem.message)] });
  });
})(window.gs);
