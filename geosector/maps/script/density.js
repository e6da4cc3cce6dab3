// Density: a picture laid over the map, the same colour for the same density at every zoom.
(function (gs) {
  "use strict";

  // Colour of each of 256 steps: even stops of the ramp, the lowest ones fading into the map.
  gs.palette = (ramp) => {
    const stops = ramp.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const made = new Uint8ClampedArray(4 * 256);
    for (let step = 1; step < 256; step++) {
      const place = (step / 255) * (stops.length - 1);
      const below = Math.min(stops.length - 2, Math.floor(place));
      for (let part = 0; part < 3; part++) {
        const [low, high] = [stops[below][part], stops[below + 1][part]];
        made[4 * step + part] = low + (high - low) * (place - below);
      }
      made[4 * step + 3] = Math.min(195, 30 + 5 * step);
    }
    return made;
  };

  // Put steps as colours onto a canvas of their size.
  gs.paint = (canvas, steps, colours) => {
    const { width, height } = canvas;
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let i = 0; i < steps.length; i++) {
      image.data.set(colours.subarray(4 * steps[i], 4 * steps[i] + 4), 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  };

  // A layer of one picture that stays as it is.
  gs.pictureLayer = (layer, steps, colours) => {
    const canvas = gs.element("canvas", { width: layer.width, height: layer.height });
    const url = gs.paint(canvas, steps, colours).toDataURL();
    const shapes = L.imageOverlay(url, layer.bounds, { pane: "gs-density" });
    shapes.on("add", () => gs.named(shapes.getElement(), "alt", layer.name));
    const loaded = new Promise((resolve) => shapes.once("load", resolve));
    return { shapes, ready: () => loaded, legend: () => gs.rampLegend(layer, colours) };
  };

  gs.makers.density = async (layer) => {
    const steps = await gs.unpack(layer.steps);
    return gs.pictureLayer(layer, steps, gs.palette(layer.ramp));
  };

  gs.rampLegend = (layer, colours) => {
    const count = colours.length / 4;
    const all = Uint8Array.from({ length: count }, (_, step) => step);
    const bar = gs.paint(gs.element("canvas", { width: count, height: 1 }), all, colours);
    bar.className = "gs-ramp";
    bar.setAttribute("aria-hidden", "true");
    const ticks = gs.element("div", { class: "gs-ticks" });
    for (const [share, label] of layer.ticks) {
      const tick = gs.worded("span", {}, label);
      tick.style.insetInlineStart = `${100 * share}%`;
      ticks.append(tick);
    }
    return [bar, ticks];
  };
})(window.gs);
