// What is said, in the language of the reader. The scene holds words (geosector/maps/saying.py):
// text of the data, shown as it is, or a phrase that is said in the language of the moment. An
// element remembers its words, so that it can say them again when the reader changes the language.
(function (gs) {
  "use strict";

  gs.scene = JSON.parse(document.getElementById("gs-scene").textContent);
  gs.map = window.gsMap;
  gs.makers = {}; // by kind of layer: (layer) => {shapes, ready?, legend?}, see start.js
  gs.later = []; // what is begun when the map is drawn: () => …
  gs.start = []; // what is done when every layer is made: (made) => …

  const FIRST_STRONG_ISOLATE = "\u2068";
  const END_ISOLATE = "\u2069";
  const listeners = [];
  let code = gs.scene.lang;

  function own() {
    return gs.scene.languages[code];
  }

  gs.lang = () => code;
  gs.dir = () => own().dir;

  // ---------------------------------------------------------------- numbers and dates

  // Browsers lack the digits of Sorani, so those of every language come with the scene.
  function inDigits(written) {
    return written.replace(/[0-9]/g, (digit) => own().digits[Number(digit)]);
  }

  // A number written in ASCII ("-1234.5") with the digits and marks of the language.
  function marked(written) {
    const [whole, part] = written.replace("-", "").split(".");
    const groups = whole.replace(/\B(?=(\d{3})+$)/g, own().group_mark);
    const sign = written.startsWith("-") ? own().minus : "";
    return inDigits(sign + groups + (part ? own().decimal_mark + part : ""));
  }

  gs.number = (value, decimals = 0) => {
    if (!Number.isFinite(value)) return "—";
    const written = value.toFixed(decimals);
    return marked(Number(written) === 0 ? written.replace("-", "") : written);
  };

  gs.share = (value, decimals = 0) => own().percent.replace("{}", gs.number(100 * value, decimals));

  // Of a date that is known only to the month or the year, pass only these.
  gs.date = (year, month, day) => {
    if (!month) return inDigits(String(year));
    const patterns = day ? own().days : own().months;
    return patterns[month - 1]
      .replace("{d}", () => inDigits(String(day)))
      .replace("{y}", () => inDigits(String(year)));
  };

  function dated({ day, precision }) {
    const [year, month, date] = day.split("-").map(Number);
    if (precision === "year") return gs.date(year);
    return precision === "month" ? gs.date(year, month) : gs.date(year, month, date);
  }

  // ---------------------------------------------------------------- sentences

  // Which form of a noun goes with a number: the order of the catalogues.
  function form(forms, n) {
    if (forms.length === 2) return forms[n === 1 ? 0 : 1];
    const rest = n % 100;
    if (n < 3) return forms[n];
    if (rest >= 3 && rest <= 10) return forms[3];
    return forms[rest >= 11 ? 4 : 5];
  }

  function filled(sentence, facts) {
    const rtl = own().dir === "rtl";
    return sentence.replace(/\{(\w+)\}/g, (mark, name) => {
      if (!(name in facts)) return mark;
      const fact = gs.say(facts[name]);
      return rtl ? FIRST_STRONG_ISOLATE + fact + END_ISOLATE : fact;
    });
  }

  // Every kind of words, as saying.spoken says them in Python.
  gs.say = (words) => {
    if (typeof words === "string") return words;
    if ("say" in words) {
      const sentence = own().sentences[words.say];
      if (!("n" in words)) return filled(sentence, words.with || {});
      const facts = { ...words.with, n: { number: String(words.n) } };
      return filled(form(sentence, words.n), facts);
    }
    if ("number" in words) return marked(words.number);
    if ("share" in words) return own().percent.replace("{}", marked(words.share));
    if ("day" in words) return dated(words);
    if ("digits" in words) return inDigits(words.digits);
    if ("parts" in words) return words.parts.map(gs.say).join("");
    return words.by[code] ?? words.by[""];
  };

  // A word of the interface with facts: gs.with("km", { n: { number: "2" } }).
  gs.with = (name, facts) => ({ ...gs.scene.words[name], with: facts });

  // A word of the interface that counts.
  gs.count = (name, n, facts = {}) => ({ ...gs.scene.words[name], n, with: facts });

  // ---------------------------------------------------------------- elements that say something

  gs.sayIn = (element, words) => {
    element.gsWords = words;
    element.textContent = gs.say(words);
  };

  gs.named = (element, attribute, words) => {
    element.gsNames = { ...element.gsNames, [attribute]: words };
    element.setAttribute(attribute, gs.say(words));
    return element;
  };

  function again(element) {
    if (element.gsWords !== undefined) element.textContent = gs.say(element.gsWords);
    for (const [attribute, words] of Object.entries(element.gsNames || {})) {
      element.setAttribute(attribute, gs.say(words));
    }
    if (element.gsDirected) direct(element);
  }

  function direct(element) {
    element.setAttribute("dir", own().dir);
    element.setAttribute("lang", code);
  }

  // A part of the page whose direction is that of the language, whatever is around it.
  gs.directed = (element) => {
    element.gsDirected = true;
    direct(element);
    return element;
  };

  gs.resay = (root) => {
    again(root);
    root.querySelectorAll("*").forEach(again);
  };

  gs.onLanguage = (listener) => listeners.push(listener);

  gs.speak = (chosen) => {
    code = chosen;
    const page = document.documentElement;
    page.setAttribute("lang", code);
    page.setAttribute("dir", own().dir);
    document.title = gs.say(gs.scene.title);
    gs.resay(document.body);
    listeners.forEach((listener) => listener(code));
  };
})((window.gs = window.gs || {}));
