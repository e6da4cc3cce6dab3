// Choropleths: areas shaded by how many incidents they had, or how many for their people, or by what
// planning found. The legend asks two questions, which kind (of incident, of facility, which table)
// and which measure; the areas, their cards and the classes follow.
(function (gs) {
  "use strict";

  const PANE = "gs-choropleth";

  // Lines across grey, for areas of which a number is not known or not shown.
  function hatch() {
    if (document.getElementById("gs-hatch")) return;
    const pattern = gs.svg("pattern", {
      id: "gs-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)",
    });
    pattern.append(
      gs.svg("rect", { width: 6, height: 6, fill: "#eeece6" }),
      gs.svg("rect", { width: 2, height: 6, fill: "#7d7a72" }),
    );
    const box = gs.svg("svg", { class: "gs-patterns", "aria-hidden": "true" });
    box.append(pattern);
    document.body.append(box);
  }

  function fill(colour) {
    return colour === "hatched" ? "url(#gs-hatch)" : colour;
  }

  function number(value, decimals) {
    return { number: value.toFixed(decimals) };
  }

  // What an area tells of one kind of incident: every measure, and the people it is set against.
  function cardRows(layer, kind, at) {
    const item = layer.items[at];
    const rows = kind.measures.map((measure) => [measure.name, valueOf(measure, at)]);
    const people = item.people === null ? layer.says.people_unknown : number(item.people, 0);
    rows.unshift([layer.says.kind, kind.name]);
    if (layer.says.people && kind.measures.length > 1) rows.push([layer.says.people, people]);
    if (layer.says.bayes && kind.measures.length > 2) rows.push([layer.says.method, layer.says.bayes]);
    if (kind.rows) rows.push(...kind.rows[at]);
    if (layer.cells) {
      rows.push([layer.says.outline, { ...layer.says.cell, with: { place: item.name } }]);
    }
    return rows;
  }

  function valueOf(measure, at) {
    const value = measure.values[at];
    if (value === null) return measure.classes[measure.of[at]].label;
    return measure.share ? { share: value.toFixed(measure.decimals) } : number(value, measure.decimals);
  }

  function chooser(id, label, options, chosen) {
    const select = gs.element("select", { id });
    options.forEach((words, i) => {
      const option = gs.element("option", { value: i });
      gs.sayIn(option, words);
      select.append(option);
    });
    select.addEventListener("change", () => chosen(Number(select.value)));
    const row = gs.element("div", { class: "gs-asked" });
    row.append(gs.worded("label", { for: id }, label), select);
    return { row, select };
  }

  function swatch(colour) {
    const box = gs.svg("svg", { width: 18, height: 12, "aria-hidden": "true" });
    box.append(gs.svg("rect", { width: 18, height: 12, class: "gs-shade", fill: fill(colour) }));
    return box;
  }

  // The classes, from the least to the greatest, then what has no number.
  function classList(measure) {
    const list = gs.element("ul", { class: "gs-classes" });
    for (const { colour, label } of measure.classes) {
      list.append(gs.element("li", {}, swatch(colour), gs.worded("span", {}, label)));
    }
    return list;
  }

  gs.makers.choropleth = async (layer) => {
    hatch();
    if (!gs.map.getPane(PANE)) gs.map.createPane(PANE).style.zIndex = 300;
    const rings = layer.items.map(() => []);
    for (const { label, points } of await gs.readLines(layer.lines, layer.unit)) {
      rings[label].push(gs.pairs(points));
    }
    const shapes = L.featureGroup();
    const areas = layer.items.map((item, i) => {
      const area = L.polygon(rings[i], { className: "gs-shaded", pane: PANE, fillOpacity: 0.7 });
      const card = { title: item.name, rows: [] };
      gs.asButton(area, card, item.at).addTo(shapes);
      return { area, card };
    });
    const classes = gs.element("div", { class: "gs-answer", "aria-live": "polite" });
    const asked = { kind: 0, measure: 0 };

    function show() {
      const kind = layer.kinds[asked.kind];
      const measure = kind.measures[asked.measure];
      areas.forEach(({ area, card }, i) => {
        card.rows = cardRows(layer, kind, i);
        area.setStyle({ fillColor: fill(measure.classes[measure.of[i]].colour) });
      });
      classes.replaceChildren(
        classList(measure),
        ...measure.notes.map((note) => gs.worded("p", {}, note)),
      );
    }

    function legend() {
      const kinds = layer.kinds.map((kind) => kind.name);
      const measure = gs.element("div", {});
      // Not every kind has every measure: the list of measures is that of the kind.
      function askMeasure() {
        const names = layer.kinds[asked.kind].measures.map(({ name }) => name);
        asked.measure = Math.min(asked.measure, names.length - 1);
        const { row, select } = chooser(`gs-measure-${layer.id}`, layer.says.measure, names, (i) => {
          asked.measure = i;
          show();
        });
        select.value = asked.measure;
        measure.replaceChildren(row);
      }
      const kind = chooser(`gs-kind-${layer.id}`, layer.says.kind, kinds, (i) => {
        asked.kind = i;
        askMeasure();
        show();
      });
      askMeasure();
      show();
      return [kind.row, measure, classes];
    }

    return { shapes, legend };
  };

  gs.start.push(async (made) => {
    const all = made.filter(({ layer }) => layer.kind === "choropleth");
    function mark() {
      const on = all.some(({ shapes }) => gs.map.hasLayer(shapes));
      gs.map.getContainer().classList.toggle("gs-has-choropleth", on);
    }
    for (const { shapes } of all) {
      shapes.on("add remove", mark);
    }
    mark();
  });
})(window.gs);
