/**
 * The terminal's echo: off while the live screen is up and nobody reads the keyboard. What is typed would stand in the
 * region that is redrawn, and a line feed would break it. The input itself is left alone: steps, and processes that
 * they start, may read it, and Ctrl-C is a signal as ever.
 *
 * Invariants:
 * 1. It is on again when this is closed, and while the process is stopped (Ctrl-Z). Node itself restores what it found
 *    when the process ends in any other way than by SIGKILL; after that, an interactive shell does.
 * 2. It is never touched from the background, nor in raw mode, which has none.
 * 3. Code in this process that begins to read lines from the terminal has it on while it reads.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** How long `stty` and `ps` may take, ms. */
const PATIENCE = 1_000;

/** The echo of the terminal that `input` is. */
export class Echo {
  readonly #input: NodeJS.ReadStream;
  #isOff = false;
  /** It cannot be turned off: in the background, or without `stty`. */
  #isRefused = false;

  constructor(input: NodeJS.ReadStream) {
    this.#input = input;
    input.on("resume", this.#onResume);
    process.on("SIGCONT", this.#onContinue);
  }

  /** Turns it off where that may be done; cheap where it is off already. */
  turnOff(): void {
    if (this.#isOff || this.#isRefused || this.#input.isRaw || this.#input.readableFlowing === true) return;
    this.#isOff = isInForeground() && stty("-echo");
    this.#isRefused = !this.#isOff;
    if (this.#isOff) process.on("SIGTSTP", this.#onStop);
  }

  close(): void {
    this.#input.off("resume", this.#onResume);
    process.off("SIGCONT", this.#onContinue);
    this.#turnOn();
  }

  #turnOn(): void {
    if (!this.#isOff) return;
    this.#isOff = false;
    process.off("SIGTSTP", this.#onStop);
    stty("echo");
  }

  readonly #onResume = (): void => {
    if (!this.#input.isRaw && this.#input.readableFlowing === true) this.#turnOn();
  };

  /** Nobody listens to the signal any more when it comes again, so that it stops the process. */
  readonly #onStop = (): void => {
    this.#turnOn();
    process.kill(process.pid, "SIGTSTP");
  };

  readonly #onContinue = (): void => {
    this.#isRefused = false;
    this.turnOff();
  };
}

function stty(setting: "echo" | "-echo"): boolean {
  return spawnSync("stty", [setting], { stdio: ["inherit", "ignore", "ignore"], timeout: PATIENCE }).status === 0;
}

/** Whether the terminal is this process's now: changing it from the background would stop the process. */
function isInForeground(): boolean {
  const stat = processStat();
  if (stat === undefined) {
    const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(process.pid)], { timeout: PATIENCE });
    return String(stdout).includes("+");
  }
  // Behind the name, which may hold anything: state, parent, group, session, terminal, the terminal's foreground group.
  const [, , group, , , foreground] = stat.replace(/^.*\) /s, "").split(" ");
  return group === foreground;
}

/** Linux only; undefined elsewhere. */
function processStat(): string | undefined {
  try {
    return readFileSync("/proc/self/stat", "utf8");
  } catch {
    return undefined;
  }
}
