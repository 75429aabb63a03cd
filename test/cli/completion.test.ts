// wf completion: what it offers, and that the shells take it.

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { one, order } from "./support/modules.ts";
import { parcels } from "./support/modules-more.ts";
import { binary, Workspace } from "./support/wf.ts";

const hasFish = spawnSync("fish", ["--version"]).status === 0;
let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => {
  workspace.remove();
});

describe("wf completion", () => {
  /** A run that waits for messages with odd names, and a `wf` to find. */
  async function odd(): Promise<void> {
    workspace.write(
      "odd.ts",
      `export default (ctx) => ctx.queue.next("all", { names: ["approve it", "order:paid", "it's"] });`,
    );
    workspace.write("bin/wf", `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
    chmodSync(path.join(workspace.folder, "bin/wf"), 0o755);
    await workspace.wf(["run", "odd.ts", "--id", "odd", "--no-wait"]);
  }

  it("completes commands, flags, run ids and the names of messages", async () => {
    workspace.write("order.ts", order);
    workspace.write("one.ts", one);
    await workspace.wf(["run", "order.ts", "--id", "order-1", "--no-wait"]);
    const words = async (...typed: string[]): Promise<string[]> =>
      (await workspace.wf(["completion", "words", "--", ...typed])).stdout.trim().split("\n");
    expect(await words("re")).toEqual(expect.arrayContaining(["resume", "retry"]));
    expect(await words("run", "--crash")).toEqual(["--crash-after", "--crash-before"]);
    expect(await words("inspect", "")).toEqual(["order-1", "latest"]);
    expect(await words("send", "order-1", "")).toEqual(["approve"]);
    expect(await words("fork", "order-1", "--from", "q")).toEqual(["quote"]);
    expect(await words("list", "--status", "f")).toEqual(["failed"]);
    expect(await words("list", "--status", "r")).toEqual(["running", "rolling_back"]);
    expect(await words("list", "--status=r")).toEqual(["--status=running", "--status=rolling_back"]);
    expect(await words("run", "-i", "{}", "on")).toEqual(["one.ts"]);
    expect(await words("send", "-f", "a=1", "")).toEqual(["order-1", "latest"]);
    expect(await words("inspect", "order-1", "--events", "--from", "")).toEqual([""]);
    expect(await words("export", "order-1", "--redact", "")).toEqual(["quote", "approval", "all"]);
    expect(await words("replay-diff", "order-1", "")).toEqual(["order-1", "latest"]);
    await workspace.wf(["run", "one.ts", "--id", "over"]);
    expect(await words("resume", "")).toEqual(["order-1", "latest"]);
    expect(await words("inspect", "o")).toEqual(["order-1", "over"]);
    expect((await workspace.wf(["completion", "--help"])).stdout).not.toContain("words");
  });

  it("works in bash: commands, runs, messages, steps and states", async () => {
    workspace.write("order.ts", order);
    workspace.write("bin/wf", `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
    chmodSync(path.join(workspace.folder, "bin/wf"), 0o755);
    await workspace.wf(["run", "order.ts", "--id", "order-1", "--no-wait"]);
    const lines = ["ins", "send ord", "send order-1 ", "--json send order-1 a", "--dir .workflows inspect o"];
    const more = ["inspect order-1 --step q", "inspect --step ap", "help ca", "list --status w", "run or"];
    const script = `
      set -u; PATH="$PWD/bin:$PATH"; eval "$(wf completion bash)"
      while IFS= read -r line; do
        COMP_WORDS=(wf); for word in $line; do COMP_WORDS+=("$word"); done
        case "$line" in *" ") COMP_WORDS+=("");; esac
        COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); COMPREPLY=(); _wf; echo "\${COMPREPLY[*]-}"
      done`;
    const said = execFileSync("bash", ["-c", script], {
      cwd: workspace.folder,
      input: `${[...lines, ...more].join("\n")}\n`,
      encoding: "utf8",
    });
    const found = ["inspect", "order-1", "approve", "approve", "order-1", "quote", "approval", "cancel", "waiting"];
    expect(said.split("\n").slice(0, -1)).toEqual([...found, "order.ts"]);
  });

  it("offers modules and folders where a module is meant, any file where one is, and none for a message", async () => {
    workspace.write("order.ts", order);
    workspace.write("src/one.mts", one);
    workspace.write("src/types.d.ts", "");
    workspace.write("notes.txt", "");
    workspace.write("node_modules/x.js", "");
    const words = async (...typed: string[]): Promise<string[]> =>
      (await workspace.wf(["completion", "words", "--", ...typed])).stdout.trim().split("\n");
    expect(await words("run", "")).toEqual(["order.ts", "src/"]);
    expect(await words("run", "./src/")).toEqual(["./src/one.mts"]);
    expect(await words("resume", "--module=or")).toEqual(["--module=order.ts"]);
    expect(await words("run", "~/")).toEqual(["::files"]);
    expect(await words("import", "")).toEqual(["::files"]);
    expect(await words("run", "order.ts", "--input", "@")).toEqual(["::files"]);
    await workspace.wf(["run", "src/one.mts", "--id", "over"]);
    expect(await words("send", "over", "")).toEqual([""]);
    const script = `
      set -u; PATH="$PWD/bin:$PATH"; eval "$(wf completion bash)"
      try() { COMP_WORDS=(wf "$@"); COMP_CWORD=$#; COMPREPLY=(); _wf; echo "\${COMPREPLY[*]-}"; }
      try send over ""; try import not; complete -p wf`;
    workspace.write("bin/wf", `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`);
    chmodSync(path.join(workspace.folder, "bin/wf"), 0o755);
    const said = execFileSync("bash", ["-c", script], { cwd: workspace.folder, encoding: "utf8" });
    expect(said).toBe("\nnotes.txt\ncomplete -F _wf wf\n");
  });

  it("offers places inside of loops and branches, of a loop the last iterations", async () => {
    workspace.write("parcels.ts", parcels);
    await workspace.wf(["run", "parcels.ts", "--id", "p"]);
    const { stdout } = await workspace.wf(["completion", "words", "--", "fork", "p", "--from", ""]);
    expect(stdout).toBe("orders\norders[9]/charge\norders[10]/charge\norders[11]/charge\n");
  });

  it("quotes in bash what is typed there, and joins what bash breaks", async () => {
    await odd();
    const script = `
      set -u; PATH="$PWD/bin:$PATH"; eval "$(wf completion bash)"
      try() { COMP_WORDS=(wf "$@"); COMP_CWORD=$#; COMPREPLY=(); _wf; printf '%s\\n' "\${COMPREPLY[@]-}" .; }
      try send odd ""; try send odd app; try send odd "'app"; try send odd 'approve\\ i'
      try send odd order : ; try send odd order : p; try list --status = sl`;
    const said = execFileSync("bash", ["-c", script], { cwd: workspace.folder, encoding: "utf8" });
    expect(said.split(".\n").map((part) => part.trimEnd().split("\n"))).toEqual([
      ["approve\\ it", "order:paid", "it\\'s"],
      ["approve\\ it"],
      ["approve it"],
      ["approve\\ it"],
      ["paid"],
      ["paid"],
      ["sleeping"],
      [""],
    ]);
  });

  it.runIf(hasFish)("works in fish, with names that need quotes", async () => {
    await odd();
    const lines = [
      "wf se",
      "wf send odd app",
      "wf send odd 'app",
      "wf send odd order:",
      "wf list --status=sl",
      "wf run od",
    ];
    const script = `set PATH $PWD/bin $PATH; wf completion fish | source; for line in $argv; complete -C $line; end`;
    const said = execFileSync("fish", ["-c", script, ...lines], { cwd: workspace.folder, encoding: "utf8" });
    const found = ["send", "approve it", "approve it", "order:paid", "--status=sleeping", "odd.ts"];
    expect(said.trim().split("\n")).toEqual(found);
  });

  it.each(["bash", "zsh", "fish"])("has a script for %s", async (shell) => {
    const { stdout, exitCode } = await workspace.wf(["completion", shell]);
    expect(stdout).toContain("wf completion words");
    expect(exitCode).toBe(0);
    expect((await workspace.wf(["completion", "tcsh"])).exitCode).toBe(2);
  });

  it("answers the first Tab in zsh, where the script is a function that is loaded by it", async () => {
    const { stdout } = await workspace.wf(["completion", "zsh"]);
    expect(stdout).toMatch(/^#compdef wf dotworkflows\n/);
    expect(stdout).toContain('if [[ $funcstack[1] == _wf ]]; then _wf "$@"; else compdef _wf wf dotworkflows; fi\n');
  });
});
