// Numbers that travel as bytes (geosector/maps/encoding.py): base64, deflate, varints.
(function (gs) {
  "use strict";

  gs.unpack = async (packed) => {
    const binary = atob(packed);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
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
