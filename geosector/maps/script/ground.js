// Shapes of the basemap: many, small, never changing. Read once into plain arrays, found by the
// square of the map they lie in, and simplified by zoom.
(function (gs) {
  "use strict";

  const SQUARES = 2 ** 14; // of the world along each side: 2 km wide at 36° north
  const MOST_SQUARES = 100; // what covers more is looked at for every tile
  const HALF_PIXEL = 0.5 / 256; // of a tile: where the world is 1 wide at zoom 0

  // Whole numbers as encoding.pack_shapes wrote them: {points, starts, labels}.
  gs.readShapes = async (packed, rings) => {
    const reader = gs.numberReader(await gs.unpack(packed));
    const count = reader.next();
    const labels = new Int32Array(count);
    const starts = new Uint32Array(count + 1);
    for (let i = 0, label = 0; i < count; i++) labels[i] = label += reader.next();
    for (let i = 0; i < count; i++) starts[i + 1] = starts[i] + reader.next();
    const points = new Int32Array(2 * starts[count]);
    const steps = new Int32Array(points.length);
    for (let axis = 0; axis < 2; axis++) {
      for (let i = 0, at = 0; i < count; i++) points[2 * starts[i] + axis] = at += reader.next();
    }
    let left = Uint32Array.from({ length: count }, (_, i) => i);
    for (let place = 1; left.length; place++) {
      left = left.filter((i) => starts[i + 1] - starts[i] > place);
      for (const i of left) {
        for (let at = 2 * (starts[i] + place), axis = 0; axis < 2; axis++, at++) {
          let step = reader.next();
          if (rings && place > 2) step -= steps[at - 4];
          else if (!rings && place > 1) step += steps[at - 2];
          steps[at] = step;
          points[at] = points[at - 2] + step;
        }
      }
    }
    return { points, starts, labels };
  };

  // Web Mercator with the whole world from 0 to 1, south downwards.
  gs.worldX = (lon) => (lon + 180) / 360;
  gs.worldY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

  // From which zoom on a point between two others is needed: where the line without it would lie
  // half a pixel or more beside it (the way of U. Ramer, 1972, and D. Douglas and T. Peucker, 1973).
  function needed(world, from, first, last) {
    const todo = [[first, last, 0]];
    while (todo.length) {
      const [a, b, atLeast] = todo.pop();
      let worst = 0;
      let middle = -1;
      for (let i = a + 1; i < b; i++) {
        const away = gs.offLine(world[2 * i], world[2 * i + 1], world, a, b);
        if (away > worst) {
          worst = away;
          middle = i;
        }
      }
      if (middle < 0) {
        for (let i = a + 1; i < b; i++) from[i] = 255;
        continue;
      }
      // Not before the points around it, or it would be drawn without them.
      from[middle] = Math.max(atLeast, Math.min(254, Math.ceil(Math.log2(HALF_PIXEL / worst))));
      todo.push([a, middle, from[middle]], [middle, b, from[middle]]);
    }
  }

  // How far a place is from the line between two points.
  gs.offLine = (x, y, world, a, b) => {
    const [x0, y0] = [world[2 * a], world[2 * a + 1]];
    const [dx, dy] = [world[2 * b] - x0, world[2 * b + 1] - y0];
    const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.max(0, Math.min(1, along));
    return Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
  };

  function key(column, row) {
    return column * SQUARES + row;
  }

  // {world, from, starts, labels, box, size, near(x0, y0, x1, y1)}: shapes ready to be drawn.
  gs.readGround = async (packed, unit, rings) => {
    const { points, starts, labels } = await gs.readShapes(packed, rings);
    const count = labels.length;
    const world = new Float64Array(points.length);
    const from = new Uint8Array(points.length / 2);
    const box = new Float64Array(4 * count);
    const squares = new Map();
    const wide = [];
    for (let i = 0; i < count; i++) {
      let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let at = starts[i]; at < starts[i + 1]; at++) {
        const x = (world[2 * at] = gs.worldX(points[2 * at] * unit));
        const y = (world[2 * at + 1] = gs.worldY(points[2 * at + 1] * unit));
        if (x < west) west = x;
        if (x > east) east = x;
        if (y < north) north = y;
        if (y > south) south = y;
      }
      box.set([west, north, east, south], 4 * i);
      if (starts[i + 1] - starts[i] > 2) needed(world, from, starts[i], starts[i + 1] - 1);
      put(i, Math.floor(west * SQUARES), Math.floor(north * SQUARES),
        Math.floor(east * SQUARES), Math.floor(south * SQUARES));
    }

    function put(i, left, top, right, bottom) {
      if ((right - left + 1) * (bottom - top + 1) > MOST_SQUARES) {
        wide.push(i);
        return;
      }
      for (let column = left; column <= right; column++) {
        for (let row = top; row <= bottom; row++) {
          const square = squares.get(key(column, row));
          if (square) square.push(i);
          else squares.set(key(column, row), [i]);
        }
      }
    }

    function touches(i, x0, y0, x1, y1) {
      const at = 4 * i;
      return box[at + 2] >= x0 && box[at] <= x1 && box[at + 3] >= y0 && box[at + 1] <= y1;
    }

    // The shapes that may be seen between west, north, east and south, each once, in their order.
    function near(x0, y0, x1, y1) {
      const [left, right] = [Math.floor(x0 * SQUARES), Math.floor(x1 * SQUARES)];
      const [top, bottom] = [Math.floor(y0 * SQUARES), Math.floor(y1 * SQUARES)];
      const found = new Set(wide);
      if ((right - left + 1) * (bottom - top + 1) > squares.size) {
        for (const square of squares.values()) square.forEach((i) => found.add(i));
      } else {
        for (let column = left; column <= right; column++) {
          for (let row = top; row <= bottom; row++) {
            (squares.get(key(column, row)) || []).forEach((i) => found.add(i));
          }
        }
      }
      return [...found].filter((i) => touches(i, x0, y0, x1, y1)).sort((a, b) => a - b);
    }

    const size = (i) => Math.max(box[4 * i + 2] - box[4 * i], box[4 * i + 3] - box[4 * i + 1]);
    return { world, from, starts, labels, size, near };
  };
})(window.gs);
