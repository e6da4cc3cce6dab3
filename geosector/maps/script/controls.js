// What stands around the map: headings, the list of layers with its legends, the scale bar.
(function (gs) {
  "use strict";

  const { scene, map } = gs;
  const words = scene.words;

  // ---------------------------------------------------------------- headings

  function languageSwitch() {
    const select = gs.element("select", { class: "gs-language", id: "gs-language" });
    for (const [code, { name }] of Object.entries(scene.languages)) {
      select.append(gs.element("option", { value: code, lang: code }, name));
    }
    select.value = gs.lang();
    gs.named(select, "aria-label", words.language);
    select.addEventListener("change", () => gs.speak(select.value));
    return select;
  }

  gs.addHeadings = () => {
    const stamp = gs.element("p", { class: `gs-stamp gs-for-${scene.audience}` });
    scene.stamp.forEach((part, i) => stamp.append(gs.worded(i ? "span" : "strong", {}, part)));
    const title = gs.worded("h1", {}, scene.title);
    const head = gs.element("header", { class: "gs-head" }, title, stamp, languageSwitch());
    document.body.prepend(head);
    map.invalidateSize({ animate: false });
  };

  // ---------------------------------------------------------------- layers and legend

  function swatch(layer) {
    if (layer.kind === "places") return gs.symbol(layer, "open");
    const attributes = { class: `gs-swatch gs-swatch-${layer.kind}`, "aria-hidden": "true" };
    return gs.element("span", attributes);
  }

  const shades = ({ layer }) => scene.shading.includes(layer.kind);

  function layerRow(one) {
    const { layer, shapes, legend, swatch: own } = one;
    const type = shades(one) ? { type: "radio", name: "gs-shading" } : { type: "checkbox" };
    const box = gs.element("input", { ...type, id: `gs-toggle-${layer.id}` });
    box.checked = layer.shown;
    const name = gs.worded("span", {}, layer.name);
    const label = gs.element("label", { for: box.id }, own ? own() : swatch(layer), name);
    const told = gs.element("div", { class: "gs-legend", hidden: !layer.shown });
    if (legend) told.append(...legend());
    for (const line of layer.notes) told.append(gs.worded("p", {}, line));
    box.addEventListener("change", () => {
      if (box.checked) map.addLayer(shapes);
      else map.removeLayer(shapes);
    });
    // A layer may also be switched by another part of the page.
    shapes.on("add remove", () => {
      box.checked = map.hasLayer(shapes);
      told.hidden = !box.checked;
    });
    const row = gs.element("div", { class: "gs-layer", id: `gs-layer-${layer.id}` }, box, label);
    if (told.childNodes.length) row.append(told);
    return row;
  }

  // Layers that shade the ground cannot be read through one another: one at a time, or none. They
  // are a group of radio buttons, whose arrows go from one to the next.
  function shadingGroup(made) {
    const none = gs.element("input", { type: "radio", name: "gs-shading", id: "gs-toggle-no-shading" });
    const label = gs.worded("label", { for: none.id }, words.no_shading);
    const onMap = ({ shapes }) => map.hasLayer(shapes);
    const tell = () => (none.checked = !made.some(onMap));
    none.addEventListener("change", () => made.filter(onMap).forEach(({ shapes }) => map.removeLayer(shapes)));
    for (const { shapes } of made) {
      shapes.on("add", () => {
        for (const other of made) if (other.shapes !== shapes) map.removeLayer(other.shapes);
        tell();
      });
      shapes.on("remove", tell);
    }
    none.checked = !made.some(({ layer }) => layer.shown);
    return gs.element(
      "fieldset",
      { class: "gs-shading", id: "gs-shading" },
      gs.worded("legend", {}, words.shading),
      ...made.map(layerRow).reverse(),
      gs.element("div", { class: "gs-layer" }, none, label),
    );
  }

  // What shades the ground comes first, since most of what is seen needs its legend; of the others
  // the topmost layer first.
  function layerRows(made) {
    const shading = made.filter(shades);
    const others = made.filter((one) => !shades(one)).map(layerRow).reverse();
    return shading.length ? [shadingGroup(shading), ...others] : others;
  }

  function statusLegend() {
    const list = gs.element("p", { class: "gs-statuses" });
    for (const [status, label] of scene.statuses) {
      const drawn = gs.symbol({ path: "M3 3 H17 V17 H3 Z", colour: "#444" }, status);
      list.append(gs.element("span", {}, drawn, gs.worded("span", {}, label)));
    }
    return scene.statuses.length ? list : null;
  }

  gs.addPanel = (made) => {
    const panel = gs.element(
      "details",
      { class: "gs-panel", id: "gs-panel" },
      gs.worded("summary", {}, words.layers),
      ...layerRows(made),
      statusLegend(),
      ...scene.notes.map((note) => gs.worded("p", { class: "gs-note" }, note)),
    );
    panel.open = map.getContainer().clientWidth >= 640;
    const fit = () => {
      panel.style.maxHeight = `calc(${map.getSize().y - 44}px - var(--gs-time-height, 0px))`;
    };
    map.on("resize", fit);
    fit();
    gs.control(panel, "top-end");
    return panel;
  };

  // ---------------------------------------------------------------- scale bar

  gs.addScale = () => {
    const bar = gs.element("div", { class: "gs-scale gs-print" });
    gs.control(bar, "bottom-start");
    function measure() {
      // Metres on the ground along the middle row of the map, so the latitude is accounted for.
      const middle = map.getSize().y / 2;
      const ground = map.distance(
        map.containerPointToLatLng([0, middle]),
        map.containerPointToLatLng([100, middle]),
      );
      const power = 10 ** Math.floor(Math.log10(ground));
      const round = [5, 2, 1].find((step) => step * power <= ground) * power;
      const [value, unit] = round >= 1000 ? [round / 1000, "km"] : [round, "m"];
      bar.style.width = `${(100 * round) / ground}px`;
      gs.sayIn(bar, gs.with(unit, { n: { number: String(value) } }));
    }
    map.on("zoomend moveend resize", measure);
    measure();
  };
})(window.gs);
