/**
 * Single keys while a run waits: the terminal is in raw mode then, and only then.
 *
 * Invariants:
 * 1. Raw mode is on exactly while keys are wanted and nobody prompts; it is off when this is closed.
 * 2. What the terminal does by itself outside of raw mode (Ctrl-C, Ctrl-Z) is done here inside of it.
 */

/** The terminal's input, as far as it matters here. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: "data", listener: (data: Buffer) => void): unknown;
  off(event: "data", listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What the keys do. */
export interface KeyActions {
  readonly send: () => Promise<void>;
  readonly skip: () => void;
  readonly pause: () => void;
}

/** Keys of one run. */
export class Keys {
  readonly #input: KeyInput;
  readonly #actions: KeyActions;
  #isWanted = false;
  #isPrompting = false;
  #isOn = false;

  constructor(input: KeyInput, actions: KeyActions) {
    this.#input = input;
    this.#actions = actions;
    process.on("SIGCONT", this.#onContinue);
  }

  /** The run waits, or does not. */
  want(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#adjust();
  }

  close(): void {
    process.off("SIGCONT", this.#onContinue);
    this.want(false);
  }

  #adjust(): void {
    const isOn = this.#isWanted && !this.#isPrompting;
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#input.setRawMode?.(isOn);
    if (isOn) {
      this.#input.on("data", this.#onData);
      this.#input.resume();
    } else {
      this.#input.off("data", this.#onData);
      if (!this.#isPrompting) this.#input.pause();
    }
  }

  readonly #onData = (data: Buffer): void => {
    for (const key of data.toString("utf8")) this.#press(key);
  };

  readonly #onContinue = (): void => {
    if (this.#isOn) this.#input.setRawMode?.(true);
  };

  #press(key: string): void {
    switch (key) {
      case "s":
        if (!this.#isPrompting) void this.#prompt();
        return;
      case "k":
        this.#actions.skip();
        return;
      case "q":
        this.#actions.pause();
        return;
      case "\u0003":
        process.kill(process.pid, "SIGINT");
        return;
      case "\u001A":
        this.#input.setRawMode?.(false);
        process.kill(process.pid, "SIGTSTP");
        return;
      default:
    }
  }

  async #prompt(): Promise<void> {
    this.#isPrompting = true;
    this.#adjust();
    try {
      await this.#actions.send();
    } finally {
      this.#isPrompting = false;
      this.#adjust();
    }
  }
}
