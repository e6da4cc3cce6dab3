// Draws the scene that Python wrote into the page (geosector/maps/layers.py says what it holds).
// Every text goes into the page as a text node; nothing is parsed as HTML and nothing is fetched.
(function () {
  "use strict";

  const scene = JSON.parse(document.getElementById("gs-scene").textContent);
  const map = window.gsMap;
  const words = scene.words;
  const rtl = scene.dir === "rtl";
  // Corners are named as a reader of the language sees them: start is where a line begins.
  const start = rtl ? "right" : "left";
  const end = rtl ? "left" : "right";

  // ---------------------------------------------------------------- elements and text

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) {
        made.setAttribute(name, value === true ? "" : value);
      }
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  // Text from the data, set apart so that its direction does not disturb what is around it.
  function isolated(tag, text) {
    return element(tag, {}, element("bdi", {}, text));
  }

  function svg(tag, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  // Browsers lack the digits of Sorani, so they come with the scene.
  function inDigits(written) {
    return written
      .replace(".", scene.decimal_mark)
      .replace(/[0-9]/g, (digit) => scene.digits[Number(digit)]);
  }

  function say(message) {
    const box = element("div", { class: "gs-message", role: "alert" }, message);
    map.getContainer().append(box);
  }

  // ---------------------------------------------------------------- packed data

  async function unpack(packed) {
    const binary = atob(packed);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // Whole numbers as encoding.varints wrote them: seven bits a byte, then zigzag.
  function numberReader(bytes) {
    let at = 0;
    return {
      more: () => at < bytes.length,
      next() {
        let value = 0;
        let shift = 0;
        let octet;
        do {
          octet = bytes[at++];
          value |= (octet & 127) << shift;
          shift += 7;
        } while (octet & 128);
        return (value >>> 1) ^ -(value & 1);
      },
    };
  }

  // Lines as encoding.pack_lines wrote them: [{label, points: [lat, lon, lat, lon …]}].
  async function readLines(packed, unit) {
    const reader = numberReader(await unpack(packed));
    const lines = [];
    let label = 0;
    let lon = 0;
    let lat = 0;
    while (reader.more()) {
      label += reader.next();
      const points = new Float64Array(2 * reader.next());
      for (let i = 0; i < points.length; i += 2) {
        lon += reader.next();
        lat += reader.next();
        points[i] = lat * unit;
        points[i + 1] = lon * unit;
      }
      lines.push({ label, points });
    }
    return lines;
  }

  function pairs(points) {
    const made = [];
    for (let i = 0; i < points.length; i += 2) made.push([points[i], points[i + 1]]);
    return made;
  }

  // ---------------------------------------------------------------- cards

  function cardContent(card) {
    const list = element("dl", {});
    for (const [label, value] of card.rows) {
      list.append(element("dt", {}, label), isolated("dd", value));
    }
    return element(
      "div",
      { class: "gs-card", dir: scene.dir, lang: scene.lang },
      isolated("h2", card.title),
      list,
    );
  }

  function showCard(card, at) {
    L.popup({ maxWidth: 280, minWidth: 160, autoPanPadding: [12, 12] })
      .setLatLng(at)
      .setContent(cardContent(card))
      .openOn(map);
  }

  // A shape of the map becomes a button: clicked, or reached by Tab and pressed by Enter.
  function asButton(shape, card, at) {
    shape.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      showCard(card, at || event.latlng);
    });
    shape.on("add", () => {
      const drawn = shape.getElement();
      drawn.setAttribute("tabindex", "0");
      drawn.setAttribute("role", "button");
      drawn.setAttribute("aria-label", card.title);
      drawn.onkeydown = (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          showCard(card, at || shape.getCenter());
        }
      };
    });
    return shape;
  }

  // ---------------------------------------------------------------- roads: tiles of our own

  const HALF = Math.PI / 360;

  function worldOf(points) {
    // Web Mercator with the whole world from 0 to 1, south downwards.
    const world = new Float64Array(points.length);
    for (let i = 0; i < points.length; i += 2) {
      world[i] = (points[i + 1] + 180) / 360;
      world[i + 1] = 0.5 - Math.log(Math.tan(Math.PI / 4 + points[i] * HALF)) / (2 * Math.PI);
    }
    return world;
  }

  function boxed(line, classes) {
    const world = worldOf(line.points);
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < world.length; i += 2) {
      box[0] = Math.min(box[0], world[i]);
      box[1] = Math.min(box[1], world[i + 1]);
      box[2] = Math.max(box[2], world[i]);
      box[3] = Math.max(box[3], world[i + 1]);
    }
    return { world, box, kind: line.label % classes, name: Math.floor(line.label / classes) };
  }

  function drawRoads(context, roads, look, coords, size) {
    const scale = size * 2 ** coords.z;
    const west = coords.x * size;
    const north = coords.y * size;
    const edge = 12 / scale; // the widest line reaches this far into the next tile
    const x0 = west / scale - edge;
    const y0 = north / scale - edge;
    const x1 = (west + size) / scale + edge;
    const y1 = (north + size) / scale + edge;
    context.strokeStyle = look.colour;
    context.lineWidth = Math.min(14, Math.max(0.4, look.width * 1.4 ** (coords.z - 14)));
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    for (const { world, box } of roads) {
      if (box[2] < x0 || box[0] > x1 || box[3] < y0 || box[1] > y1) continue;
      context.moveTo(world[0] * scale - west, world[1] * scale - north);
      for (let i = 2; i < world.length; i += 2) {
        context.lineTo(world[i] * scale - west, world[i + 1] * scale - north);
      }
    }
    context.stroke();
  }

  const RoadTiles = L.GridLayer.extend({
    createTile(coords) {
      const size = this.getTileSize().x;
      const ratio = window.devicePixelRatio || 1;
      const tile = element("canvas", { width: size * ratio, height: size * ratio });
      const context = tile.getContext("2d");
      context.scale(ratio, ratio);
      this.options.looks.forEach((look, kind) => {
        if (coords.z >= look.from_zoom) {
          drawRoads(context, this.options.roads[kind], look, coords, size);
        }
      });
      return tile;
    },
  });

  function settled(tiles) {
    return new Promise((resolve) => {
      if (tiles.isLoading()) tiles.once("load", resolve);
      else resolve();
    });
  }

  async function roads(layer) {
    const lines = await readLines(layer.lines, layer.unit);
    const byKind = layer.looks.map(() => []);
    for (const line of lines) {
      const road = boxed(line, layer.looks.length);
      byKind[road.kind].push(road);
    }
    const tiles = new RoadTiles({ pane: "gs-roads", roads: byKind, looks: layer.looks });
    map.on("click", (event) => {
      const road = map.hasLayer(tiles) && nearestRoad(layer, byKind, event.latlng);
      if (road) {
        const look = layer.looks[road.kind];
        const title = layer.names[road.name] || look.label;
        showCard({ title, rows: [[words.road_class, look.label]] }, event.latlng);
      }
    });
    return { shapes: tiles, ready: () => settled(tiles) };
  }

  // The road within 6 pixels of a click, the nearest where there are several.
  function nearestRoad(layer, byKind, latlng) {
    const [x, y] = worldOf([latlng.lat, latlng.lng]);
    let reach = 6 / (256 * 2 ** map.getZoom());
    let found = null;
    layer.looks.forEach((look, kind) => {
      if (map.getZoom() < look.from_zoom) return;
      for (const road of byKind[kind]) {
        const [x0, y0, x1, y1] = road.box;
        if (x < x0 - reach || x > x1 + reach || y < y0 - reach || y > y1 + reach) continue;
        const away = distance(x, y, road.world);
        if (away < reach) {
          reach = away;
          found = road;
        }
      }
    });
    return found;
  }

  function distance(x, y, world) {
    let best = Infinity;
    for (let i = 2; i < world.length; i += 2) {
      const dx = world[i] - world[i - 2];
      const dy = world[i + 1] - world[i - 1];
      const along = ((x - world[i - 2]) * dx + (y - world[i - 1]) * dy) / (dx * dx + dy * dy || 1);
      const t = Math.max(0, Math.min(1, along));
      best = Math.min(best, Math.hypot(x - world[i - 2] - t * dx, y - world[i - 1] - t * dy));
    }
    return best;
  }

  // ---------------------------------------------------------------- density

  // Colour of each of 256 steps: even stops of the ramp, the lowest ones fading into the map.
  function palette(ramp) {
    const stops = ramp.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const made = new Uint8ClampedArray(4 * 256);
    for (let step = 1; step < 256; step++) {
      const place = (step / 255) * (stops.length - 1);
      const below = Math.min(stops.length - 2, Math.floor(place));
      for (let part = 0; part < 3; part++) {
        const [low, high] = [stops[below][part], stops[below + 1][part]];
        made[4 * step + part] = low + (high - low) * (place - below);
      }
      made[4 * step + 3] = Math.min(195, 30 + 5 * step);
    }
    return made;
  }

  function picture(steps, width, height, colours) {
    const canvas = element("canvas", { width, height });
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let i = 0; i < steps.length; i++) {
      image.data.set(colours.subarray(4 * steps[i], 4 * steps[i] + 4), 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  async function density(layer) {
    const steps = await unpack(layer.steps);
    const url = picture(steps, layer.width, layer.height, palette(layer.ramp)).toDataURL();
    const shapes = L.imageOverlay(url, layer.bounds, { pane: "gs-density", alt: layer.name });
    const loaded = new Promise((resolve) => shapes.once("load", resolve));
    return { shapes, ready: () => loaded };
  }

  function densityLegend(layer) {
    const all = Uint8Array.from({ length: 256 }, (_, step) => step);
    const bar = picture(all, 256, 1, palette(layer.ramp));
    bar.className = "gs-ramp";
    bar.setAttribute("aria-hidden", "true");
    const ticks = element("div", { class: "gs-ticks" });
    for (const [share, label] of layer.ticks) {
      const tick = element("span", {}, label);
      tick.style.insetInlineStart = `${100 * share}%`;
      ticks.append(tick);
    }
    return [bar, ticks];
  }

  // ---------------------------------------------------------------- areas, lines, places

  async function areas(layer) {
    const rings = layer.items.map(() => []);
    for (const { label, points } of await readLines(layer.lines, layer.unit)) {
      rings[label].push(pairs(points));
    }
    const shapes = L.featureGroup();
    const labels = L.featureGroup();
    layer.items.forEach((item, i) => {
      // All rings in one shape: what an even number of rings surrounds is a hole.
      const area = L.polygon(rings[i], { className: "gs-area", fillOpacity: 0 });
      asButton(area, item.card, item.at).addTo(shapes);
      areaLabel(item, area).addTo(labels);
    });
    shapes.on("add", () => labels.addTo(map)).on("remove", () => labels.remove());
    return { shapes };
  }

  function areaLabel(item, area) {
    const name = item.name ? isolated("span", item.name) : null;
    const html = element("div", { class: "gs-label" }, element("b", {}, item.number), name);
    const icon = L.divIcon({ className: "gs-label-place", html, iconSize: null });
    const options = { icon, pane: "gs-labels", interactive: false, keyboard: false };
    const marker = L.marker(item.at, options);
    // The name gives way where its area is too small for it, the number stays.
    function fit() {
      if (!name || !marker._map) return;
      const bounds = area.getBounds();
      const west = map.latLngToContainerPoint(bounds.getSouthWest());
      const east = map.latLngToContainerPoint(bounds.getNorthEast());
      name.hidden = false;
      name.hidden = name.offsetWidth > 0.9 * (east.x - west.x) || west.y - east.y < 44;
    }
    map.on("zoomend", fit);
    marker.on("add", fit);
    return marker;
  }

  async function lines(layer) {
    const shapes = L.featureGroup();
    for (const { label, points } of await readLines(layer.lines, layer.unit)) {
      const item = layer.items[label];
      const line = L.polyline(pairs(points), { className: "gs-border", weight: item.weight });
      asButton(line, item.card).addTo(shapes);
    }
    return { shapes };
  }

  function symbol(layer, status) {
    const box = svg("svg", { viewBox: "0 0 20 20", width: 22, height: 22, "aria-hidden": "true" });
    const look = { d: layer.path, stroke: layer.colour, fill: layer.colour };
    box.append(svg("path", { d: layer.path, class: "gs-halo" }), svg("path", look));
    box.lastChild.setAttribute("class", `gs-symbol gs-${status}`);
    if (status === "damaged") box.append(svg("path", { d: "M4 4 L16 16 M16 4 L4 16", class: "gs-cross" }));
    return box;
  }

  async function places(layer) {
    const shapes = L.featureGroup();
    for (const item of layer.items) {
      const html = symbol(layer, item.status);
      const icon = L.divIcon({ className: "gs-place", html, iconSize: [22, 22] });
      asButton(L.marker(item.at, { icon }), item.card, item.at).addTo(shapes);
    }
    return { shapes };
  }

  async function circles(layer) {
    const shapes = L.featureGroup();
    for (const item of layer.items) {
      const circle = L.circleMarker(item.at, { className: "gs-circle", radius: item.radius });
      asButton(circle, item.card, item.at).addTo(shapes);
    }
    return { shapes };
  }

  const makers = { roads, density, areas, lines, places, circles };

  // ---------------------------------------------------------------- controls

  function swatch(layer) {
    if (layer.kind === "places") return symbol(layer, "open");
    return element("span", { class: `gs-swatch gs-swatch-${layer.kind}`, "aria-hidden": "true" });
  }

  function layerRow(layer, shapes) {
    const box = element("input", { type: "checkbox", id: `gs-toggle-${layer.id}` });
    box.checked = layer.shown;
    const label = element("label", { for: box.id }, swatch(layer), isolated("span", layer.name));
    const legend = element("div", { class: "gs-legend", hidden: !layer.shown });
    if (layer.kind === "density") legend.append(...densityLegend(layer));
    for (const line of layer.notes) legend.append(element("p", {}, line));
    box.addEventListener("change", () => {
      if (box.checked) map.addLayer(shapes);
      else map.removeLayer(shapes);
      legend.hidden = !box.checked;
    });
    const row = element("div", { class: "gs-layer", id: `gs-layer-${layer.id}` }, box, label);
    if (legend.childNodes.length) row.append(legend);
    return row;
  }

  function statusLegend() {
    const list = element("p", { class: "gs-statuses" });
    for (const [status, label] of scene.statuses) {
      const drawn = symbol({ path: "M3 3 H17 V17 H3 Z", colour: "#444" }, status);
      list.append(element("span", {}, drawn, label));
    }
    return scene.statuses.length ? list : null;
  }

  function addPanel(made) {
    const rows = made.map(({ layer, shapes }) => layerRow(layer, shapes));
    const panel = element(
      "details",
      { class: "gs-panel", dir: scene.dir, lang: scene.lang, id: "gs-panel" },
      element("summary", {}, words.layers),
      ...rows.reverse(), // the topmost layer first
      statusLegend(),
      ...scene.notes.map((note) => element("p", { class: "gs-note" }, note)),
    );
    panel.open = map.getContainer().clientWidth >= 640;
    const control = L.control({ position: `top${end}` });
    control.onAdd = () => panel;
    control.addTo(map);
    L.DomEvent.disableClickPropagation(panel).disableScrollPropagation(panel);
    return panel;
  }

  function addScale() {
    const bar = element("div", { class: "gs-scale", dir: scene.dir, lang: scene.lang });
    const control = L.control({ position: `bottom${start}` });
    control.onAdd = () => bar;
    control.addTo(map);
    function measure() {
      // Metres on the ground along the middle row of the map, so the latitude is accounted for.
      const middle = map.getSize().y / 2;
      const ground = map.distance(
        map.containerPointToLatLng([0, middle]),
        map.containerPointToLatLng([100, middle]),
      );
      const power = 10 ** Math.floor(Math.log10(ground));
      const round = [5, 2, 1].find((step) => step * power <= ground) * power;
      const [value, unit] = round >= 1000 ? [round / 1000, words.km] : [round, words.m];
      bar.style.width = `${(100 * round) / ground}px`;
      bar.textContent = unit.replace("{n}", inDigits(String(value)));
    }
    map.on("zoomend moveend resize", measure);
    measure();
  }

  function addHeadings() {
    const stamp = element("p", { class: `gs-stamp gs-for-${scene.audience}` });
    scene.stamp.forEach((part, i) => stamp.append(isolated(i ? "span" : "strong", part)));
    const head = element("header", { class: "gs-head" }, isolated("h1", scene.title), stamp);
    document.body.prepend(head);
    map.invalidateSize({ animate: false });
  }

  function prepareMap() {
    const panes = { "gs-roads": 210, "gs-density": 350, "gs-labels": 450 };
    for (const [name, height] of Object.entries(panes)) {
      const pane = map.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
    }
    map.getContainer().setAttribute("aria-label", scene.title);
    map.getContainer().setAttribute("role", "application");
    L.control
      .zoom({ position: `top${start}`, zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out })
      .addTo(map);
    map.on("popupopen", ({ popup }) => {
      const close = popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) close.setAttribute("aria-label", words.close);
    });
  }

  function showAll(panel) {
    const beside = panel.open ? panel.offsetWidth + 20 : 0;
    map.fitBounds(scene.bounds, {
      animate: false,
      paddingTopLeft: [end === "left" ? beside : 8, 8],
      paddingBottomRight: [end === "right" ? beside : 8, 8],
    });
  }

  async function draw() {
    addHeadings();
    prepareMap();
    if (typeof DecompressionStream === "undefined") {
      say(words.too_old);
      return;
    }
    const made = [];
    for (const layer of scene.layers) made.push({ layer, ...(await makers[layer.kind](layer)) });
    showAll(addPanel(made));
    addScale();
    for (const { layer, shapes } of made) if (layer.shown) map.addLayer(shapes);
    const shown = made.filter(({ layer, ready }) => layer.shown && ready);
    await Promise.all([document.fonts.ready, ...shown.map(({ ready }) => ready())]);
  }

  // Resolves when everything is drawn.
  window.gsReady = draw();
  window.gsReady.catch((problem) => say(`${words.failed} ${problem.message}`));
})();
