// Online tiles, where the maker of the map asked for them.
(function (gs) {
  "use strict";

  const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

  gs.makers.tiles = async (layer) => {
    const shapes = L.tileLayer(layer.url, {
      subdomains: layer.subdomains,
      maxNativeZoom: layer.deepest,
      errorTileUrl: NOTHING,
      // Servers such as OpenStreetMap's refuse who does not say from which site they ask; of the
      // address of the page this tells no more than the site.
      referrerPolicy: "strict-origin-when-cross-origin",
    });
    const source = gs.worded("p", { class: "gs-source gs-print" }, layer.attribution);
    gs.control(source, "bottom-end");
    const missing = gs.worded("p", { role: "status" }, gs.scene.words.tiles_missing);
    missing.hidden = true;
    shapes.on("add remove", () => {
      source.hidden = !gs.map.hasLayer(shapes);
    });
    shapes.on("tileerror", () => {
      missing.hidden = false;
    });
    shapes.on("tileload", ({ tile }) => {
      if (!tile.src.startsWith("data:")) missing.hidden = true;
    });
    return { shapes, legend: () => [missing] };
  };
})(window.gs);
