#!/usr/bin/env node
import module from "node:module";

module.enableCompileCache?.(); // Node >= 22.1: later starts skip parsing
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));
