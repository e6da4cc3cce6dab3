// The difference of two periods: less in one hue, more in the other, no change not at all.
(function (gs) {
  "use strict";

  const HALF = 127; // steps on either side of no change

  // The further from no change, the darker and the denser.
  function palette(ramp) {
    const stops = gs.palette(ramp); // 256 steps; of these the ones from 0 to 254 are used
    const made = new Uint8ClampedArray(4 * (2 * HALF + 1));
    for (let step = 0; step <= 2 * HALF; step++) {
      const from = 4 * Math.max(1, Math.round((step / (2 * HALF)) * 255));
      made.set(stops.subarray(from, from + 3), 4 * step);
      const away = Math.abs(step - HALF);
      made[4 * step + 3] = away && Math.min(215, 30 + 5 * away);
    }
    return made;
  }

  gs.makers.difference = async (layer) => {
    const steps = gs.readFrame(await gs.unpack(layer.steps), layer.width, layer.height);
    const colours = palette(layer.ramp);
    const canvas = gs.element("canvas", { width: layer.width, height: layer.height });
    return gs.pictureLayer(layer, gs.paint(canvas, steps, colours), colours);
  };
})(window.gs);
