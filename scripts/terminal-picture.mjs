// Writes docs/run.svg: a real run in a real terminal, as a picture for the README. The pseudo-terminal and its emulator
// are development dependencies.
//
//   node scripts/terminal-picture.mjs

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";

const COLUMNS = 84;
const ROWS = 44;
const CELL = { width: 8.4, height: 19 };
const PALETTE = ["#1e2127", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0"];

const root = path.resolve(import.meta.dirname, "..");
const folder = mkdtempSync(path.join(tmpdir(), "wf-picture-"));
const workflow = `
const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default async function order(ctx) {
  const quote = await ctx.step("quote", async () => (await nap(210), { price: 42 }));
  await ctx.step({ name: "charge", retryBackoffBase: 150, run: async ({ attempt }) => {
    await nap(80);
    if (attempt < 3) throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  } });
  await ctx.join("notify", {
    mail: { run: (ctx) => ctx.step("send", () => nap(160)) },
    sms: { run: (ctx) => ctx.step("send", () => nap(90)) },
  });
  const approval = await ctx.queue.next("approval", { names: ["approve"] });
  await ctx.step("ship", () => nap(120));
  return { ...quote, by: approval.body.by };
}
`;

writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
writeFileSync(path.join(folder, "order.ts"), workflow);

try {
  const terminal = new headless.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  await type(terminal, "wf run order.ts --id order-8f3k2q --crash-after quote");
  await type(terminal, "wf resume", async (screen) => {
    await screen.shows("s send a message");
    await type(undefined, `wf send latest approve '{"by":"ann"}'`);
  });
  await type(terminal, "wf inspect");
  writeFileSync(path.join(root, "docs/run.svg"), await svgOf(terminal));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Types a command, and waits for its end.
 * @param {headless.Terminal | undefined} terminal
 * @param {string} command
 * @param {(screen: { shows: (text: string) => Promise<void> }) => Promise<void>} [meanwhile]
 */
async function type(terminal, command, meanwhile) {
  terminal?.write(`\u001B[1;32m$\u001B[0m ${command}\r\n`);
  const { CI: _ci, NO_COLOR: _noColor, ...env } = process.env;
  const binary = path.join(root, "bin/wf.js");
  const script = command.replace(/^wf/, `exec ${process.execPath} ${binary}`);
  const pty = spawn("bash", ["--norc", "-c", script], {
    cols: COLUMNS,
    rows: ROWS,
    cwd: folder,
    env: { ...env, TERM: "xterm-256color" },
  });
  let heard = "";
  pty.onData((data) => {
    heard += data;
    terminal?.write(data);
  });
  const ended = new Promise((resolve) => {
    pty.onExit(resolve);
  });
  const shows = async (/** @type {string} */ text) => {
    while (!heard.includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await meanwhile?.({ shows });
  await ended;
  terminal?.write("\r\n");
}

/** @param {headless.Terminal} terminal */
async function svgOf(terminal) {
  await new Promise((resolve) => {
    terminal.write("", () => resolve(undefined));
  });
  const buffer = terminal.buffer.active;
  const rows = Array.from({ length: buffer.length }, (_, row) => rowOf(buffer.getLine(row)));
  while (rows.at(-1) === "") rows.pop();
  const width = Math.ceil(COLUMNS * CELL.width + 32);
  const height = Math.ceil(rows.length * CELL.height + 52);
  const lines = rows.map((row, index) =>
    row === "" ? "" : `<text y="${46 + index * CELL.height}" xml:space="preserve">${row}</text>\n`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A run in a terminal: killed after its first step, resumed, sent a message, and inspected">
<rect width="100%" height="100%" rx="8" fill="${PALETTE[0]}"/>
<circle cx="18" cy="16" r="5" fill="#e06c75"/><circle cx="36" cy="16" r="5" fill="#e5c07b"/><circle cx="54" cy="16" r="5" fill="#98c379"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${PALETTE[7]}">
${lines.join("")}</g>
</svg>
`;
}

/**
 * One row as spans: one per style.
 * @param {ReturnType<headless.Terminal["buffer"]["active"]["getLine"]>} line
 */
function rowOf(line) {
  let spans = "";
  let run = { style: "", text: "", from: 0 };
  const flush = () => {
    if (run.text.trim() !== "")
      spans += `<tspan x="${(16 + run.from * CELL.width).toFixed(1)}"${run.style}>${escape(run.text.trimEnd())}</tspan>`;
  };
  for (let column = 0; column < COLUMNS; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const text = cell.getChars() === "" ? " " : cell.getChars();
    if (style !== run.style) {
      flush();
      run = { style, text: "", from: column };
    }
    run.text += text;
  }
  flush();
  return spans;
}

/** @param {NonNullable<ReturnType<NonNullable<ReturnType<headless.Terminal["buffer"]["active"]["getLine"]>>["getCell"]>>} cell */
function styleOf(cell) {
  const color = cell.isFgPalette() ? PALETTE[cell.getFgColor() % 8] : undefined;
  return [
    color === undefined ? "" : ` fill="${color}"`,
    cell.isBold() ? ' font-weight="bold"' : "",
    cell.isDim() ? ' opacity="0.6"' : "",
  ].join("");
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
