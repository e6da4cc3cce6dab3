// Names on the map: along lines, and which of them give way where there is no room for all.
(function (gs) {
  "use strict";

  const ROOM = 1.3; // a line is at least so many times as long as its name
  const APART = 300; // pixels between two names that are the same

  // The middle of a line on the screen, its length in pixels, and which way it goes there.
  function middle(points) {
    const at = points.map((point) => gs.map.latLngToLayerPoint(point));
    const lengths = at.slice(1).map((point, i) => point.distanceTo(at[i]));
    const length = lengths.reduce((sum, one) => sum + one, 0);
    let left = length / 2;
    let i = 0;
    while (i < lengths.length - 1 && left > lengths[i]) left -= lengths[i++];
    const [from, to] = [at[i], at[i + 1]];
    const share = lengths[i] ? left / lengths[i] : 0;
    const place = from.add(to.subtract(from).multiplyBy(share));
    const turn = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
    // Never upside down.
    return { place, length, turn: turn > 90 ? turn - 180 : turn <= -90 ? turn + 180 : turn };
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
    for (const label of found) Object.assign(label, middle(label.points));
    found.sort((a, b) => b.length - a.length);
    for (const { name, element, marker, place, length, turn } of found) {
      marker.setLatLng(gs.map.layerPointToLatLng(place));
      element.style.transform = `translate(-50%, -50%) rotate(${turn.toFixed(1)}deg)`;
      const again = placed.some((other) => other.name === name && other.place.distanceTo(place) < APART);
      if (again || length < ROOM * element.offsetWidth) element.style.visibility = "hidden";
      else if (settle(element)) placed.push({ name, place });
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
