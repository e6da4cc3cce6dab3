// Numbers that travel as bytes (geosector/maps/encoding.py): base 85, deflate, varints.
(function (gs) {
  "use strict";

  const DIGITS =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_|~";
  const VALUES = new Uint8Array(128).fill(84); // beyond the end stands the highest digit
  for (let digit = 0; digit < DIGITS.length; digit++) VALUES[DIGITS.charCodeAt(digit)] = digit;

  // Bytes as encoding.write_bytes wrote them: each four as five digits, the highest first.
  function readBytes(written) {
    const bytes = new Uint8Array(Math.floor((written.length * 4) / 5));
    const value = (at) => (at < written.length ? VALUES[written.charCodeAt(at)] : 84);
    for (let i = 0, at = 0; at < bytes.length; i += 5, at += 4) {
      let word = value(i);
      for (let next = 1; next < 5; next++) word = word * 85 + value(i + next);
      bytes[at] = word >>> 24; // what lies past the end is lost
      bytes[at + 1] = word >>> 16;
      bytes[at + 2] = word >>> 8;
      bytes[at + 3] = word;
    }
    return bytes;
  }

  // Long ones stand in the page by themselves, and are looked at when they are needed.
  function writtenOf(packed) {
    if (typeof packed === "string") return packed;
    return document.getElementById(`gs-packed-${packed.packed}`).textContent;
  }

  // From memory, not from a Blob: that would go through another process and back.
  gs.unpack = async (packed) => {
    const deflated = new Response(readBytes(writtenOf(packed))).body;
    const stream = deflated.pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };

  // Whole numbers as encoding.varints wrote them: seven bits a byte, then zigzag.
  gs.numberReader = (bytes) => {
    let at = 0;
    return {
      more: () => at < bytes.length,
      next() {
        let value = 0;
        let shift = 0;
        let octet;
        do {
          octet = bytes[at++];
          value |= (octet & 127) << shift;
          shift += 7;
        } while (octet & 128);
        return (value >>> 1) ^ -(value & 1);
      },
    };
  };

  // All numbers at once: several times as fast as one after another.
  gs.readNumbers = (bytes) => {
    let count = 0;
    for (let at = 0; at < bytes.length; at++) count += bytes[at] < 128 ? 1 : 0;
    const numbers = new Int32Array(count);
    let value = 0;
    let shift = 0;
    for (let at = 0, i = 0; at < bytes.length; at++) {
      const octet = bytes[at];
      value |= (octet & 127) << shift;
      shift += 7;
      if (octet > 127) continue;
      numbers[i++] = (value >>> 1) ^ -(value & 1);
      value = shift = 0;
    }
    return numbers;
  };

  // Lines as encoding.pack_lines wrote them: [{label, points: [lat, lon, lat, lon …]}].
  gs.readLines = async (packed, unit) => {
    const reader = gs.numberReader(await gs.unpack(packed));
    const lines = [];
    let label = 0;
    let lon = 0;
    let lat = 0;
    while (reader.more()) {
      label += reader.next();
      const points = new Float64Array(2 * reader.next());
      for (let i = 0; i < points.length; i += 2) {
        lon += reader.next();
        lat += reader.next();
        points[i] = lat * unit;
        points[i + 1] = lon * unit;
      }
      lines.push({ label, points });
    }
    return lines;
  };

  gs.pairs = (points) => {
    const made = [];
    for (let i = 0; i < points.length; i += 2) made.push([points[i], points[i + 1]]);
    return made;
  };
})(window.gs);
