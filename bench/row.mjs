// Measures one row and prints its results as JSON; `run.mjs` calls it.

/** @type {Record<string, () => Promise<unknown>>} */
const rows = {
  P1: async () => (await import("./rows/engine.mjs")).p1(),
  P2: async () => (await import("./rows/engine.mjs")).p2(),
  P3: async () => (await import("./rows/engine.mjs")).p3(),
  P4: async () => (await import("./rows/engine.mjs")).p4(),
  P5: async () => (await import("./rows/scale.mjs")).p5(),
  P6: async () => (await import("./rows/scale.mjs")).p6(),
  P7: async () => (await import("./rows/commands.mjs")).p7(),
  P8: async () => (await import("./rows/commands.mjs")).p8(),
  P9: async () => (await import("./rows/commands.mjs")).p9(),
  P10: async () => (await import("./rows/size.mjs")).p10(),
  peers: async () => (await import("./rows/peers.mjs")).peers(),
};

const name = process.argv[2] ?? "";
const measure = rows[name];
if (measure === undefined) throw new Error(`no row ${name}; there are ${Object.keys(rows).join(", ")}`);
console.log(JSON.stringify(await measure()));
