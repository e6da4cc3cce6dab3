// HTML that folium's layers bring along: popups, tooltips, names in their list of layers. No script
// in it runs, by the policy of the page. What a policy does not stop is taken out before it is part
// of the page: what leads the reader elsewhere, asks a server for its address, or hides the map.
(function () {
  "use strict";

  const ELSEWHERE = "meta, link, base, form, object, embed, script, style, frame, frameset";
  const LINKS = /^(https?:|mailto:|tel:|#)/i;
  const INSIDE = /^(data:image\/|#)/i;
  const own = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");

  function unwanted(one, { name, value }) {
    if (/^(on.*|ping|action|formaction|srcset|background|target)$/i.test(name)) return true;
    if (name === "style") return /url|image|@|\\/i.test(value);
    if (name === "srcdoc") return one.localName !== "iframe"; // the policy holds in it, too
    if (/^(src|poster|data)$/i.test(name)) return !INSIDE.test(value.trim());
    if (!/^(xlink:)?href$/i.test(name)) return false;
    return !(one.localName === "a" ? LINKS : INSIDE).test(value.trim());
  }

  // Nodes of HTML as they would stand in an element, made in a page aside in which nothing is asked
  // for and nothing runs.
  function cleaned(within, written) {
    const aside = document.implementation.createHTMLDocument("");
    const holder = aside.createElementNS(within.namespaceURI, within.localName);
    own.set.call(holder, written);
    holder.querySelectorAll(ELSEWHERE).forEach((one) => one.remove());
    for (const one of holder.querySelectorAll("*")) {
      if (one.localName === "iframe") {
        one.setAttribute("sandbox", "");
        one.removeAttribute("src");
      }
      [...one.attributes].filter((attribute) => unwanted(one, attribute))
        .forEach(({ name }) => one.removeAttribute(name));
    }
    return holder.childNodes;
  }

  Object.defineProperty(Element.prototype, "innerHTML", {
    ...own,
    set(written) {
      if (/[<&]/.test(written)) this.replaceChildren(...cleaned(this, written));
      else own.set.call(this, written);
    },
  });
})();
