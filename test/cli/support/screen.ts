// The real binary in a real terminal, as a terminal emulator shows it.

import { spawn } from "@lydell/node-pty";
import { Terminal } from "@xterm/headless";
import { binary } from "./wf.ts";

/** Where and how wide. */
export interface ScreenOptions {
  readonly folder: string;
  readonly columns: number;
  readonly env?: Record<string, string>;
  /** Commands of a shell, which has job control, that follow in the same terminal. */
  readonly followedBy?: string;
}

/** A process in a terminal, and the screen as it is. */
export class Screen {
  readonly #emulator: Terminal;
  readonly #pty: ReturnType<typeof spawn>;
  readonly ended: Promise<number>;
  #raw = "";

  constructor(args: readonly string[], options: ScreenOptions) {
    const { CI: _ci, NO_COLOR: _noColor, FORCE_COLOR: _forceColor, WF_DIR: _dir, ...env } = process.env;
    this.#emulator = new Terminal({ cols: options.columns, rows: 30, allowProposedApi: true });
    const { followedBy } = options;
    const command = [process.execPath, binary, ...args];
    const [file = "", ...given] =
      followedBy === undefined ? command : ["sh", "-mc", `"$@"; ${followedBy}`, "sh", ...command];
    this.#pty = spawn(file, given, {
      cols: options.columns,
      rows: 30,
      cwd: options.folder,
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

  /** Everything that was written, with its escape sequences. */
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

  /** Lines that the terminal had to break, as they go on. */
  async wrapped(): Promise<string[]> {
    await this.lines();
    const buffer = this.#emulator.buffer.active;
    return Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)).flatMap((line) =>
      line?.isWrapped === true ? [line.translateToString(true)] : [],
    );
  }

  /** Lines that the terminal had to break although they could have been broken between words: commands are not to be. */
  async breakable(): Promise<string[]> {
    await this.lines();
    const buffer = this.#emulator.buffer.active;
    const whole: { text: string; isBroken: boolean }[] = [];
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      const last = whole.at(-1);
      if (line?.isWrapped !== true || last === undefined)
        whole.push({ text: line?.translateToString() ?? "", isBroken: false });
      else {
        last.text += line.translateToString();
        last.isBroken = true;
      }
    }
    const isSolid = (text: string): boolean => /^(?:→ )?wf |^(?:at )?\S+$/.test(text.trim());
    return whole.filter(({ text, isBroken }) => isBroken && !isSolid(text)).map(({ text }) => text.trim());
  }

  /** Resolves when this was written behind so many characters of {@link raw}. @returns where it ends there */
  async writes(text: string, behind = 0): Promise<number> {
    for (;;) {
      const at = this.#raw.indexOf(text, behind);
      if (at >= 0) return at + text.length;
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
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
