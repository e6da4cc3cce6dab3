// The table beside the map: what is in view, a row for each incident or, where the audience sees no
// incident, for each place that is counted. Rows and map lead to each other, by keyboard too.
(function (gs) {
  "use strict";

  const { scene, map } = gs;
  const words = scene.words;
  const PAGE = 100; // rows

  function counted(n) {
    return { number: String(n) };
  }

  // ---------------------------------------------------------------- what the table lists

  // A list has: columns ({id, label, number, value(row) → words or null}), total, rows() (numbers
  // of the rows in view that pass the filters), ranked(column) (for each row its place when sorted
  // by the column, and how many places there are), at(row), open(row).

  function viewBox() {
    const bounds = map.getBounds();
    const points = [bounds.getNorthWest(), bounds.getSouthEast()];
    const scale = map.options.crs.scale(map.getZoom());
    return points.flatMap((corner) => {
      const { x, y } = map.project(corner, map.getZoom());
      return [x / scale, y / scale];
    });
  }

  // Places of codes when sorted by what they say: names by the alphabet of the language.
  function rankOf(column) {
    if (column.type !== "names") return null;
    const names = column.values.map((value, at) => [gs.say(value), at + 1]);
    names.sort(([one], [other]) => one.localeCompare(other, gs.lang()));
    const rank = new Int32Array(names.length + 1);
    names.forEach(([, code], at) => (rank[code] = at + 1));
    return rank;
  }

  function incidentList(incidents) {
    const told = incidents.layer.columns.filter(({ id }) => !id.endsWith("_most"));
    return {
      total: incidents.count,
      load: () => incidents.load(),
      columns: told.map((column) => ({
        id: column.id,
        label: column.label,
        number: column.type === "numbers",
        value: (i) => incidents.value(column.id, i),
      })),
      rows() {
        const found = new Uint32Array(incidents.passing);
        let count = 0;
        incidents.within(viewBox(), (i) => (found[count++] = i));
        return found.subarray(0, count);
      },
      ranked(id) {
        const column = incidents.columns.get(id);
        const codes = incidents.codes.get(id);
        const rank = rankOf(column);
        return (i) => (rank ? rank[codes[i]] : codes[i]);
      },
      at: (i) => incidents.latlng(i),
      title: (i) => incidents.title(i),
      open: (i) => incidents.open(i),
      follow: (follower) => incidents.followers.push(follower),
    };
  }

  // Items with a place and a card: the title, then a column for each label of the cards.
  function itemList(items) {
    const labels = new Map();
    for (const { card } of items) {
      for (const [label] of card.rows) labels.set(JSON.stringify(label), label);
    }
    const told = items.map(({ card }) => {
      return new Map(card.rows.map(([label, value]) => [JSON.stringify(label), value]));
    });
    const amount = (value) => (value && value.number !== undefined ? Number(value.number) : null);
    const columns = [...labels].map(([key, label]) => ({
      id: key,
      label,
      number: true,
      value: (i) => told[i].get(key) ?? null,
    }));
    const followers = [];
    const list = {
      total: items.length,
      load: async () => {},
      columns: [{ id: "title", label: words.place, value: (i) => items[i].card.title }, ...columns],
      rows() {
        const bounds = map.getBounds();
        const seen = items.map((_, i) => i).filter((i) => bounds.contains(items[i].at));
        return Uint32Array.from(seen);
      },
      ranked(id) {
        const column = list.columns.find((one) => one.id === id);
        const value = items.map((_, i) => column.value(i));
        const sorted = value.map((_, i) => i).sort((one, other) => {
          const [a, b] = [amount(value[one]), amount(value[other])];
          if (a !== null || b !== null) return (a ?? -1) - (b ?? -1);
          const [said, saidToo] = [value[one], value[other]].map((cell) => (cell ? gs.say(cell) : ""));
          return said.localeCompare(saidToo, gs.lang(), { numeric: true });
        });
        const rank = new Int32Array(items.length);
        sorted.forEach((i, at) => (rank[i] = at + 1));
        return (i) => rank[i];
      },
      at: (i) => L.latLng(items[i].at),
      title: (i) => items[i].card.title,
      open: (i) => gs.showCard(items[i].card, items[i].at),
      follow: (follower) => followers.push(follower),
    };
    // A card opened on the map marks its row.
    gs.onCard((card) => {
      const i = items.findIndex((item) => item.card === card);
      if (i >= 0) followers.forEach((follower) => follower(i));
    });
    return list;
  }

  // Sort by counting: places are whole numbers, and there are far fewer of them than rows.
  function sorted(rows, place, descending) {
    let most = 0;
    for (const row of rows) most = Math.max(most, place(row));
    const starts = new Uint32Array(most + 2);
    const key = descending ? (row) => most - place(row) : place;
    for (const row of rows) starts[key(row) + 1]++;
    for (let at = 1; at < starts.length; at++) starts[at] += starts[at - 1];
    const made = new Uint32Array(rows.length);
    for (const row of rows) made[starts[key(row)]++] = row;
    return made;
  }

  // ---------------------------------------------------------------- the table

  class Table {
    constructor(list) {
      this.list = list;
      this.sort = { id: list.columns[0].id, descending: list.columns[0].id === "date" };
      this.page = 0;
      this.chosen = null;
      this.rows = new Uint32Array(0);
      this.heads = new Map();
      this.body = gs.element("tbody");
      this.body.addEventListener("keydown", (event) => this.key(event));
      this.body.addEventListener("click", (event) => {
        const row = event.target.closest("tr");
        if (row) this.open(row);
      });
      const caption = gs.worded("caption", {}, words.table);
      const table = gs.element("table", { id: "gs-table" }, caption, this.head(), this.body);
      this.told = gs.element("p", { class: "gs-told" });
      this.shown = gs.element("p", { class: "gs-told" });
      this.nothing = gs.worded("p", { class: "gs-nothing", hidden: true }, words.nothing);
      this.scroller = gs.element("div", { class: "gs-rows" }, table, this.nothing);
      this.element = gs.element("div", { class: "gs-listing" }, this.told, this.scroller, this.pager());
      list.follow((row) => this.follow(row));
      map.on("moveend resize", () => this.refresh());
      gs.onLanguage(() => this.refresh());
    }

    head() {
      const row = gs.element("tr");
      for (const { id, label, number } of this.list.columns) {
        const button = gs.worded("button", { type: "button", class: "gs-sort" }, label);
        gs.named(button, "title", gs.with("sort", { column: label }));
        button.addEventListener("click", () => this.sortBy(id));
        const head = gs.element("th", { scope: "col", class: number ? "gs-number" : null }, button);
        this.heads.set(id, head);
        row.append(head);
      }
      return gs.element("thead", {}, row);
    }

    pager() {
      const step = (by, name) => {
        const button = gs.worded("button", { type: "button" }, words[name]);
        button.addEventListener("click", () => this.turn(this.page + by));
        return button;
      };
      this.back = step(-1, "previous");
      this.forth = step(1, "next");
      return gs.element("div", { class: "gs-pager" }, this.back, this.shown, this.forth);
    }

    sortBy(id) {
      const same = this.sort.id === id;
      this.sort = { id, descending: same ? !this.sort.descending : id === "date" };
      this.page = 0;
      this.refresh();
    }

    // List again what is in view; a row that has the focus or is marked stays on the page.
    async refresh() {
      if (!this.element.isConnected || this.element.closest("[hidden]")) return;
      await this.list.load();
      const place = this.list.ranked(this.sort.id);
      this.rows = sorted(this.list.rows(), place, this.sort.descending);
      for (const [id, head] of this.heads) {
        const order = this.sort.descending ? "descending" : "ascending";
        head.setAttribute("aria-sort", id === this.sort.id ? order : "none");
      }
      const focused = this.body.contains(document.activeElement);
      const kept = focused ? Number(document.activeElement.dataset.row) : this.chosen;
      const at = kept === null ? -1 : this.rows.indexOf(kept);
      this.turn(at >= 0 ? Math.floor(at / PAGE) : 0, focused ? kept : null);
    }

    turn(page, focused = null) {
      const pages = Math.max(1, Math.ceil(this.rows.length / PAGE));
      this.page = Math.min(Math.max(page, 0), pages - 1);
      const first = this.page * PAGE;
      const shown = this.rows.subarray(first, first + PAGE);
      this.body.replaceChildren(...Array.from(shown, (row) => this.row(row)));
      const facts = { n: counted(this.rows.length), total: counted(this.list.total) };
      gs.sayIn(this.told, gs.with("in_view", facts));
      const last = counted(first + shown.length);
      const total = counted(this.rows.length);
      gs.sayIn(this.shown, gs.with("page", { first: counted(shown.length ? first + 1 : 0), last, total }));
      this.nothing.hidden = shown.length > 0;
      this.back.disabled = this.page === 0;
      this.forth.disabled = this.page === pages - 1;
      this.scroller.scrollTop = 0;
      this.mark();
      const lines = [...this.body.children];
      const own = lines.find((line) => Number(line.dataset.row) === focused);
      const entry = own || lines.find((line) => line.hasAttribute("aria-current")) || lines[0];
      if (entry) entry.tabIndex = 0; // one stop of the Tab key for all rows; arrows go on from there
      if (focused !== null) (own || entry || this.back).focus();
    }

    row(row) {
      const cells = this.list.columns.map(({ value, number }, at) => {
        const told = value(row) ?? "";
        const scope = at ? {} : { scope: "row" };
        return gs.worded(at ? "td" : "th", { ...scope, class: number ? "gs-number" : null }, told);
      });
      return gs.element("tr", { tabindex: "-1", "data-row": String(row) }, ...cells);
    }

    key(event) {
      const row = event.target.closest("tr");
      if (!row) return;
      const lines = [...this.body.children];
      const at = lines.indexOf(row);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
      if (to !== undefined && lines[to]) {
        row.tabIndex = -1;
        lines[to].tabIndex = 0;
        lines[to].focus();
      } else if (event.key === "Enter" || event.key === " ") this.open(row);
      else if (event.key === "Escape") map.closePopup();
      else if (to === undefined) return;
      event.preventDefault();
    }

    // A row leads to its place on the map and opens the card there; the focus stays on the row.
    open(line) {
      const row = Number(line.dataset.row);
      line.focus();
      // On a low map the point comes to lie below the middle: the card above it needs room.
      const high = map.getSize().y;
      const down = Math.min(0.8 * high, Math.max(0.5 * high, 280)) - 0.5 * high;
      const pixel = map.project(this.list.at(row)).subtract([0, down]);
      map.panTo(map.unproject(pixel), { animate: false });
      this.list.open(row);
      gs.announce(this.list.title(row));
    }

    // A card was opened: its row is marked and brought into sight.
    follow(row) {
      this.chosen = row;
      if (!this.element.isConnected || this.element.closest("[hidden]")) return;
      const at = this.rows.indexOf(row);
      if (at >= 0 && Math.floor(at / PAGE) !== this.page) this.turn(Math.floor(at / PAGE));
      this.mark();
    }

    mark() {
      for (const line of this.body.children) {
        if (Number(line.dataset.row) === this.chosen) {
          line.setAttribute("aria-current", "true");
          line.scrollIntoView({ block: "nearest" });
        } else line.removeAttribute("aria-current");
      }
    }
  }

  // ---------------------------------------------------------------- beside the map

  // Map and panel side by side; on a narrow screen the panel lies below.
  function besideMap(panel) {
    const container = map.getContainer();
    const main = gs.element("div", { class: "gs-main" });
    container.before(main);
    main.append(container, panel);
    return main;
  }

  function opener(panel, name, opened) {
    const button = gs.worded(
      "button",
      { type: "button", class: "gs-opener", id: "gs-opener", "aria-expanded": "false", "aria-controls": panel.id },
      name,
    );
    button.addEventListener("click", () => {
      const bounds = map.getBounds();
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
      map.invalidateSize({ animate: false });
      if (panel.hidden) return;
      map.fitBounds(bounds, { animate: false }); // what was in view stays in view
      const legend = document.getElementById("gs-panel");
      if (map.getSize().x < 760) legend.open = false; // there is no room for both and a card
      opened();
    });
    gs.control(button, "bottom-start");
    return button;
  }

  gs.start.push(async (made) => {
    const circles = made.find(({ layer }) => layer.kind === "circles");
    const incidents = gs.incidents;
    if (!incidents && !(circles && circles.layer.items.length)) return;
    const list = incidents ? incidentList(incidents) : itemList(circles.layer.items);
    if (!list.columns.length) return;
    const name = incidents ? words.beside : words.beside_public;
    const panel = gs.element("section", { class: "gs-beside", id: "gs-beside", hidden: true });
    gs.named(panel, "aria-label", name);
    const live = gs.element("p", { class: "gs-live", role: "status", "aria-live": "polite" });
    gs.announce = (said) => gs.sayIn(live, said);
    const table = new Table(list);
    const help = gs.worded("p", { class: "gs-help" }, words.open_row);
    const filters = incidents ? gs.filters(incidents) : null;
    if (filters) panel.append(...filters);
    panel.append(live, table.element, help);
    besideMap(panel);
    map.invalidateSize({ animate: false });
    opener(panel, name, () => table.refresh());
    if (incidents) incidents.listeners.push(() => table.refresh());
  });
})(window.gs);
