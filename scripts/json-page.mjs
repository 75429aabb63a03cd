// Writes docs/json.md, the page of the documents that `--json` prints, from src/cli/documents.ts and replay-documents.ts.
//
//   node scripts/json-page.mjs           writes it
//   node scripts/json-page.mjs --check   fails when it is not what it should be

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "docs/json.md");
const source = ["documents.ts", "replay-documents.ts"]
  .map((file) => readFileSync(path.join(root, "src/cli", file), "utf8"))
  .join("\n");
const page = pageOf(source);

if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (readFileSync(target, "utf8") !== page) {
  console.error(
    "docs/json.md is not what src/cli/documents.ts and replay-documents.ts say: node scripts/json-page.mjs",
  );
  process.exitCode = 1;
}

/** @param {string} text */
function pageOf(text) {
  const [, intro = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  const interfaces = [
    ...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport interface (\w+)(?: extends (\w+))? \{\n([\s\S]*?)\n\}/g),
  ];
  const sections = interfaces.map(([, doc = "", name = "", base, body = ""]) =>
    sectionOf(prose(doc), name, base, body),
  );
  return [
    "<!-- Made by scripts/json-page.mjs from src/cli/documents.ts and replay-documents.ts. -->",
    "",
    "# What `--json` prints",
    "",
    "With `--json`, standard output holds exactly one JSON document, also on failure (`inspect --follow`: one event a line; `dev` prints none).",
    "It is never cut and never coloured. Field names are stable; `schema` says which document it is.",
    'What the workflow\'s code prints goes to standard error. Only a child process that a step starts with `stdio: "inherit"` reaches standard output by itself: give it `["inherit", 2, 2]`.',
    "",
    prose(intro).replace(/^The JSON documents.*?`scripts\/json-page\.mjs`\. /, ""),
    "",
    ...sections,
    "## Exit codes",
    "",
    ...exitCodes(),
    "",
  ].join("\n");
}

/** @param {string} doc @param {string} name @param {string | undefined} base @param {string} body */
function sectionOf(doc, name, base, body) {
  const schema = /schema: "([^"]+)"/.exec(body)?.[1];
  const title = schema === undefined ? name.replace(/(Fields|Document)$/, "") : `\`${schema}\``;
  const rows = [...body.matchAll(/(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)? {2}(\w+)(\??): (.+);/g)].map(
    ([, about = "", field = "", optional = "", type = ""]) =>
      `| \`${field}\`${optional === "?" ? " ?" : ""} | ${typeCell(type.replace(/^readonly /, ""))} | ${prose(about)} |`,
  );
  const inherits =
    base === undefined
      ? []
      : [
          `All fields of [${base.replace(/(Fields|Document)$/, "")}](#${base.replace(/(Fields|Document)$/, "").toLowerCase()}), and:`,
          "",
        ];
  return [`## ${title}`, "", doc, "", ...inherits, "| field | type | |", "|---|---|---|", ...rows, ""].join("\n");
}

/** @param {string} type one of the page's own leads to its section */
function typeCell(type) {
  const [, name, list = ""] = /^(\w+)Fields(\[\])?$/.exec(type) ?? [];
  if (name !== undefined) return `[\`${name}${list}\`](#${name.toLowerCase()})`;
  return `\`${type.replaceAll("|", "\\|")}\``;
}

function exitCodes() {
  const codes = readFileSync(path.join(root, "src/cli/exit-codes.ts"), "utf8");
  const rows = [...codes.matchAll(/ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}\w+: (\d+),/g)].map(
    ([, about = "", code]) => `| ${code} | ${prose(about)} |`,
  );
  return ["| code | |", "|---|---|", ...rows];
}

/** @param {string} comment */
function prose(comment) {
  return comment
    .replace(/^\s*\* ?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}
