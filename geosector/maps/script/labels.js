// Names on the map: along lines, and which of them give way where there is no room for all.
(function (gs) {
  "use strict";

  const ROOM = 1.3; // a line is at least so many times as long as its name
  const SHARES = [0.5, 0.3, 0.7]; // of a line, where its name may stand
  const MOST = 200; // names: each that is tried costs the browser a layout
  const APART = 300; // pixels between two names that are the same

  // Where a share of a line on the screen ends, and which way the line goes there.
  function along(at, share) {
    const lengths = at.slice(1).map((point, i) => point.distanceTo(at[i]));
    let left = share * lengths.reduce((sum, one) => sum + one, 0);
    let i = 0;
    while (i < lengths.length - 1 && left > lengths[i]) left -= lengths[i++];
    const way = at[i + 1].subtract(at[i]);
    const place = at[i].add(way.multiplyBy(lengths[i] ? left / lengths[i] : 0));
    const turn = (Math.atan2(way.y, way.x) * 180) / Math.PI;
    // Never upside down.
    return { place, turn: turn > 90 ? turn - 180 : turn <= -90 ? turn + 180 : turn };
  }

  function onScreen({ points }) {
    const at = points.map((point) => gs.map.latLngToLayerPoint(point));
    const length = at.slice(1).reduce((sum, point, i) => sum + point.distanceTo(at[i]), 0);
    return { at, length };
  }

  // ---------------------------------------------------------------- which names give way

  function covers(box, other) {
    return box.left < other.right && other.left < box.right &&
      box.top < other.bottom && other.top < box.bottom;
  }

  function boxes(selector) {
    const found = [...gs.map.getContainer().querySelectorAll(selector)];
    return found.filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect());
  }

  // Numbers of sectors and symbols of places stay. A name stays where it covers none of them, nor
  // a name before it: first those of sectors, then those of borders, longer lines first.
  function arrange() {
    const taken = [...boxes(".gs-label b"), ...boxes(".gs-place")];
    function settle(element) {
      const box = element.getBoundingClientRect();
      const free = !taken.some((other) => covers(box, other));
      element.style.visibility = free ? "" : "hidden";
      if (free) taken.push(box);
      return free;
    }
    gs.map.getContainer().querySelectorAll(".gs-label span:not([hidden])").forEach(settle);
    const placed = [];
    const found = lines.filter(({ marker }) => marker._map);
    for (const line of found) Object.assign(line, onScreen(line), { wide: line.element.offsetWidth });
    for (const { element } of found) element.style.visibility = "hidden";
    const long = found.filter(({ length, wide }) => length >= ROOM * wide);
    long.sort((a, b) => b.length - a.length);
    for (const { name, element, marker, at } of long.slice(0, MOST)) {
      for (const share of SHARES) {
        const { place, turn } = along(at, share);
        if (placed.some((one) => one.name === name && one.place.distanceTo(place) < APART)) continue;
        marker.setLatLng(gs.map.layerPointToLatLng(place));
        element.style.transform = `translate(-50%, -50%) rotate(${turn.toFixed(1)}deg)`;
        if (!settle(element)) continue;
        placed.push({ name, place });
        break;
      }
    }
  }

  // ---------------------------------------------------------------- names of lines

  const lines = [];

  // named: [{name, points}]. The names come and go with the layer.
  gs.lineLabels = (named, layer) => {
    const shapes = L.layerGroup();
    for (const { name, points } of named) {
      const element = gs.worded("span", { class: "gs-line-name" }, name);
      const html = gs.element("div", { "aria-hidden": "true" }, element);
      const icon = L.divIcon({ className: "gs-label-place", html, iconSize: null });
      const options = { icon, pane: "gs-labels", interactive: false, keyboard: false };
      lines.push({ name, points, element, marker: L.marker(points[0], options).addTo(shapes) });
    }
    layer.on("add", () => shapes.addTo(gs.map)).on("remove", () => shapes.remove());
  };

  gs.start.push(async () => {
    gs.map.on("zoomend layeradd layerremove", () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(arrange); // once, however many layers come at a time
    });
    gs.onLanguage(arrange);
    await document.fonts.ready;
    arrange();
  });
  let waiting = 0;
  gs.arrangeLabels = arrange;
})(window.gs);
