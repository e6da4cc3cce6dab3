// Roads: drawn on tiles of our own, so that no tile comes from elsewhere.
(function (gs) {
  "use strict";

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
      const tile = gs.element("canvas", { width: size * ratio, height: size * ratio });
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

  gs.makers.roads = async (layer) => {
    const lines = await gs.readLines(layer.lines, layer.unit);
    const byKind = layer.looks.map(() => []);
    for (const line of lines) {
      const road = boxed(line, layer.looks.length);
      byKind[road.kind].push(road);
    }
    const tiles = new RoadTiles({ pane: "gs-roads", roads: byKind, looks: layer.looks });
    gs.map.on("click", (event) => {
      const road = gs.map.hasLayer(tiles) && nearestRoad(layer, byKind, event.latlng);
      if (road) {
        const look = layer.looks[road.kind];
        const title = layer.names[road.name] || look.label;
        gs.showCard({ title, rows: [[gs.scene.words.road_class, look.label]] }, event.latlng);
      }
    });
    return { shapes: tiles, ready: () => settled(tiles) };
  };

  // The road within 6 pixels of a click, the nearest where there are several.
  function nearestRoad(layer, byKind, latlng) {
    const [x, y] = worldOf([latlng.lat, latlng.lng]);
    let reach = 6 / (256 * 2 ** gs.map.getZoom());
    let found = null;
    layer.looks.forEach((look, kind) => {
      if (gs.map.getZoom() < look.from_zoom) return;
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
})(window.gs);
