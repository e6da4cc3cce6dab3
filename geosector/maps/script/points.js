// Every incident as a point (geosector/maps/points.py): read when first needed, drawn on one
// canvas, found under the pointer. `gs.incidents` is what the table and the filters work with.
(function (gs) {
  "use strict";

  const TILE_BITS = 8; // planes.TILE_BITS
  const MOST_LOW_BITS = 11; // planes.MOST_LOW_BITS
  const FAR = 255; // planes.FAR

  // ---------------------------------------------------------------- reading

  // Tiles as planes.pack_places wrote them: where each begins, and which of the points are in it.
  function readTiles(bytes) {
    const reader = gs.numberReader(bytes);
    const tiles = [];
    let row = 0;
    let column = 0;
    let first = 0;
    while (reader.more()) {
      row += reader.next();
      column += reader.next();
      const end = first + reader.next() + 1;
      // One low bit less for each doubling of the number of points.
      const low = Math.max(MOST_LOW_BITS - (32 - Math.clz32(end - first - 1)), 0);
      tiles.push({ row: row << TILE_BITS, column: column << TILE_BITS, first, end, low });
      first = end;
    }
    return tiles;
  }

  async function readPlaces(places) {
    const packed = [places.tiles, places.steps, places.far, places.bits];
    const [heads, high, beyond, bits] = await Promise.all(packed.map(gs.unpack));
    const tiles = readTiles(heads);
    const far = gs.numberReader(beyond);
    const steps = new Int32Array(high);
    for (let i = 0; i < steps.length; i++) if (steps[i] === FAR) steps[i] += far.next();
    for (const { first, end, low } of tiles) {
      for (let i = first; i < end; i++) steps[i] <<= low;
    }
    let at = 0;
    for (let place = 0; place < MOST_LOW_BITS; place++) {
      for (const { first, end, low } of tiles) {
        if (low <= place) continue;
        for (let i = first; i < end; i++, at++) steps[i] |= ((bits[at >> 3] >> (at & 7)) & 1) << place;
      }
    }
    const eastings = new Int32Array(steps.length);
    const southings = new Int32Array(steps.length);
    const mask = (1 << TILE_BITS) - 1;
    for (const tile of tiles) {
      let inside = 0;
      for (let i = tile.first; i < tile.end; i++) {
        inside += steps[i];
        eastings[i] = tile.column + (inside & mask);
        southings[i] = tile.row + (inside >> TILE_BITS);
      }
    }
    return { tiles, eastings, southings };
  }

  // Codes as planes.pack_codes wrote them, one for each point.
  async function readCodes(packed, count) {
    const [bits, ...planes] = await Promise.all([packed.bits, ...packed.planes].map(gs.unpack));
    if (packed.group === 1 && planes.length === 1 && !packed.low) return planes[0];
    const codes = planes.length > 1 || packed.low > 8 ? new Int32Array(count) : new Uint16Array(count);
    if (packed.group > 1) {
      for (let i = 0, at = 0; i < count; at++) {
        let rest = planes[0][at];
        for (let k = 0; k < packed.group && i < count; k++, i++) {
          codes[i] = rest % packed.base;
          rest = Math.floor(rest / packed.base);
        }
      }
    } else {
      planes.forEach((plane, place) => {
        for (let i = 0; i < count; i++) codes[i] |= plane[i] << (8 * place);
      });
    }
    if (!packed.low) return codes;
    for (let i = 0; i < count; i++) codes[i] <<= packed.low;
    let at = 0;
    for (let place = 0; place < packed.low; place++) {
      for (let i = 0; i < count; i++, at++) codes[i] |= ((bits[at >> 3] >> (at & 7)) & 1) << place;
    }
    return codes;
  }

  // ---------------------------------------------------------------- what the points say

  const DAY_MS = 86400000;

  gs.length = (metres) => {
    if (metres < 1000) return gs.with("m", { n: { number: String(metres) } });
    return gs.with("km", { n: { number: (metres / 1000).toFixed(1) } });
  };

  // The points of a layer. Places and each column are unpacked when they are first asked for.
  class Incidents {
    constructor(layer) {
      this.layer = layer;
      this.count = layer.places.count;
      this.columns = new Map(layer.columns.map((column) => [column.id, column]));
      this.codes = new Map();
      this.conditions = new Map(); // filters and period: of each point whether it passes
      this.passes = null; // … all of them; null: there is none
      this.passing = this.count;
      this.period = null; // what the slider over time stands at: {name, days}
      this.listeners = []; // called when other points pass
      this.followers = []; // called with the point whose card is open
    }

    // Unpack the places and these columns; all columns if none is named.
    async load(...names) {
      this.placed ||= readPlaces(this.layer.places).then((read) => Object.assign(this, read));
      const wanted = names.length ? names : [...this.columns.keys()];
      await Promise.all([this.placed, ...wanted.map((name) => this.loadColumn(name))]);
      return this;
    }

    async loadColumn(name) {
      const column = this.columns.get(name);
      if (!column || this.codes.has(name)) return;
      const codes = await readCodes(column, this.count);
      if (column.precision) this.vague = await readCodes(column.precision, this.count);
      this.codes.set(name, codes);
    }

    code(name, i) {
      const codes = this.codes.get(name);
      return codes ? codes[i] : 0;
    }

    // What a column says of a point; null where it says nothing.
    value(name, i) {
      const code = this.code(name, i);
      if (!code) return null;
      const column = this.columns.get(name);
      if (column.type === "names") return column.values[code - 1];
      if (column.type === "days") {
        const precision = ["day", "month", "year"][this.vague ? this.vague[i] : 0];
        return { day: this.dayOf(code), precision };
      }
      if (name === "radius_m") return gs.length(code - 1);
      const most = this.code(`${name}_most`, i);
      const least = { number: String(code - 1) };
      return most > code ? { parts: [least, "–", { number: String(most - 1) }] } : least;
    }

    latlng(i) {
      const { x, y, unit } = this.layer.places;
      const south = y + unit * this.southings[i];
      const lat = (360 / Math.PI) * Math.atan(Math.exp((0.5 - south) * 2 * Math.PI)) - 90;
      return L.latLng(lat, 360 * (x + unit * this.eastings[i]) - 180);
    }

    title(i) {
      return this.value("locality", i) ?? this.value("kind", i) ?? gs.scene.words.incident;
    }

    card(i) {
      const title = this.title(i);
      const rows = [];
      for (const column of this.layer.columns) {
        if (column.id.endsWith("_most")) continue;
        const value = this.value(column.id, i);
        if (value !== null && value !== title) rows.push([column.label, value]);
      }
      const here = this.stacked(i);
      if (here > 1) rows.push([gs.scene.words.same_place, { number: String(here) }]);
      return { title, rows };
    }

    // How many that pass lie on the very place of a point; they follow one another.
    stacked(i) {
      let count = 0;
      const same = (j) => this.eastings[j] === this.eastings[i] && this.southings[j] === this.southings[i];
      let first = i;
      while (first > 0 && same(first - 1)) first--;
      for (let j = first; j < this.count && same(j); j++) count += this.shows(j) ? 1 : 0;
      return count;
    }

    shows(i) {
      return !this.passes || this.passes[i] === 1;
    }

    // Call `each` with the points in a box of the world that pass the filters, until it says true.
    within([west, north, east, south], each) {
      const { eastings, southings, passes } = this;
      const { x, y, unit } = this.layer.places;
      const side = 1 << TILE_BITS;
      const [c0, c1] = [(west - x) / unit, (east - x) / unit];
      const [r0, r1] = [(north - y) / unit, (south - y) / unit];
      for (const { column, row, first, end } of this.tiles) {
        if (column > c1 || column + side < c0 || row > r1 || row + side < r0) continue;
        for (let i = first; i < end; i++) {
          if (passes && !passes[i]) continue;
          const c = eastings[i];
          const r = southings[i];
          if (c < c0 || c > c1 || r < r0 || r > r1) continue;
          if (each(i) === true) return;
        }
      }
    }

    // Open the card of a point and tell those who follow it, so that the table marks its row.
    open(i) {
      this.chosen = i;
      gs.showCard(this.card(i), this.latlng(i));
      this.followers.forEach((follow) => follow(i));
    }

    // Let only those pass that one more condition lets; null takes the condition away.
    narrow(by, passes) {
      if (passes) this.conditions.set(by, passes);
      else this.conditions.delete(by);
      const [one = null, other] = this.conditions.values();
      this.passes = other ? Uint8Array.from(one) : one;
      this.passing = this.count;
      if (one) {
        this.passing = 0;
        for (let i = 0; i < this.count; i++) {
          if (other) this.passes[i] &= other[i];
          this.passing += this.passes[i];
        }
      }
      this.listeners.forEach((listener) => listener());
    }

    // The day of a code, as it is written.
    dayOf(code) {
      const first = Date.parse(this.columns.get("date").first);
      return new Date(first + (code - 1) * DAY_MS).toISOString().slice(0, 10);
    }

    // The code of a day; before the first day of all it is less than 1.
    dayCode(written) {
      return Math.round((Date.parse(written) - Date.parse(this.columns.get("date").first)) / DAY_MS) + 1;
    }

    // Of each point the last day on which it may have been, as a code.
    lastDays() {
      const codes = this.codes.get("date");
      if (!this.vague) return codes;
      if (this.lasts) return this.lasts;
      const first = Date.parse(this.columns.get("date").first);
      const ends = [1, 2].map(() => new Int32Array(this.columns.get("date").last + 1)); // once a day
      const end = (code, year) => {
        const date = new Date(first + (code - 1) * DAY_MS);
        const [of, month] = [date.getUTCFullYear(), date.getUTCMonth()];
        const next = year ? Date.UTC(of + 1, 0, 1) : Date.UTC(of, month + 1, 1);
        return Math.round((next - first) / DAY_MS);
      };
      this.lasts = Int32Array.from(codes, (code, i) => {
        const vague = this.vague[i];
        return vague ? (ends[vague - 1][code] ||= end(code, vague === 2)) : code;
      });
      return this.lasts;
    }

    // Of each point whether it may have been on a day from `from` to `to`; `undated`, whether those
    // without a date pass.
    between(from, to, undated) {
      const firsts = this.codes.get("date");
      const lasts = this.lastDays();
      const passes = new Uint8Array(this.count);
      for (let i = 0; i < passes.length; i++) {
        const first = firsts[i];
        passes[i] = first ? (first <= to) & (lasts[i] >= from) : undated;
      }
      return passes;
    }

    // Let only those pass that may have been in a period; null: those of all periods.
    async during(period) {
      if (period === this.period) return;
      this.period = period;
      if (!period && !this.conditions.has("period")) return;
      await this.loadColumn("date");
      if (period !== this.period) return; // the reader has gone on
      this.narrow("period", period && this.between(...period.days.map((day) => this.dayCode(day)), 0));
    }

    // How many of a period are shown, and how many cannot be since nothing tells when they were.
    periodTold() {
      if (!this.conditions.has("period")) return "";
      const facts = { n: { number: String(this.passing) }, total: { number: String(this.count) } };
      const { missing } = this.columns.get("date");
      const undated = missing ? [" ", gs.with("undated", { n: { number: String(missing) } })] : [];
      return { parts: [gs.with("of_period", facts), ...undated] };
    }
  }

  // ---------------------------------------------------------------- drawing

  const MARK = 11; // pixels
  const MOST_MARKS = 8000; // of more points in view, dots of counts are drawn
  const DOT = 2; // pixels
  const MIXED = [58, 58, 70]; // dots in which several kinds lie

  function rgb(hex) {
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  // A small picture of a mark, to be stamped where points are.
  function stamp({ colour, path }, hollow, ratio) {
    const side = Math.ceil((MARK + 3) * ratio);
    const canvas = gs.element("canvas", { width: side, height: side });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.translate(1.5, 1.5);
    context.scale(MARK / 10, MARK / 10);
    const outline = new Path2D(path);
    context.lineJoin = "round";
    context.strokeStyle = hollow ? colour : "#fff";
    context.fillStyle = hollow ? "rgba(255, 255, 255, 0.75)" : colour;
    context.lineWidth = hollow ? 1.6 : 1.2;
    context.fill(outline);
    context.stroke(outline);
    return canvas;
  }

  const PointCanvas = L.Layer.extend({
    initialize(incidents) {
      this.incidents = incidents;
      const kinds = incidents.columns.get("kind");
      this.marks = [incidents.layer.plain, ...(kinds ? kinds.marks : [])];
    },

    getEvents() {
      return { moveend: this.draw, resize: this.draw };
    },

    onAdd(map) {
      if (!map.getPane("gs-points")) {
        const pane = map.createPane("gs-points");
        pane.style.zIndex = 420;
        pane.style.pointerEvents = "none";
      }
      const attributes = { class: "gs-points leaflet-zoom-hide", "aria-hidden": "true" };
      this.canvas = gs.element("canvas", attributes);
      map.getPane("gs-points").append(this.canvas);
      this.drawn = this.incidents.load("kind", "radius_m").then(() => this.draw());
    },

    onRemove() {
      this.canvas.remove();
      this.canvas = null;
    },

    draw() {
      const map = this._map;
      if (!this.canvas || !map || !this.incidents.tiles) return;
      const ratio = window.devicePixelRatio || 1;
      const size = map.getSize();
      const corner = map.containerPointToLayerPoint([0, 0]);
      L.DomUtil.setPosition(this.canvas, corner);
      this.canvas.width = size.x * ratio;
      this.canvas.height = size.y * ratio;
      this.canvas.style.width = `${size.x}px`;
      this.canvas.style.height = `${size.y}px`;
      const { x, y, unit } = this.incidents.layer.places;
      const scale = map.options.crs.scale(map.getZoom());
      const origin = map.getPixelOrigin().add(corner);
      const view = {
        size, ratio, step: unit * scale, left: x * scale - origin.x, top: y * scale - origin.y,
        box: [
          (origin.x - MARK) / scale, (origin.y - MARK) / scale,
          (origin.x + size.x + MARK) / scale, (origin.y + size.y + MARK) / scale,
        ],
      };
      const seen = [];
      this.incidents.within(view.box, (i) => seen.push(i) > MOST_MARKS);
      const dense = seen.length > MOST_MARKS;
      if (dense) this.drawCounts(view);
      else this.drawMarks(seen, view);
      this.canvas.dataset.drawn = dense ? "counts" : seen.length;
    },

    drawMarks(seen, { ratio, step, left, top }) {
      const context = this.canvas.getContext("2d");
      const { eastings, southings, layer } = this.incidents;
      const stamps = [false, true].map((hollow) =>
        this.marks.map((mark) => stamp(mark, hollow, ratio)),
      );
      const half = (MARK + 3) / 2;
      for (const i of seen) {
        const hollow = this.incidents.code("radius_m", i) > layer.rough_m + 1;
        const mark = stamps[Number(hollow)][this.incidents.code("kind", i)];
        const across = left + step * eastings[i] - half;
        const down = top + step * southings[i] - half;
        context.drawImage(mark, Math.round(across * ratio), Math.round(down * ratio));
      }
    },

    // Where points hide one another: dots of the kind's colour (grey where kinds mix), the
    // stronger the more points they stand for, the same at every zoom.
    drawCounts({ size, step, left, top, box, ratio }) {
      const wide = Math.ceil(size.x / DOT);
      const high = Math.ceil(size.y / DOT);
      const counts = new Uint32Array(wide * high);
      const kinds = new Uint16Array(wide * high);
      const several = 65535;
      const kind = this.incidents.codes.get("kind");
      const { eastings, southings } = this.incidents;
      const [stepX, x0, y0] = [step / DOT, left / DOT, top / DOT];
      this.incidents.within(box, (i) => {
        const column = (x0 + stepX * eastings[i]) | 0;
        const row = (y0 + stepX * southings[i]) | 0;
        if (column < 0 || column >= wide || row < 0 || row >= high) return;
        const dot = row * wide + column;
        const own = kind ? kind[i] : 0;
        if (!counts[dot]++) kinds[dot] = own;
        else if (kinds[dot] !== own) kinds[dot] = several;
      });
      const colours = this.marks.map((mark) => rgb(mark.colour));
      const image = new ImageData(wide, high);
      const pixels = new Uint32Array(image.data.buffer); // alpha, blue, green, red
      for (let dot = 0; dot < counts.length; dot++) {
        if (!counts[dot]) continue;
        const [red, green, blue] = kinds[dot] === several ? MIXED : colours[kinds[dot]];
        const alpha = Math.min(255, 110 + 18 * Math.log2(counts[dot]));
        pixels[dot] = (alpha << 24) | (blue << 16) | (green << 8) | red;
      }
      const small = gs.element("canvas", { width: wide, height: high });
      small.getContext("2d").putImageData(image, 0, 0);
      const context = this.canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.drawImage(small, 0, 0, wide * DOT * ratio, high * DOT * ratio);
    },
  });

  // What a period leaves of the points, what its edges mean, and a way back to all periods; it
  // stands wherever points are told of, since on a phone the slider may be folded.
  gs.periodLine = (incidents, back = null) => {
    const { words, layers } = gs.scene;
    const name = gs.worded("strong", {}, "");
    const told = gs.worded("span", {}, "");
    const line = gs.element("div", { class: "gs-period", hidden: true }, name, " ", told, back);
    const dates = incidents.columns.get("date");
    if (dates && dates.precision) line.append(gs.worded("p", {}, words.vague_in_periods));
    const fixed = layers.some(({ kind }) => kind === "circles" || kind === "areas");
    if (fixed) line.append(gs.worded("p", {}, words.all_the_time));
    incidents.listeners.push(() => {
      line.hidden = !incidents.conditions.has("period");
      if (line.hidden) return;
      gs.sayIn(name.firstChild, incidents.period.name);
      gs.sayIn(told.firstChild, incidents.periodTold());
    });
    return line;
  };

  function legend(incidents) {
    const kinds = incidents.columns.get("kind");
    const marks = gs.element("ul", { class: "gs-marks" });
    const told = kinds ? kinds.values.map((name, at) => [name, kinds.marks[at], kinds.counts[at + 1]]) : [];
    if (kinds && kinds.counts[0]) {
      told.push([gs.scene.words.not_stated, incidents.layer.plain, kinds.counts[0]]);
    }
    for (const [name, mark, count] of told.slice(0, 12)) {
      const item = gs.element("li", {}, gs.mark(mark), gs.worded("span", {}, name));
      item.append(" ", gs.worded("span", {}, { parts: ["(", { number: String(count) }, ")"] }));
      marks.append(item);
    }
    const dense = incidents.count > MOST_MARKS;
    return [gs.periodLine(incidents), marks, dense ? gs.worded("p", {}, gs.scene.words.points_dense) : null].filter(Boolean);
  }

  gs.mark = ({ colour, path }) => {
    const box = gs.svg("svg", { viewBox: "-1 -1 12 12", width: 12, height: 12, "aria-hidden": "true" });
    box.append(gs.svg("path", { d: path, fill: colour }));
    return box;
  };

  // ---------------------------------------------------------------- what lies under the pointer

  const REACH = 8; // pixels
  const MOST_LISTED = 10;

  // The points that pass within reach of a place of the screen, the nearest first.
  function reached(incidents, at) {
    const map = gs.map;
    const { x, y, unit } = incidents.layer.places;
    const scale = map.options.crs.scale(map.getZoom());
    const pixel = map.project(map.containerPointToLatLng(at), map.getZoom());
    const box = [-REACH, REACH].flatMap((away) => [(pixel.x + away) / scale, (pixel.y + away) / scale]);
    const found = [];
    incidents.within(box, (i) => {
      const across = (x + unit * incidents.eastings[i]) * scale - pixel.x;
      const down = (y + unit * incidents.southings[i]) * scale - pixel.y;
      const away = Math.hypot(across, down);
      if (away <= REACH) found.push([away, i]);
    });
    return found.sort((one, other) => one[0] - other[0] || one[1] - other[1]).map(([, i]) => i);
  }

  // A card that lists several points: each is a button that opens its own.
  function listContent(incidents, found) {
    const words = gs.scene.words;
    const list = gs.element("ul", { class: "gs-several" });
    for (const i of found.slice(0, MOST_LISTED)) {
      const said = ["date", "kind", "locality", "weapon", "cause"];
      const told = said.map((name) => incidents.value(name, i)).filter((value) => value !== null);
      const parts = told.flatMap((value, at) => (at ? [" · ", value] : [value]));
      const button = gs.worded("button", { type: "button" }, { parts: parts.length ? parts : [words.incident] });
      button.addEventListener("click", () => incidents.open(i));
      list.append(gs.element("li", {}, button));
    }
    const more = found.length - MOST_LISTED;
    const rest = more > 0 ? gs.worded("p", {}, gs.with("more", { n: { number: String(more) } })) : null;
    const title = gs.worded("h2", {}, gs.count("here", found.length));
    return gs.directed(gs.element("div", { class: "gs-card" }, title, list, rest));
  }

  // Open what lies at a place of the screen; say whether there was anything.
  function openAt(incidents, shapes, at) {
    if (!gs.map.hasLayer(shapes) || !incidents.tiles) return false;
    const found = reached(incidents, at);
    if (!found.length) return false;
    incidents.load().then(() => {
      if (found.length === 1) incidents.open(found[0]);
      else {
        L.popup({ maxWidth: 300, minWidth: 200, autoPanPadding: [12, 12] })
          .setLatLng(incidents.latlng(found[0]))
          .setContent(listContent(incidents, found))
          .openOn(gs.map);
      }
    });
    return true;
  }

  function listen(incidents, shapes) {
    const map = gs.map;
    const container = map.getContainer();
    // Before the shapes of other layers take the click: a point lies above its sector.
    container.addEventListener(
      "click",
      (event) => {
        const others = ".leaflet-control, .leaflet-popup, .leaflet-marker-icon";
        if (event.target.closest(others) || map.dragging.moved() || map.boxZoom.moved()) return;
        if (openAt(incidents, shapes, map.mouseEventToContainerPoint(event))) event.stopPropagation();
      },
      true,
    );
    map.on("click", ({ latlng }) => openAt(incidents, shapes, map.latLngToContainerPoint(latlng)));
  }

  gs.makers.points = async (layer) => {
    const incidents = new Incidents(layer);
    const shapes = new PointCanvas(incidents);
    incidents.shapes = shapes;
    incidents.listeners.push(() => shapes.draw());
    gs.incidents = incidents;
    listen(incidents, shapes);
    return { shapes, ready: () => shapes.drawn, legend: () => legend(incidents) };
  };
})(window.gs);
