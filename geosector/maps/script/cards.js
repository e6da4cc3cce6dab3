// Cards: what a place tells when it is clicked, or reached by Tab and opened by Enter.
(function (gs) {
  "use strict";

  gs.cardContent = (card) => {
    const list = gs.element("dl");
    for (const [label, value] of card.rows) {
      list.append(gs.worded("dt", {}, label), gs.worded("dd", {}, value));
    }
    return gs.directed(
      gs.element("div", { class: "gs-card" }, gs.worded("h2", {}, card.title), list),
    );
  };

  const listeners = [];

  // Hear of every card that is opened.
  gs.onCard = (listener) => listeners.push(listener);

  // Who opened a card by keyboard goes on from where they were when it is closed.
  function returnFocus(popup) {
    const from = document.activeElement;
    const element = popup.getElement();
    if (!from || element.contains(from)) return;
    popup.once("remove", () => {
      const lost = document.activeElement === document.body || element.contains(document.activeElement);
      if (lost && from.isConnected) from.focus({ preventScroll: true });
    });
  }

  gs.map.on("popupopen", ({ popup }) => returnFocus(popup));

  // Leaflet hears Escape only while the map itself has the focus.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) gs.map.closePopup();
  });

  gs.showCard = (card, at) => {
    listeners.forEach((listener) => listener(card));
    return L.popup({ maxWidth: 280, minWidth: 160, autoPanPadding: [12, 12] })
      .setLatLng(at)
      .setContent(gs.cardContent(card))
      .openOn(gs.map);
  };

  // A shape of the map becomes a button.
  gs.asButton = (shape, card, at) => {
    shape.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      gs.showCard(card, at || event.latlng);
    });
    shape.on("add", () => {
      const drawn = shape.getElement();
      drawn.setAttribute("tabindex", "0");
      drawn.setAttribute("role", "button");
      gs.named(drawn, "aria-label", card.title);
      drawn.onkeydown = (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          gs.showCard(card, at || shape.getCenter());
        }
      };
    });
    return shape;
  };
})(window.gs);
