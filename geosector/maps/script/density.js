// Density: a picture laid over the map, the same colour for the same density at every zoom, and
// the density under the cursor (geosector/maps/pictures.py says how a picture is packed).
(function (gs) {
  "use strict";

  const FAINTEST = 1e-3; // of the peak: below this the steps do not tell two digits
  const PALEST = 1 / 510; // of the peak: what is less than half a colour is not coloured

  // ---------------------------------------------------------------- the packed picture

  // Steps row by row, as a sum of differences along both axes.
  function readSteps(bytes, height, width) {
    const changes = gs.readNumbers(bytes);
    const steps = new Int32Array(height * width);
    for (let row = 0, i = 0; row < height; row++) {
      let sum = 0;
      for (let column = 0; column < width; column++, i++) {
        sum += changes[i];
        steps[i] = row ? steps[i - width] + sum : sum;
      }
    }
    return steps;
  }

  // Lengths of runs of pixels, the first of what is not known.
  function readKnown(bytes, size) {
    const known = new Uint8Array(size);
    let at = 0;
    gs.readNumbers(bytes).forEach((length, run) => known.fill(run % 2, at, (at += length)));
    return known;
  }

  gs.readPicture = async (layer) => {
    const { height, width } = layer;
    const [steps, known] = await Promise.all([gs.unpack(layer.steps), gs.unpack(layer.known)]);
    return {
      height,
      width,
      steps: readSteps(steps, height, width),
      known: readKnown(known, height * width),
    };
  };

  // ---------------------------------------------------------------- reading it

  // Weights of four pixels in a row for a place between the middle two (R. G. Keys, Cubic
  // convolution interpolation for digital image processing, 1981).
  function weights(t) {
    return [
      ((2 - t) * t - 1) * t / 2,
      ((3 * t - 5) * t * t + 2) / 2,
      ((4 - 3 * t) * t + 1) * t / 2,
      (t - 1) * t * t / 2,
    ];
  }

  function within(value, count) {
    return Math.max(0, Math.min(count - 1, value));
  }

  // Incidents per km² at a place; null where it is not known. The steps, roots of the density, are
  // smoother than the density, so it is they that are read between pixels.
  function densityAt(layer, picture, latlng) {
    const { height, width, steps, known } = picture;
    const [[south, west], [north, east]] = layer.bounds;
    const [low, high, at] = [[south, west], [north, east], latlng].map((place) =>
      L.CRS.EPSG3857.project(L.latLng(place)),
    );
    const u = ((at.x - low.x) / (high.x - low.x)) * width;
    const v = ((high.y - at.y) / (high.y - low.y)) * height;
    if (!(u >= 0 && v >= 0 && u < width && v < height)) return null;
    if (!known[Math.floor(v) * width + Math.floor(u)]) return null;
    const [left, top] = [Math.floor(u - 0.5), Math.floor(v - 0.5)];
    const [across, down] = [weights(u - 0.5 - left), weights(v - 0.5 - top)];
    let step = 0;
    for (let j = 0; j < 4; j++) {
      const row = within(top - 1 + j, height) * width;
      for (let i = 0; i < 4; i++) {
        step += down[j] * across[i] * steps[row + within(left - 1 + i, width)];
      }
    }
    return layer.peak * (Math.max(0, step) / layer.levels) ** 2;
  }

  // Two digits of a number: 0.0123 as 0.012, 1234 as 1200.
  function twoDigits(value) {
    if (!value) return { number: "0" };
    const power = Math.floor(Math.log10(Number(value.toPrecision(2))));
    return { number: Number(value.toPrecision(2)).toFixed(Math.max(0, 1 - power)) };
  }

  function densityWords(layer, value) {
    if (value === null) return gs.scene.words.no_data;
    const least = FAINTEST * layer.peak;
    if (value === 0 || value >= least) return gs.with("per_km2", { n: twoDigits(value) });
    return gs.with("under_per_km2", { n: twoDigits(least) });
  }

  // ---------------------------------------------------------------- drawing it

  // The density as a picture: its colour is even in the density, which is the square of the step.
  gs.densityCanvas = (layer, { width, height, steps, known }, colours) => {
    const shades = Uint8Array.from({ length: layer.levels + 1 }, (_, step) => {
      const share = (step / layer.levels) ** 2;
      return share < PALEST ? 0 : Math.max(1, Math.round(255 * share));
    });
    const shaded = new Uint8Array(steps.length);
    for (let i = 0; i < steps.length; i++) {
      if (known[i]) shaded[i] = shades[Math.min(layer.levels, steps[i])];
    }
    return gs.paint(gs.element("canvas", { width, height }), shaded, colours);
  };

  gs.makers.density = async (layer) => {
    const picture = await gs.readPicture(layer);
    const colours = await gs.coloursOf(layer);
    return {
      ...gs.pictureLayer(layer, gs.densityCanvas(layer, picture, colours), colours),
      densityAt: (latlng) => densityAt(layer, picture, latlng),
    };
  };

  // ---------------------------------------------------------------- under the cursor

  gs.start.push(async (made) => {
    const densities = made.filter((one) => one.densityAt);
    if (!densities.length) return;
    const box = gs.element("dl", { class: "gs-readout", id: "gs-readout", hidden: true });
    gs.control(box, "bottom-start");
    function tell({ latlng }) {
      const shown = densities.find(({ shapes }) => gs.map.hasLayer(shapes));
      box.hidden = !shown;
      box.replaceChildren();
      if (!shown) return;
      const value = densityWords(shown.layer, shown.densityAt(latlng));
      box.append(gs.worded("dt", {}, shown.layer.name), gs.worded("dd", {}, value));
    }
    // A finger has no place to hover: a tap tells, too. By keyboard, the middle of the map does.
    gs.map.on("mousemove click", tell);
    gs.map.on("mouseout", () => (box.hidden = true));
    gs.map.getContainer().addEventListener("keyup", () => tell({ latlng: gs.map.getCenter() }));
  });
})(window.gs);
