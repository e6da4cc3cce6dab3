// Time: a density for each period on one scale, a slider, and the counts as bars.
//
// Time runs as one reads: in a right-to-left language the first period stands at the right, and
// the slider, the bars and the arrows follow. Nothing plays by itself.
(function (gs) {
  "use strict";

  const { map } = gs;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const PACE = 1200; // milliseconds for a period
  const PACE_REDUCED = 3000;

  // ---------------------------------------------------------------- the pictures

  gs.makers.frames = async (layer) => {
    const { width, height } = layer;
    const canvas = gs.element("canvas", { width, height, role: "img" });
    // Leaflet lays any element over the map under the name of the first that it could.
    const shapes = L.svgOverlay(canvas, layer.bounds, { pane: "gs-density" });
    const colours = await gs.coloursOf(layer);
    let unpacked = null;
    let wanted = 0;
    // Painted from the bytes each time: only what is seen is kept as a picture.
    async function draw(at) {
      wanted = at;
      unpacked = unpacked || gs.unpack(layer.steps);
      const bytes = await unpacked;
      if (wanted !== at) return;
      gs.paint(canvas, gs.stepsOf(bytes, width, height, at), colours);
      gs.named(canvas, "aria-label", { parts: [layer.name, ": ", layer.frames[at].name] });
    }
    return { shapes, draw, ...gs.rampTold(layer, colours) };
  };

  // ---------------------------------------------------------------- the parts of the control

  function button(words, path, pressed) {
    const icon = gs.svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" });
    icon.append(gs.svg("path", { d: path }));
    const made = gs.element("button", { type: "button", class: `gs-time-${pressed}` }, icon);
    name(made, words);
    return made;
  }

  function name(made, words) {
    gs.named(made, "aria-label", words);
    gs.named(made, "title", words);
  }

  const ICONS = {
    play: "M5 3 L17 10 L5 17 Z",
    pause: "M5 3 H8.5 V17 H5 Z M11.5 3 H15 V17 H11.5 Z",
    previous: "M14 3 L6 10 L14 17 Z M4 3 H6 V17 H4 Z",
    next: "M6 3 L14 10 L6 17 Z M14 3 H16 V17 H14 Z",
  };

  // A bar for each period; one that is not the current one is a click away.
  function chart(layer, choose) {
    const { frames } = layer;
    const most = Math.max(1, ...frames.map(({ count }) => count));
    const box = { viewBox: `0 0 ${frames.length} 1`, preserveAspectRatio: "none" };
    const drawn = gs.svg("svg", { ...box, class: "gs-bars", "aria-hidden": "true" });
    const bars = frames.map(({ name: period, told, count }, at) => {
      const tall = count ? Math.max(0.03, count / most) : 0;
      const bar = gs.svg("g", { class: "gs-bar" });
      const tip = gs.svg("title", {});
      gs.sayIn(tip, { parts: [period, ": ", told] });
      bar.append(
        tip,
        gs.svg("rect", { x: at, y: 0, width: 1, height: 1, class: "gs-bar-ground" }),
        gs.svg("rect", { x: at + 0.1, y: 1 - tall, width: 0.8, height: tall }),
      );
      bar.addEventListener("click", () => choose(at));
      drawn.append(bar);
      return bar;
    });
    const peak = { ...layer.words.most, with: { n: { number: String(most) } } };
    return { bars, parts: [gs.worded("p", { class: "gs-time-most" }, peak), drawn] };
  }

  // The same counts for who does not see the bars.
  function table(layer) {
    const { words, frames } = layer;
    const head = gs.element("tr", {});
    for (const title of [words.period, words.incidents, words.entered]) {
      head.append(gs.worded("th", { scope: "col" }, title));
    }
    const made = gs.element("table", {}, gs.worded("caption", {}, layer.label), head);
    for (const { name: period, count, entered } of frames) {
      const row = gs.element("tr", {}, gs.worded("th", { scope: "row" }, period));
      for (const n of [count, entered]) row.append(gs.worded("td", {}, { number: String(n) }));
      made.append(row);
    }
    return gs.element("div", { class: "gs-time-table" }, made);
  }

  function kindChoice(made, choose) {
    if (made.length < 2) return null;
    const select = gs.element("select", { class: "gs-time-kind" });
    made.forEach(({ layer }, i) => {
      const option = gs.element("option", { value: i });
      gs.sayIn(option, layer.label);
      select.append(option);
    });
    gs.named(select, "aria-label", made[0].layer.words.kind);
    select.addEventListener("change", () => choose(made[select.value]));
    return select;
  }

  // ---------------------------------------------------------------- the control

  // `made` are the layers of frames, `wholes` those of all the time.
  function timeControl(made, wholes) {
    const { words, frames, ends } = made[0].layer;
    const { incidents } = gs;
    const last = frames.length - 1;
    let current = made[0];
    let at = 0;
    let bars = [];
    let timer = null;

    const shows = () => map.hasLayer(current.shapes);
    const total = () => wholes.find(({ layer }) => layer.id === current.layer.of);

    const kinds = kindChoice(made, chooseKind);
    const period = gs.worded("strong", {}, words.all);
    const told = gs.worded("span", {}, current.layer.all);
    const now = gs.element("span", { class: "gs-time-now", role: "status" }, period, " ", told);
    const bands = gs.element("div", { class: "gs-time-chart" });
    const range = gs.element("input", { type: "range", min: 0, max: last, step: 1, value: 0 });
    gs.named(range, "aria-label", words.period);
    const play = button(words.play, ICONS.play, "play");
    const previous = button(words.previous, ICONS.previous, "previous");
    const next = button(words.next, ICONS.next, "next");
    const all = gs.worded("button", { type: "button", class: "gs-time-all" }, words.all);
    const axis = gs.element("div", { class: "gs-time-ends" }, ...ends.map((end) => gs.worded("span", {}, end)));
    const buttons = gs.element("div", { class: "gs-time-buttons" }, previous, play, next, all, kinds);
    const points = gs.element("p", { class: "gs-time-points", role: "status", hidden: true });
    const heading = gs.element("summary", {}, gs.worded("span", { class: "gs-time-name" }, words.name), now);
    const box = gs.element("details", { class: "gs-time", id: "gs-time" }, heading, bands, range, axis, buttons, points);
    box.open = map.getContainer().clientWidth >= 640; // a phone needs its room for the map

    function refresh() {
      const chosen = shows();
      const frame = current.layer.frames[at];
      gs.sayIn(period.firstChild, chosen ? frame.name : words.all);
      gs.sayIn(told.firstChild, chosen ? frame.told : current.layer.all);
      range.value = at;
      gs.named(range, "aria-valuetext", { parts: [frame.name, ", ", frame.told] });
      bars.forEach((bar, i) => bar.classList.toggle("gs-bar-now", chosen && i === at));
      all.setAttribute("aria-pressed", String(!chosen));
      if (kinds) kinds.value = made.indexOf(current);
      if (incidents) incidents.during(chosen ? frame : null);
    }

    // Points and table follow: said after the period itself.
    function tellPoints() {
      const said = incidents.periodTold();
      points.hidden = !said;
      gs.sayIn(points, said);
    }

    function drawChart() {
      const drawn = chart(current.layer, (chosen) => go(chosen));
      bars = drawn.bars;
      bands.replaceChildren(...drawn.parts, table(current.layer));
    }

    function show(chosen) {
      at = Math.max(0, Math.min(last, chosen));
      if (shows()) {
        current.draw(at);
        refresh();
      } else map.addLayer(current.shapes); // goes on where it says that it was added
    }

    function go(chosen) {
      stop();
      show(chosen);
    }

    function showAll() {
      stop();
      const whole = total();
      if (shows()) map.removeLayer(current.shapes);
      if (whole && !map.hasLayer(whole.shapes)) map.addLayer(whole.shapes);
      refresh();
    }

    function chooseKind(chosen) {
      stop();
      const [wasShown, whole] = [shows(), total()];
      const hadWhole = whole && map.hasLayer(whole.shapes);
      if (wasShown) map.addLayer(chosen.shapes);
      else {
        current = chosen;
        drawChart();
        if (hadWhole) map.addLayer(total().shapes);
        refresh();
      }
    }

    function start() {
      if (!shows() || at === last) show(0);
      name(play, words.pause);
      play.querySelector("path").setAttribute("d", ICONS.pause);
      for (const live of [now, points]) live.setAttribute("aria-live", "off"); // a reader of the screen would never come to an end
      timer = setInterval(() => {
        show(at + 1);
        if (at === last) stop();
      }, still.matches ? PACE_REDUCED : PACE);
    }

    function stop() {
      if (timer === null) return;
      clearInterval(timer);
      timer = null;
      name(play, words.play);
      play.querySelector("path").setAttribute("d", ICONS.play);
      for (const live of [now, points]) live.setAttribute("aria-live", "polite");
    }

    range.addEventListener("input", () => go(Number(range.value)));
    previous.addEventListener("click", () => go(shows() ? at - 1 : last));
    next.addEventListener("click", () => go(shows() ? at + 1 : 0));
    play.addEventListener("click", () => (timer === null ? start() : stop()));
    all.addEventListener("click", showAll);

    for (const one of made) {
      one.shapes.on("add", () => {
        if (current !== one) {
          current = one;
          drawChart();
        }
        one.draw(at);
        refresh();
      });
      one.shapes.on("remove", () => {
        if (current !== one) return;
        stop();
        refresh();
      });
    }

    gs.showAllPeriods = showAll;
    if (incidents) incidents.listeners.push(tellPoints);
    drawChart();
    refresh();
    return box;
  }

  gs.start.push(async (layers) => {
    const made = layers.filter(({ layer }) => layer.kind === "frames");
    if (!made.length) return;
    const box = timeControl(made, layers.filter(({ layer }) => layer.kind === "density"));
    gs.control(box, "bottom-end");
    // What stands above it in the same corner ends where it begins.
    const room = map.getContainer().style;
    const measure = () => room.setProperty("--gs-time-height", `${box.offsetHeight + 10}px`);
    new ResizeObserver(measure).observe(box);
    measure();
  });
})(window.gs);
