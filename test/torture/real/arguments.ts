// R11: hostile arguments to the installed command line, and links and pipes where files should be: nothing is written
// outside the store, nothing reaches the terminal unescaped, and no stack trace of ours is shown.

import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { inFolder, strangersIn, wf } from "./processes.ts";

const WORKFLOW = `export default async function one(ctx, input) {
  const got = await ctx.queue.next("wait \\u001b[31m", { names: ["go", "\\u001b]0;owned\\u0007"] });
  return [input, got.body];
}`;

const HOSTILE = [
  "../x",
  "..",
  ".",
  "/etc/passwd",
  "a/b",
  "a\\b",
  "-x",
  "--",
  "latest.",
  "LATEST",
  "CON",
  "nul.txt",
  "a\u0000b",
  "x".repeat(10_000),
  "🙂",
  "a b",
  "\u001b[31mred",
  "\u009b31m",
  "\u202Eevil",
  "%2e%2e%2fx",
  "",
  "~",
  "$(id)",
  "__proto__",
];

async function run(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const texts = options.isFull ? HOSTILE : HOSTILE.slice(0, 4);
  await inFolder({ "one.ts": WORKFLOW }, async (folder) => {
    await wf(["run", "one.ts", "--id", "o", "--no-wait"], folder).ended;
    for (const text of texts) {
      const name = JSON.stringify(text.slice(0, 20));
      const uses: string[][] = [
        ["run", "one.ts", "--no-wait", `--id=${text}`],
        ["inspect", "--", text],
        ["send", "o", `--id=${text}`, "go", JSON.stringify(text)],
        ["send", "--text", text, "--", "o", text],
        ["import", "--", text],
      ];
      for (const args of uses) await tally.check(`${args[0]} ${name}`, () => judge(args, folder));
    }
    for (const args of [["inspect"], ["list"], ["resume", "o"], ["doctor"], ["inspect", "o", "--events"]])
      await tally.check(args.join(" "), () => judge(args, folder));
    await tally.check("links and pipes", () => links(folder));
  });
  return { figure: `${count(tally.cases)} uses`, violations: tally.violations };
}

async function judge(args: readonly string[], folder: string): Promise<string[]> {
  // No process can be given a NUL.
  if (args.some((arg) => arg.includes("\0"))) return [];
  const begun = performance.now();
  const { child, ended } = wf([...args], folder);
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const { exitCode, stdout, stderr } = await ended;
  clearTimeout(timer);
  const wrong: string[] = [];
  const shown = args.join(" ").slice(0, 60);
  if (exitCode === null) wrong.push(`${shown} took ${Math.round(performance.now() - begun)} ms and was killed`);
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(stdout + stderr))
    wrong.push(`${shown}: control characters are shown`);
  if (/\bat .*\/dist\//.test(stderr) || stderr.includes("unexpected:")) wrong.push(`${shown}: ${stderr.slice(0, 300)}`);
  const strangers = strangersIn(folder, new Set(["one.ts", ".workflows"]));
  if (strangers.length > 0) wrong.push(`${shown}: outside the store there is ${strangers.join(", ")}`);
  return wrong;
}

/** Links and pipes in place of a run's files: refused or set aside, never followed, never waited for. */
async function links(folder: string): Promise<string[]> {
  const store = path.join(folder, ".workflows");
  const inbox = path.join(store, "o", "inbox");
  writeFileSync(path.join(folder, "one.ts"), WORKFLOW);
  mkdirSync(path.join(store, "linked"));
  symlinkSync("/etc/passwd", path.join(store, "linked", "history.cbor"));
  mkdirSync(path.join(store, "piped"));
  spawnSync("mkfifo", [path.join(store, "piped", "history.cbor"), path.join(inbox, "pipe.cbor")]);
  symlinkSync("/etc/passwd", path.join(inbox, "link.cbor"));
  const wrong: string[] = [];
  for (const args of [
    ["inspect", "linked"],
    ["inspect", "piped"],
    ["doctor"],
    ["resume", "linked"],
    ["resume", "piped"],
    ["list"],
  ])
    wrong.push(...(await judge(args, folder)));
  const { stdout } = await wf(["inspect", "linked"], folder).ended;
  if (stdout.includes("root:")) wrong.push("a link was followed");
  return wrong;
}

export const arguments_: Row = { id: "R11", title: "hostile arguments, links and pipes", run };
