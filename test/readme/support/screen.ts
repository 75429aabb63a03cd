// A command in a real terminal: a pseudo-terminal for the process, a headless one for what a person would see.

import { spawn, type IPty } from "@lydell/node-pty";
import headless from "@xterm/headless";

const COLUMNS = 100;
const ROWS = 300;

/** A shell script in a terminal of its own. */
export class Screen {
  readonly #terminal = new headless.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  readonly #process: IPty;
  /** Settles when the script has ended, and everything it wrote is on the screen. */
  readonly ended: Promise<number>;
  isOver = false;

  constructor(script: string, folder: string, env: Record<string, string>) {
    this.#process = spawn("bash", ["--norc", "-c", script], { cols: COLUMNS, rows: ROWS, cwd: folder, env });
    this.#process.onData((data) => {
      this.#terminal.write(data);
    });
    this.ended = new Promise((resolve) => {
      this.#process.onExit(({ exitCode, signal }) => {
        this.#terminal.write("", () => {
          this.isOver = true;
          resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal);
        });
      });
    });
  }

  /** What a person sees, without the empty rest. */
  text(): string {
    const buffer = this.#terminal.buffer.active;
    const lines: string[] = [];
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      const text = line?.translateToString(true) ?? "";
      if (line?.isWrapped === true) lines.push(`${lines.pop() ?? ""}${text}`);
      else lines.push(text);
    }
    return lines.join("\n").trimEnd();
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  async close(): Promise<void> {
    if (!this.isOver) this.#process.kill("SIGKILL");
    await this.ended;
    this.#terminal.dispose();
  }
}

/** The environment of somebody at a terminal: nothing of the test runner's, of npm's, or of CI's. */
export function personsEnvironment(more: Record<string, string> = {}): Record<string, string> {
  const foreign = /^(npm_|NODE_|VITEST|VITE_|WF_|CI$|FORCE_COLOR$|NO_COLOR$|TEST$|DEV$|PROD$|MODE$|BASE_URL$|SSR$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ""])),
    TERM: "xterm-256color",
    // npx must find what is installed; another package called wf exists.
    npm_config_offline: "true",
    npm_config_loglevel: "error",
    npm_config_update_notifier: "false",
    ...more,
  };
}
