// Areas, lines, places and circles: shapes that open a card.
(function (gs) {
  "use strict";

  gs.makers.areas = async (layer) => {
    const rings = layer.items.map(() => []);
    for (const { label, points } of await gs.readLines(layer.lines, layer.unit)) {
      rings[label].push(gs.pairs(points));
    }
    const shapes = L.featureGroup();
    const labels = L.featureGroup();
    layer.items.forEach((item, i) => {
      // All rings in one shape: what an even number of rings surrounds is a hole.
      const area = L.polygon(rings[i], { className: "gs-area", fillOpacity: 0 });
      gs.asButton(area, item.card, item.at).addTo(shapes);
      areaLabel(item, area).addTo(labels);
    });
    shapes.on("add", () => labels.addTo(gs.map)).on("remove", () => labels.remove());
    return { shapes };
  };

  function areaLabel(item, area) {
    const name = item.name ? gs.worded("span", {}, item.name) : null;
    const number = gs.worded("b", {}, item.number);
    const html = gs.element("div", { class: "gs-label" }, number, name);
    const icon = L.divIcon({ className: "gs-label-place", html, iconSize: null });
    const options = { icon, pane: "gs-labels", interactive: false, keyboard: false };
    const marker = L.marker(item.at, options);
    // The name gives way where its area is too small for it, the number stays.
    function fit() {
      if (!name || !marker._map) return;
      const bounds = area.getBounds();
      const west = gs.map.latLngToContainerPoint(bounds.getSouthWest());
      const east = gs.map.latLngToContainerPoint(bounds.getNorthEast());
      name.hidden = false;
      name.hidden = name.offsetWidth > 0.9 * (east.x - west.x) || west.y - east.y < 44;
    }
    gs.map.on("zoomend", fit);
    marker.on("add", () => {
      gs.resay(html); // the language may have changed while the label was away
      fit();
    });
    gs.onLanguage(fit);
    return marker;
  }

  gs.makers.lines = async (layer) => {
    const shapes = L.featureGroup();
    const named = [];
    for (const { label, points } of await gs.readLines(layer.lines, layer.unit)) {
      const item = layer.items[label];
      const pairs = gs.pairs(points);
      const own = { color: layer.colour, dashArray: item.dashed ? "7 5" : null };
      const look = layer.colour ? { className: "gs-line", ...own } : { className: "gs-border" };
      const line = L.polyline(pairs, { ...look, weight: item.weight });
      gs.asButton(line, item.card).addTo(shapes);
      if (item.name) named.push({ name: item.name, points: pairs });
    }
    gs.lineLabels(named, shapes);
    if (!layer.colour) return { shapes };
    const swatch = () => {
      const mark = gs.element("span", { class: "gs-swatch gs-swatch-line", "aria-hidden": "true" });
      mark.style.background = layer.colour;
      return mark;
    };
    return { shapes, swatch };
  };

  // Lines across ground that is seen through them.
  function cutHatch() {
    if (document.getElementById("gs-cut")) return;
    const pattern = gs.svg("pattern", {
      id: "gs-cut", width: 9, height: 9, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(-45)",
    });
    pattern.append(gs.svg("rect", { width: 2.5, height: 9, fill: "#7d1a1a" }));
    const box = gs.svg("svg", { class: "gs-patterns", "aria-hidden": "true" });
    box.append(pattern);
    document.body.append(box);
  }

  gs.makers.hatched = async (layer) => {
    cutHatch();
    const rings = layer.items.map(() => []);
    for (const { label, points } of await gs.readLines(layer.lines, layer.unit)) {
      rings[label].push(gs.pairs(points));
    }
    const shapes = L.featureGroup();
    layer.items.forEach((item, i) => {
      const look = layer.hatch ? { fillColor: "url(#gs-cut)", fillOpacity: 0.8 } : { fillOpacity: 0 };
      const area = L.polygon(rings[i], { className: "gs-hatched", ...look });
      gs.asButton(area, item.card, item.at).addTo(shapes);
    });
    return { shapes };
  };

  gs.symbol = (layer, status) => {
    const box = gs.svg("svg", { viewBox: "0 0 20 20", width: 22, height: 22, "aria-hidden": "true" });
    const look = { d: layer.path, stroke: layer.colour, fill: layer.colour };
    box.append(gs.svg("path", { d: layer.path, class: "gs-halo" }), gs.svg("path", look));
    box.lastChild.setAttribute("class", `gs-symbol gs-${status}`);
    if (status === "damaged") {
      box.append(gs.svg("path", { d: "M4 4 L16 16 M16 4 L4 16", class: "gs-cross" }));
    }
    return box;
  };

  gs.makers.places = async (layer) => {
    const shapes = L.featureGroup();
    for (const item of layer.items) {
      const html = gs.symbol(layer, item.status);
      const icon = L.divIcon({ className: "gs-place", html, iconSize: [28, 28] });
      gs.asButton(L.marker(item.at, { icon }), item.card, item.at).addTo(shapes);
    }
    return { shapes };
  };

  gs.makers.circles = async (layer) => {
    const shapes = L.featureGroup();
    for (const item of layer.items) {
      const circle = L.circleMarker(item.at, { className: "gs-circle", radius: item.radius });
      gs.asButton(circle, item.card, item.at).addTo(shapes);
    }
    return { shapes };
  };
})(window.gs);
