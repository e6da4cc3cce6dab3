// On paper: an A4 page, landscape, with the map beside its legend. While it is printed the map has
// the size of the paper, since a map that was laid out for a screen would be cut off.
(function (gs) {
  "use strict";

  const { map } = gs;
  let before = null;

  function begin() {
    if (before) return;
    const panel = document.getElementById("gs-panel");
    before = {
      panel, open: panel.open, home: panel.parentElement,
      zoom: map.getZoom(), center: map.getCenter(), bounds: map.getBounds(), snap: map.options.zoomSnap,
    };
    document.documentElement.classList.add("gs-printing");
    panel.open = true;
    document.body.append(panel);
    map.invalidateSize({ animate: false });
    map.options.zoomSnap = 0.05; // paper is not zoomed: the map may fill it
    // All of it where all of it was seen; else what was seen.
    const whole = L.latLngBounds(gs.scene.bounds);
    map.fitBounds(before.bounds.contains(whole) ? whole : before.bounds, { animate: false });
    gs.arrangeLabels();
    // A long legend is made smaller until all of it is on the page.
    panel.style.zoom = Math.min(1, map.getContainer().clientHeight / panel.scrollHeight);
  }

  function end() {
    if (!before) return;
    const { panel, open, home, zoom, center, snap } = before;
    before = null;
    panel.style.zoom = "";
    panel.open = open;
    home.append(panel);
    document.documentElement.classList.remove("gs-printing");
    map.invalidateSize({ animate: false });
    map.options.zoomSnap = snap;
    map.setView(center, zoom, { animate: false });
  }

  gs.start.push(async () => {
    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
  });
})(window.gs);
