// Density: a picture laid over the map, the same colour for the same density at every zoom.
(function (gs) {
  "use strict";

  // Colour of each of 256 steps: even stops of the ramp, the lowest ones fading into the map.
  function palette(ramp) {
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
  }

  function picture(steps, width, height, colours) {
    const canvas = gs.element("canvas", { width, height });
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let i = 0; i < steps.length; i++) {
      image.data.set(colours.subarray(4 * steps[i], 4 * steps[i] + 4), 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  gs.makers.density = async (layer) => {
    const steps = await gs.unpack(layer.steps);
    const url = picture(steps, layer.width, layer.height, palette(layer.ramp)).toDataURL();
    const shapes = L.imageOverlay(url, layer.bounds, { pane: "gs-density" });
    shapes.on("add", () => gs.named(shapes.getElement(), "alt", layer.name));
    const loaded = new Promise((resolve) => shapes.once("load", resolve));
    return { shapes, ready: () => loaded, legend: () => legend(layer) };
  };

  function legend(layer) {
    const all = Uint8Array.from({ length: 256 }, (_, step) => step);
    const bar = picture(all, 256, 1, palette(layer.ramp));
    bar.className = "gs-ramp";
    bar.setAttribute("aria-hidden", "true");
    const ticks = gs.element("div", { class: "gs-ticks" });
    for (const [share, label] of layer.ticks) {
      const tick = gs.worded("span", {}, label);
      tick.style.insetInlineStart = `${100 * share}%`;
      ticks.append(tick);
    }
    return [bar, ticks];
  }
})(window.gs);
