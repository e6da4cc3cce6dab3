// Pictures of steps: coloured, laid over the map and told of in a legend; those that share their
// pixels (geosector/maps/windows.py) are unpacked here.
(function (gs) {
  "use strict";

  // One of the pictures packed together: each pixel as it differs from what its neighbours let one
  // expect.
  gs.stepsOf = (bytes, width, height, at = 0) => {
    const steps = bytes.slice(at * width * height, (at + 1) * width * height);
    for (let row = 0; row < height; row++) {
      let along = 0;
      for (let i = row * width; i < (row + 1) * width; i++) {
        along += steps[i];
        steps[i] = along + (row ? steps[i - width] : 0); // modulo 256: bytes
      }
    }
    return steps;
  };

  // Red, green, blue and opacity of each step of a layer's picture (geosector/maps/colours.py).
  gs.coloursOf = async (layer) => new Uint8ClampedArray((await gs.unpack(layer.colours)).buffer);

  gs.paint = (canvas, steps, colours) => {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const pixels = new Uint32Array(image.data.buffer);
    const whole = new Uint32Array(colours.buffer);
    for (let i = 0; i < pixels.length; i++) pixels[i] = whole[steps[i]];
    context.putImageData(image, 0, 0);
    return canvas;
  };

  // All the colours of a ramp beside one another.
  gs.rampBar = (colours, looks) => {
    const count = colours.length / 4;
    const all = Uint8Array.from({ length: count }, (_, step) => step);
    const bar = gs.element("canvas", { width: count, height: 1, class: looks, "aria-hidden": "true" });
    return gs.paint(bar, all, colours);
  };

  // What the list of layers shows of a layer of pictures: a swatch before its name, and for a legend
  // its ramp and the values along it.
  gs.rampTold = (layer, colours) => ({
    swatch: () => gs.rampBar(colours, "gs-swatch gs-swatch-ramp"),
    legend: () => rampLegend(layer, colours),
  });

  function rampLegend(layer, colours) {
    const ticks = gs.element("div", { class: "gs-ticks" });
    for (const [share, label] of layer.ticks) {
      const tick = gs.worded("span", {}, label);
      tick.style.insetInlineStart = `${100 * share}%`;
      ticks.append(tick);
    }
    return [gs.rampBar(colours, "gs-ramp"), ticks];
  }

  // A layer of one picture that stays as it is.
  gs.pictureLayer = (layer, canvas, colours) => {
    const shapes = L.imageOverlay(canvas.toDataURL(), layer.bounds, { pane: "gs-density" });
    shapes.on("add", () => gs.named(shapes.getElement(), "alt", layer.name));
    const loaded = new Promise((resolve) => shapes.once("load", resolve));
    return { shapes, ready: () => loaded, ...gs.rampTold(layer, colours) };
  };

  gs.makers.difference = async (layer) => {
    const { width, height } = layer;
    const steps = gs.stepsOf(await gs.unpack(layer.steps), width, height);
    const colours = await gs.coloursOf(layer);
    const canvas = gs.paint(gs.element("canvas", { width, height }), steps, colours);
    return gs.pictureLayer(layer, canvas, colours);
  };
})(window.gs);
