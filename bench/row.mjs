// Measures one row and prints its results as JSON; `run.mjs` calls it.

import { rows } from "./rows/index.mjs";

const name = process.argv[2] ?? "";
const measure = rows[name];
if (measure === undefined) throw new Error(`no row ${name}; there are ${Object.keys(rows).join(", ")}`);
console.log(JSON.stringify(await measure()));
