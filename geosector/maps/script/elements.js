// Elements of the page. Every text goes in as a text node; nothing is parsed as HTML.
(function (gs) {
  "use strict";

  gs.element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) {
        made.setAttribute(name, value === true ? "" : value);
      }
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  };

  // An element that says words, set apart so that their direction disturbs nothing around them.
  gs.worded = (tag, attributes, words) => {
    const inside = gs.element("bdi");
    gs.sayIn(inside, words);
    return gs.element(tag, attributes, inside);
  };

  gs.svg = (tag, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };

  gs.alert = (words) => {
    gs.map.getContainer().append(gs.worded("div", { class: "gs-message", role: "alert" }, words));
  };

  // Corners are named as a reader of the language sees them: start is where a line begins.
  const placed = [];

  function corner(place) {
    const [height, side] = place.split("-");
    const left = (side === "start") === (gs.dir() === "ltr");
    return height + (left ? "left" : "right");
  }

  // Put an element into a corner of the map: "top-start", "top-end", "bottom-start", "bottom-end".
  gs.control = (element, place) => {
    const control = L.control({ position: corner(place) });
    control.onAdd = () => gs.directed(element);
    control.addTo(gs.map);
    L.DomEvent.disableClickPropagation(element).disableScrollPropagation(element);
    placed.push([control, place]);
    return control;
  };

  // One of Leaflet's own controls.
  gs.placeControl = (control, place) => {
    control.setPosition(corner(place)).addTo(gs.map);
    placed.push([control, place]);
  };

  gs.onLanguage(() => placed.forEach(([control, place]) => control.setPosition(corner(place))));
})(window.gs);
