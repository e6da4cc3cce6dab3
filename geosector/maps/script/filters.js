// Filters of the incidents: by kind, weapon, cause and severity, and by date. They act on the
// points and the table, together with the period that the slider over time stands at, and say in
// words that the density does not follow them.
(function (gs) {
  "use strict";

  const { scene, map } = gs;
  const words = scene.words;
  const MOST_BOXES = 100; // names of a column with a box of their own; the rarer ones share one

  function counted(n) {
    return { number: String(n) };
  }

  function ticked(box, label, n) {
    const told = gs.worded("span", {}, label);
    const count = gs.worded("span", { class: "gs-count" }, counted(n));
    return gs.element("label", {}, box, told, count);
  }

  // ---------------------------------------------------------------- lists of names

  // A list of boxes; `allowed` says of each code whether its box is ticked.
  function nameFilter(column, changed) {
    const allowed = new Uint8Array(column.counts.length).fill(1);
    const boxes = [];
    const list = gs.element("div", { class: "gs-boxes" });
    function addBox(codes, label, n) {
      const box = gs.element("input", { type: "checkbox" });
      box.checked = true;
      box.addEventListener("change", () => {
        codes.forEach((code) => (allowed[code] = Number(box.checked)));
        changed();
      });
      boxes.push([box, codes]);
      list.append(ticked(box, label, n));
    }
    const sum = (codes) => codes.reduce((total, code) => total + column.counts[code], 0);
    const codes = column.values.map((_, at) => at + 1);
    const graded = column.values.every((value) => typeof value === "string" && value.trim() && !isNaN(value));
    if (graded) codes.sort((one, other) => column.values[one - 1] - column.values[other - 1]);
    for (const code of codes.slice(0, MOST_BOXES)) addBox([code], column.values[code - 1], column.counts[code]);
    const rest = codes.slice(MOST_BOXES);
    if (rest.length) addBox(rest, words.others, sum(rest));
    if (column.counts[0]) addBox([0], words.not_stated, column.counts[0]);
    function setAll(on) {
      allowed.fill(Number(on));
      boxes.forEach(([box]) => (box.checked = on));
    }
    const buttons = [["all", true], ["none", false]].map(([name, on]) => {
      const button = gs.worded("button", { type: "button" }, words[name]);
      button.addEventListener("click", () => {
        setAll(on);
        changed();
      });
      return button;
    });
    const legend = gs.worded("legend", {}, column.label);
    const both = gs.element("div", { class: "gs-all" }, ...buttons);
    return {
      id: column.id,
      allowed,
      element: gs.element("fieldset", { "data-column": column.id }, legend, both, list),
      active: () => allowed.includes(0),
      clear: () => setAll(true),
    };
  }

  // ---------------------------------------------------------------- dates

  function dateInput(name, label, [least, most]) {
    const input = gs.element("input", { type: "date", id: `gs-${name}`, min: least, max: most });
    return [input, gs.element("div", {}, gs.worded("label", { for: input.id }, label), input)];
  }

  function dateFilter(incidents, changed) {
    const column = incidents.columns.get("date");
    const ends = [column.first, incidents.dayOf(column.last)];
    const [from, fromRow] = dateInput("from", words.from, ends);
    const [to, toRow] = dateInput("to", words.to, ends);
    const undated = gs.element("input", { type: "checkbox", id: "gs-undated" });
    undated.checked = true;
    const said = gs.element("p", { class: "gs-told" });
    const day = (written) => (written ? { day: written, precision: "day" } : "…");
    function tell() {
      const facts = { first: day(from.value), last: day(to.value) };
      gs.sayIn(said, from.value || to.value ? gs.with("period_of", facts) : "");
    }
    for (const input of [from, to, undated]) {
      input.addEventListener("change", () => {
        tell();
        changed();
      });
    }
    const rows = [fromRow, toRow, said];
    if (column.missing) rows.push(ticked(undated, words.without_date, column.missing));
    if (column.precision) rows.push(gs.worded("p", { class: "gs-told" }, words.vague_dates));
    const code = (written, otherwise) => (written ? incidents.dayCode(written) : otherwise);
    return {
      element: gs.element("fieldset", { "data-column": "date" }, gs.worded("legend", {}, words.date), ...rows),
      active: () => Boolean(from.value || to.value || !undated.checked),
      range: () => [code(from.value, 1), code(to.value, Infinity), undated.checked],
      clear() {
        from.value = to.value = "";
        undated.checked = true;
        tell();
      },
    };
  }

  // ---------------------------------------------------------------- what passes

  async function apply(incidents, names, dates) {
    const active = names.filter((filter) => filter.active());
    const dated = dates && dates.active();
    if (!active.length && !dated) {
      incidents.narrow("filters", null);
      return;
    }
    await incidents.load(...active.map(({ id }) => id), "date");
    const passes = dated ? incidents.between(...dates.range()) : new Uint8Array(incidents.count).fill(1);
    for (const { id, allowed } of active) {
      const codes = incidents.codes.get(id);
      for (let i = 0; i < passes.length; i++) passes[i] &= allowed[codes[i]];
    }
    incidents.narrow("filters", passes);
  }

  gs.filters = (incidents) => {
    let acting = false;
    const note = gs.worded("p", { class: "gs-reach", hidden: true }, words.filters_reach);
    const told = gs.element("p", { class: "gs-told", id: "gs-passing" });
    function passing() {
      const facts = { n: counted(incidents.passing), total: counted(incidents.count) };
      return gs.with(incidents.conditions.has("period") ? "passing_of_period" : "passing", facts);
    }
    const tell = () => gs.sayIn(told, passing());
    async function changed() {
      await apply(incidents, names, dates);
      gs.announce(passing());
      const active = incidents.conditions.has("filters");
      note.hidden = !active;
      map.getPane("gs-density").classList.toggle("gs-dimmed", active);
      // Whoever begins to filter wants to see what is left.
      if (active && !acting && !map.hasLayer(incidents.shapes)) map.addLayer(incidents.shapes);
      acting = active;
    }
    const listed = incidents.layer.columns.filter(({ counts }) => counts);
    const names = listed.map((column) => nameFilter(column, changed));
    const dates = incidents.columns.has("date") ? dateFilter(incidents, changed) : null;
    const clear = gs.worded("button", { type: "button", id: "gs-clear" }, words.clear);
    clear.addEventListener("click", () => {
      [...names, dates].forEach((filter) => filter && filter.clear());
      changed();
    });
    tell();
    incidents.listeners.push(tell);
    const groups = [dates, ...names].filter(Boolean).map(({ element }) => element);
    const box = gs.element(
      "details",
      { class: "gs-filters", id: "gs-filters" },
      gs.worded("summary", {}, words.filters),
      told,
      note,
      gs.element("div", { class: "gs-groups" }, ...groups),
      clear,
    );
    const back = gs.worded("button", { type: "button", id: "gs-all-periods" }, words.all_periods);
    back.addEventListener("click", () => gs.showAllPeriods());
    return [gs.periodLine(incidents, back), box];
  };
})(window.gs);
