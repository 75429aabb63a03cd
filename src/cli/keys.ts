/**
 * Single keys while a run waits: the terminal is in raw mode then, and only then.
 *
 * Invariants:
 * 1. Raw mode is on exactly while keys are wanted and nobody prompts; it is off when this is closed.
 * 2. What the terminal does by itself outside of raw mode (Ctrl-C, Ctrl-Z) is done here inside of it.
 * 3. A key acts only once its hint is shown, and the hint is shown only once nobody types: what was typed ahead, and
 *    whatever comes right after it, is no key.
 * 4. Several characters at once are a line that was pasted or typed ahead, and a key that is not offered is the
 *    beginning of one: neither does anything, and the keys rest until it is over.
 */

/** A key: `s` sends a message, `k` skips a sleep or the time before a retry, `q` pauses. */
export type Key = "s" | "k" | "q";

/** So long after raw mode has begun, what was typed before has been read, ms. */
const SETTLED = 50;
/** Who has typed nothing for so long does not write a line any more, ms. */
const TYPED = 500;
const NONE: ReadonlySet<Key> = new Set();

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
  /** These act from now on, and no others: the hint is to say so before this returns. */
  readonly show: (keys: ReadonlySet<Key>) => void;
}

/** Keys of one run. */
export class Keys {
  readonly #input: KeyInput;
  readonly #actions: KeyActions;
  #wanted = NONE;
  /** Those whose hint is shown. */
  #shown = NONE;
  #isPrompting = false;
  #isOn = false;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(input: KeyInput, actions: KeyActions) {
    this.#input = input;
    this.#actions = actions;
    process.on("SIGCONT", this.#onContinue);
  }

  /** The keys that do something now; none while the run does not wait. */
  want(keys: ReadonlySet<Key>): void {
    const isMore = [...keys].some((key) => !this.#wanted.has(key));
    const isLess = [...this.#wanted].some((key) => !keys.has(key));
    this.#wanted = keys;
    this.#adjust();
    if (this.#isOn && isMore) this.#restFor(SETTLED);
    else if (isLess && this.#shown.size > 0) this.#show(keys);
  }

  close(): void {
    process.off("SIGCONT", this.#onContinue);
    this.want(NONE);
  }

  #adjust(): void {
    const isOn = this.#wanted.size > 0 && !this.#isPrompting;
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#input.setRawMode?.(isOn);
    if (isOn) {
      this.#input.on("data", this.#onData);
      this.#input.resume();
      this.#restFor(SETTLED);
    } else {
      this.#input.off("data", this.#onData);
      if (!this.#isPrompting) this.#input.pause();
      this.#rest();
    }
  }

  /** Nothing acts until nothing was typed for so long; the last look at the input comes after that time. */
  #restFor(time: number): void {
    this.#rest();
    this.#timer = setTimeout(() => {
      this.#immediate = setImmediate(() => this.#show(this.#wanted));
    }, time);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    if (this.#shown.size > 0) this.#show(NONE);
  }

  #show(keys: ReadonlySet<Key>): void {
    this.#shown = keys;
    this.#actions.show(keys);
  }

  readonly #onData = (data: Buffer): void => {
    const text = data.toString("utf8");
    if (text.includes("\u0003")) {
      process.kill(process.pid, "SIGINT");
    } else if (text.includes("\u001A")) {
      this.#input.setRawMode?.(false);
      process.kill(process.pid, "SIGTSTP");
    } else if (isKey(text) && this.#shown.has(text)) {
      this.#press(text);
    } else {
      this.#restFor(TYPED);
    }
  };

  readonly #onContinue = (): void => {
    if (!this.#isOn) return;
    this.#input.setRawMode?.(true);
    this.#restFor(SETTLED);
  };

  #press(key: Key): void {
    switch (key) {
      case "s":
        void this.#prompt();
        return;
      case "k":
        this.#actions.skip();
        return;
      case "q":
        this.#actions.pause();
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

function isKey(text: string): text is Key {
  return text === "s" || text === "k" || text === "q";
}
