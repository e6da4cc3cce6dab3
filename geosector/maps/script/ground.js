// Shapes of the basemap: many, small, never changing. Read once into plain arrays, found by the
// square of the map they lie in, and simplified by zoom.
(function (gs) {
  "use strict";

  const SQUARES = 2 ** 14; // of the world along each side: 2 km wide at 36° north
  const MOST_SQUARES = 100; // what covers more is looked at for every tile
  const SLICE = 2000; // shapes put into squares without a pause: a few milliseconds
  const HALF_PIXEL = 0.5 / 256; // of a tile: where the world is 1 wide at zoom 0

  // Whole numbers as encoding.pack_shapes wrote them: {points, starts, labels}.
  // Between slices of the work `pause` is waited for, where it is given.
  gs.readShapes = async (packed, rings, pause) => {
    const bytes = await gs.unpack(packed);
    if (pause) await pause();
    const numbers = gs.readNumbers(bytes);
    if (pause) await pause();
    const count = numbers[0];
    let next = 1;
    const labels = new Int32Array(count);
    const starts = new Uint32Array(count + 1);
    for (let i = 0, label = 0; i < count; i++) labels[i] = label += numbers[next++];
    for (let i = 0; i < count; i++) starts[i + 1] = starts[i] + numbers[next++];
    const points = new Int32Array(2 * starts[count]);
    for (let axis = 0; axis < 2; axis++) {
      for (let i = 0, at = 0; i < count; i++) points[2 * starts[i] + axis] = at += numbers[next++];
    }
    // The shapes that have so many points, the others taken out on the way.
    const longer = new Uint32Array(count);
    for (let i = 0; i < count; i++) longer[i] = i;
    for (let place = 1, left = count; left; place++) {
      if (pause) await pause();
      let kept = 0;
      for (let k = 0; k < left; k++) {
        const i = longer[k];
        if (starts[i + 1] - starts[i] <= place) continue;
        longer[kept++] = i;
        const at = 2 * (starts[i] + place);
        for (let to = at; to < at + 2; to++) {
          let step = numbers[next++];
          if (rings && place > 2) step -= points[to - 4] - points[to - 6];
          else if (!rings && place > 1) step += points[to - 2] - points[to - 4];
          points[to] = points[to - 2] + step;
        }
      }
      left = kept;
    }
    return { points, starts, labels };
  };

  // Web Mercator with the whole world from 0 to 1, south downwards.
  gs.worldX = (lon) => (lon + 180) / 360;
  gs.worldY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

  // From which zoom on a point between two others is needed: where the line without it would lie
  // half a pixel or more beside it (the way of U. Ramer, 1972, and D. Douglas and T. Peucker, 1973).
  function needed(world, from, first, last, atLeast) {
    let worst = 0;
    let middle = -1;
    for (let i = first + 1; i < last; i++) {
      const away = offLine2(world[2 * i], world[2 * i + 1], world, first, last);
      if (away > worst) {
        worst = away;
        middle = i;
      }
    }
    if (middle < 0) {
      for (let i = first + 1; i < last; i++) from[i] = 255;
      return;
    }
    // Not before the points around it, or it would be drawn without them.
    const own = Math.max(atLeast, Math.min(254, Math.ceil(Math.log2(HALF_PIXEL / Math.sqrt(worst)))));
    from[middle] = own;
    if (middle > first + 1) needed(world, from, first, middle, own);
    if (middle < last - 1) needed(world, from, middle, last, own);
  }

  // How far a place is from the line between two points, and the square of that.
  gs.offLine = (x, y, world, a, b) => Math.sqrt(offLine2(x, y, world, a, b));

  function offLine2(x, y, world, a, b) {
    const x0 = world[2 * a];
    const y0 = world[2 * a + 1];
    const dx = world[2 * b] - x0;
    const dy = world[2 * b + 1] - y0;
    const along = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
    const t = along < 0 ? 0 : along > 1 ? 1 : along;
    const across = x - x0 - t * dx;
    const down = y - y0 - t * dy;
    return across * across + down * down;
  }

  function key(column, row) {
    return column * SQUARES + row;
  }

  // {world, from, starts, labels, box, size, near(x0, y0, x1, y1), prepare(i)}: shapes to be drawn.
  // Where the points of a shape lie, and from which zoom on, is reckoned when it is first asked
  // for, by `prepare`.
  gs.readGround = async (packed, unit, rings, pause) => {
    const { points, starts, labels } = await gs.readShapes(packed, rings, pause);
    const count = labels.length;
    const world = new Float64Array(points.length);
    const from = new Uint8Array(points.length / 2);
    const box = new Float64Array(4 * count);
    const squares = new Map();
    const wide = [];
    for (let i = 0; i < count; i++) {
      if (pause && i % SLICE === 0) await pause();
      let west = points[2 * starts[i]];
      let south = points[2 * starts[i] + 1];
      let east = west;
      let north = south;
      for (let at = 2 * starts[i] + 2; at < 2 * starts[i + 1]; at += 2) {
        if (points[at] < west) west = points[at];
        else if (points[at] > east) east = points[at];
        if (points[at + 1] < south) south = points[at + 1];
        else if (points[at + 1] > north) north = points[at + 1];
      }
      box[4 * i] = gs.worldX(west * unit);
      box[4 * i + 1] = gs.worldY(north * unit);
      box[4 * i + 2] = gs.worldX(east * unit);
      box[4 * i + 3] = gs.worldY(south * unit);
      put(i, Math.floor(box[4 * i] * SQUARES), Math.floor(box[4 * i + 1] * SQUARES),
        Math.floor(box[4 * i + 2] * SQUARES), Math.floor(box[4 * i + 3] * SQUARES));
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

    const prepared = new Uint8Array(count);
    function prepare(i) {
      if (prepared[i]) return;
      prepared[i] = 1;
      for (let at = 2 * starts[i]; at < 2 * starts[i + 1]; at += 2) {
        world[at] = gs.worldX(points[at] * unit);
        world[at + 1] = gs.worldY(points[at + 1] * unit);
      }
      needed(world, from, starts[i], starts[i + 1] - 1, 0);
    }

    // The shapes that may be seen between west, north, east and south, each once, in their order.
    const asked = new Uint32Array(count); // the turn in which a shape was last looked at
    let turn = 0;
    function near(x0, y0, x1, y1) {
      turn++;
      const found = [];
      function look(shapes) {
        for (let k = 0; k < shapes.length; k++) {
          const i = shapes[k];
          if (asked[i] === turn) continue;
          asked[i] = turn;
          const at = 4 * i;
          if (box[at + 2] >= x0 && box[at] <= x1 && box[at + 3] >= y0 && box[at + 1] <= y1) found.push(i);
        }
      }
      look(wide);
      const [left, right] = [Math.floor(x0 * SQUARES), Math.floor(x1 * SQUARES)];
      const [top, bottom] = [Math.floor(y0 * SQUARES), Math.floor(y1 * SQUARES)];
      if ((right - left + 1) * (bottom - top + 1) > squares.size) squares.forEach(look);
      else {
        for (let column = left; column <= right; column++) {
          for (let row = top; row <= bottom; row++) look(squares.get(key(column, row)) || []);
        }
      }
      return Array.from(Uint32Array.from(found).sort());
    }

    const size = (i) => Math.max(box[4 * i + 2] - box[4 * i], box[4 * i + 3] - box[4 * i + 1]);
    return { world, from, starts, labels, size, near, prepare };
  };
})(window.gs);
