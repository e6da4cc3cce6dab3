// Water, buildings and roads: drawn on tiles of our own, so that no tile comes from elsewhere.
(function (gs) {
  "use strict";

  const EDGE = 12; // pixels: the widest line reaches this far into the next tile
  const LEAST = 2; // pixels: what is smaller is not drawn
  const REACH = 6; // pixels from a road within which a click means it

  // What a tile shows: where it lies, how many pixels the world is wide, which shapes it may hold.
  function view(ground, coords, size) {
    if (!ground) return { shapes: [] };
    const scale = size * 2 ** coords.z;
    const [west, north] = [coords.x * size, coords.y * size];
    const shapes = ground.near(
      (west - EDGE) / scale, (north - EDGE) / scale,
      (west + size + EDGE) / scale, (north + size + EDGE) / scale,
    );
    return { ...ground, shapes, scale, west, north, zoom: coords.z };
  }

  // Add a shape to the path, without the points that cannot be told at this zoom.
  function trace(context, { world, from, starts, prepare, scale, west, north, zoom }, i) {
    prepare(i);
    const last = starts[i + 1] - 1;
    context.moveTo(world[2 * starts[i]] * scale - west, world[2 * starts[i] + 1] * scale - north);
    for (let at = starts[i] + 1; at <= last; at++) {
      if (from[at] > zoom) continue;
      context.lineTo(world[2 * at] * scale - west, world[2 * at + 1] * scale - north);
    }
  }

  const GroundTiles = L.GridLayer.extend({
    createTile(coords) {
      const size = this.getTileSize().x;
      if (coords.z < (this.options.fromZoom || 0)) return gs.element("div");
      const ratio = window.devicePixelRatio || 1;
      const tile = gs.element("canvas", { width: size * ratio, height: size * ratio });
      const { ground, paint } = this.options;
      const seen = view(ground(), coords, size);
      if (!seen.shapes.length) return tile; // what is never painted takes no memory
      const context = tile.getContext("2d");
      context.scale(ratio, ratio);
      context.lineCap = context.lineJoin = "round";
      paint(context, seen);
      return tile;
    },
  });

  function settled(tiles) {
    return new Promise((resolve) => {
      if (tiles.isLoading()) tiles.once("load", resolve);
      else resolve();
    });
  }

  // `ground` gives the shapes, or nothing as long as they are not read; `paint` paints what is seen.
  function tilesOf(layer, ground, paint) {
    const options = { pane: `gs-${layer.kind}`, fromZoom: layer.from_zoom };
    const shapes = new GroundTiles({ ...options, ground, paint });
    return { shapes, ready: () => settled(shapes) };
  }

  function fill(context, look, areas, seen) {
    context.beginPath();
    for (const i of areas) {
      trace(context, seen, i);
      context.closePath();
    }
    // Holes go round the other way than what they are in.
    context.fillStyle = look.colour;
    context.fill("nonzero");
    context.strokeStyle = look.edge;
    context.stroke();
  }

  // ---------------------------------------------------------------- water

  const LINE = 0; // of the labels of basemap.py

  gs.makers.water = async (layer) => {
    const ground = await gs.readGround(layer.shapes, layer.unit, false);
    return tilesOf(layer, () => ground, (context, seen) => {
      const large = seen.shapes.filter((i) => ground.size(i) * seen.scale >= LEAST);
      context.lineWidth = 0.8;
      fill(context, layer, large.filter((i) => ground.labels[i] !== LINE), seen);
      context.strokeStyle = layer.edge;
      context.lineWidth = Math.min(6, Math.max(0.8, 1.6 * 1.3 ** (seen.zoom - 14)));
      context.beginPath();
      for (const i of large) if (ground.labels[i] === LINE) trace(context, seen, i);
      context.stroke();
    });
  };

  // ---------------------------------------------------------------- buildings

  // A slice of work whenever the browser has nothing else to do.
  const idle = window.requestIdleCallback
    ? () => new Promise((resolve) => window.requestIdleCallback(resolve, { timeout: 200 }))
    : () => new Promise((resolve) => setTimeout(resolve, 20));

  gs.makers.buildings = async (layer) => {
    // Most maps are opened to look at the whole city, where no building is seen: they are read
    // little by little when the map is drawn, and at once when they are wanted before that.
    let ground = null;
    let wanted = false;
    let reading = null;
    const made = tilesOf(layer, () => ground, (context, seen) => {
      context.lineWidth = 0.6;
      fill(context, layer, seen.shapes.filter((i) => ground.size(i) * seen.scale >= LEAST), seen);
    });
    async function readAll() {
      ground = await gs.readGround(layer.shapes, layer.unit, true, () => (wanted ? null : idle()));
      if (wanted) made.shapes.redraw();
    }
    async function want() {
      if (!gs.map.hasLayer(made.shapes) || gs.map.getZoom() < layer.from_zoom - 0.5) return;
      wanted = true;
      await (reading ||= readAll());
    }
    made.shapes.on("add", want);
    gs.map.on("zoomend", want);
    gs.later.push(() => (reading ||= readAll()));
    return { ...made, ready: () => want().then(made.ready) };
  };

  // ---------------------------------------------------------------- roads

  gs.makers.roads = async (layer) => {
    let ground = null;
    const classes = layer.looks.length;
    const made = tilesOf(layer, () => ground, (context, seen) => {
      layer.looks.forEach((look, kind) => {
        if (seen.zoom < look.from_zoom) return;
        context.strokeStyle = look.colour;
        context.lineWidth = Math.min(14, Math.max(0.4, look.width * 1.4 ** (seen.zoom - 14)));
        context.beginPath();
        for (const i of seen.shapes) if (ground.labels[i] % classes === kind) trace(context, seen, i);
        context.stroke();
      });
    });

    // The road within reach of a click, the nearest where there are several.
    function nearest({ lat, lng }) {
      const [x, y] = [gs.worldX(lng), gs.worldY(lat)];
      let reach = REACH / (256 * 2 ** gs.map.getZoom());
      let found = null;
      const { labels } = ground;
      for (const i of ground.near(x - reach, y - reach, x + reach, y + reach)) {
        if (gs.map.getZoom() < layer.looks[labels[i] % classes].from_zoom) continue;
        ground.prepare(i);
        for (let at = ground.starts[i]; at < ground.starts[i + 1] - 1; at++) {
          const away = gs.offLine(x, y, ground.world, at, at + 1);
          if (away < reach) [reach, found] = [away, i];
        }
      }
      return found;
    }

    gs.map.on("click", ({ latlng }) => {
      const road = ground && gs.map.hasLayer(made.shapes) ? nearest(latlng) : null;
      if (road === null) return;
      const look = layer.looks[ground.labels[road] % classes];
      const title = layer.names[Math.floor(ground.labels[road] / classes)] || look.label;
      gs.showCard({ title, rows: [[gs.scene.words.road_class, look.label]] }, latlng);
    });
    ground = await gs.readGround(layer.shapes, layer.unit, false);
    return made;
  };
})(window.gs);
