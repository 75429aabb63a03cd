// What a person sees: the real binary in a real terminal, as a terminal emulator shows it.

import { spawn } from "@lydell/node-pty";
import { Terminal } from "@xterm/headless";
import { afterEach, describe, expect, it } from "vitest";
import { order, slow } from "./support/modules.ts";
import { binary, Workspace } from "./support/wf.ts";

let workspace: Workspace;

afterEach(() => {
  workspace.remove();
});

/** A process in a terminal, and the screen as it is. */
class Screen {
  readonly #emulator: Terminal;
  readonly #pty: ReturnType<typeof spawn>;
  readonly ended: Promise<number>;
  #raw = "";

  constructor(args: readonly string[], options: { columns: number; env?: Record<string, string> }) {
    const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...env } = process.env;
    this.#emulator = new Terminal({ cols: options.columns, rows: 30, allowProposedApi: true });
    this.#pty = spawn(process.execPath, [binary, ...args], {
      cols: options.columns,
      rows: 30,
      cwd: workspace.folder,
      env: { ...env, TERM: "xterm-256color", ...options.env },
    });
    this.#pty.onData((data) => {
      this.#raw += data;
      this.#emulator.write(data);
    });
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => resolve(exitCode));
    });
  }

  get raw(): string {
    return this.#raw;
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number): void {
    this.#emulator.resize(columns, 30);
    this.#pty.resize(columns, 30);
  }

  async lines(): Promise<string[]> {
    await new Promise<void>((resolve) => {
      this.#emulator.write("", resolve);
    });
    const buffer = this.#emulator.buffer.active;
    const all = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? "");
    return all.filter((line) => line !== "");
  }

  /** Resolves when the screen shows this. */
  async shows(text: string): Promise<string[]> {
    for (;;) {
      const lines = await this.lines();
      if (lines.some((line) => line.includes(text))) return lines;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }
}

describe("the screen of a run", () => {
  it.each([60, 80, 120])(
    "keeps one region up to date at %i columns, and leaves one line per entry",
    async (columns) => {
      workspace = new Workspace({ "order.ts": order });
      const screen = new Screen(["run", "order.ts", "--id", "order-1"], { columns });
      const waiting = await screen.shows("wf send order-1 approve '{}'");
      expect(waiting.map((line) => line.replace(/\d+ ms/, "N ms"))).toEqual([
        "runs are kept in .workflows",
        "◆ order-1  order.ts",
        "│  from the workflow",
        "│  ✓ quote             N ms",
        '│  ⏸ approval          waiting for "approve"',
        "│",
        "│  wf send order-1 approve '{}'",
        "└  Ctrl-C pauses (wf resume order-1)",
      ]);
      await workspace.wf(["send", "order-1", "approve", '{"by":"ann"}']);
      expect(await screen.ended).toBe(0);
      const done = (await screen.lines()).join("\n");
      expect(done).toContain('│  ✓ approval          received "approve"\n');
      expect(done).toMatch(/INFO: approved/);
      expect(done).toMatch(/│ {2}✓ ship {14}\d+ ms\n└ {2}✓ completed in .*\n\{\n/);
      expect(done).not.toContain("Ctrl-C pauses");
      expect(done.match(/quote {2}/g)).toHaveLength(1);
    },
  );

  it("is whole again after the terminal was made narrower", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    const screen = new Screen(["run", "slow.ts", "--id", "a-run-with-a-long-id-that-fills-the-line"], { columns: 100 });
    await screen.shows("● long");
    screen.resize(50);
    await screen.shows("fills-the-line)");
    workspace.write("go-on", "");
    expect(await screen.ended).toBe(0);
    const lines = await screen.lines();
    expect(lines.filter((line) => /● long|Ctrl-C|^[^◆]*fills-the-line\)/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes("✓ long"))).toHaveLength(1);
  });

  it("pauses on Ctrl-C, and says that it does", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    const screen = new Screen(["run", "slow.ts", "--id", "s"], { columns: 80 });
    await screen.shows("● long");
    screen.press("\u0003");
    await screen.shows("└  pausing: a running step has 5.0 s to finish · Ctrl-C again stops at once");
    workspace.write("go-on", "");
    expect(await screen.ended).toBe(130);
    expect((await screen.lines()).at(-1)).toBe("└  paused · go on with wf resume s");
  });

  it("has no colour with NO_COLOR, and neither colour nor redraws in CI", async () => {
    workspace = new Workspace({ "slow.ts": slow });
    workspace.write("go-on", "");
    const plain = new Screen(["run", "slow.ts"], { columns: 80, env: { NO_COLOR: "1" } });
    await plain.ended;
    expect(plain.raw).not.toMatch(/\[\d+m/);
    const inCi = new Screen(["run", "slow.ts"], { columns: 80, env: { CI: "true" } });
    await inCi.ended;
    expect(inCi.raw).not.toContain("\u001B");
    const colored = new Screen(["run", "slow.ts"], { columns: 80 });
    await colored.ended;
    expect(colored.raw).toContain("\u001B[32m✓\u001B[39m");
  });
});
