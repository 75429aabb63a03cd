/**
 * The receiving side of a run's inbox. Owns finding messages, their order and the waiting for new ones; files are
 * `message-file.ts`, the ledger of what waits is `waiting.ts`, removals are `inbox-removals.ts`, responses `outbox.ts`.
 * Recognising a message that was received before is the engine's business: it removes it again.
 *
 * Invariants:
 * 1. A message is read once, when it is first found; `peek` lists the folder again only when it lacks messages and the
 *    folder has changed, and for requests alone not at all while it is watched.
 * 2. Watching is a hint, polling the truth; both only while somebody waits.
 * 3. A message that is taken out is gone at once from what `peek` answers; its file goes a moment later, with others.
 *    A crash in between brings it back, and the engine knows it from the history.
 * 4. What cannot be read as a message is moved to quarantine with a warning, never deleted, and links are not read.
 */
import path from "node:path";
import { type Inbox, isRequest, type Message } from "../engine/driver.ts";
import { type Disk, diskErrorCode, type FolderEntry } from "./disk.ts";
import { guarded } from "./errors.ts";
import { InboxRemovals } from "./inbox-removals.ts";
import { fileNameOf, putMessage, readMessageFile, SendingClock, type StoredMessage } from "./message-file.ts";
import { putResponse } from "./outbox.ts";
import type { RunPaths } from "./layout.ts";
import { quarantine } from "./quarantine.ts";
import { type WaitingMessage, WaitingMessages } from "./waiting.ts";
import type { WatchFolder } from "./disk-watch.ts";

const POLL_MS = 250;
/** A folder that takes long to list is listed less often: polling takes a fiftieth of the time at most. */
const POLL_SHARE = 50;
/** Folder times may be this coarse: a folder that changed just before it was listed is listed again, unless watched. */
const COARSE_MS = 50;
const LARGE_BYTES = 64 * 1024;

/** What an inbox needs of its surroundings. `paths` moves when a new run becomes visible. */
export interface InboxServices {
  readonly disk: Disk;
  readonly paths: () => RunPaths;
  readonly watch: WatchFolder;
  readonly warn: (text: string) => void;
  readonly now: () => number;
}

/** The inbox of a run that this process owns. */
export class FileInbox implements Inbox {
  readonly #services: InboxServices;
  readonly #clock = new SendingClock();
  readonly #waiting = new WaitingMessages();
  /** Files that are in the ledger. */
  readonly #known = new Set<string>();
  /** Files that could not be read when they were last looked at, which was said. */
  readonly #unreadable = new Set<string>();
  /** Wakes who waits. */
  #wake: (() => void) | undefined;
  /** Something arrived since the last wait resolved. */
  #hasNews = false;
  readonly #removals: InboxRemovals;
  /** Files that were removed since the last look at the folder: the watcher's next word of them is no news. */
  readonly #gone = new Set<string>();
  #listedAt = 0;
  #modifiedAt = -1;
  #stopWatching: (() => void) | undefined;
  #isClosed = false;

  constructor(services: InboxServices) {
    this.#services = services;
    this.#removals = new InboxRemovals({
      disk: services.disk,
      pathOf: (file) => this.#pathOf(file),
      warn: services.warn,
      onRemoved: (file) => {
        this.#known.delete(file);
        this.#gone.add(file);
      },
    });
  }

  async add(message: Message): Promise<void> {
    guarded("adding the message", () => {
      const { disk, paths, now } = this.#services;
      putMessage(disk, paths().inbox, { ...message, order: this.#clock.place(now()) });
      this.#takeIn({ name: fileNameOf(message.id), kind: "file" });
      if (this.#hasNews) this.#wake?.();
    });
  }

  async peek(names: readonly string[] | undefined, count: number): Promise<Message[]> {
    return guarded("looking for messages", () => this.#peek(names, count));
  }

  #peek(names: readonly string[] | undefined, count: number): Message[] {
    for (;;) {
      const found = this.#first(names, count);
      const messages = found.flatMap((waiting) => this.#whole(waiting) ?? []);
      // What has gone bad is out of the ledger now, and others have moved up.
      if (messages.length === found.length) return messages;
    }
  }

  #first(names: readonly string[] | undefined, count: number): WaitingMessage[] {
    const found = this.#waiting.first(names, count);
    if (found.length >= count || this.#isTold(names) || !this.#mayHaveChanged()) return found;
    this.#look();
    return this.#waiting.first(names, count);
  }

  /** While the folder is watched, hint or poll brings requests, and they can wait for that. */
  #isTold(names: readonly string[] | undefined): boolean {
    return this.#stopWatching !== undefined && names !== undefined && names.every(isRequest);
  }

  async remove(ids: readonly string[]): Promise<void> {
    // The run may be another process' by now; whoever opens it next knows these from the history.
    if (this.#isClosed) return;
    this.#removals.add(ids.map((id) => this.#waiting.delete(id) ?? fileNameOf(id)));
  }

  /**
   * Removes the files of messages that were taken out, there and then.
   * @returns false when some are still there: the disk refused
   */
  removeFiles(): boolean {
    return this.#removals.removeNow();
  }

  #pathOf(file: string): string {
    return path.join(this.#services.paths().inbox, file);
  }

  async respond(id: string, response: unknown): Promise<void> {
    guarded("leaving the response", () => putResponse(this.#services.disk, this.#services.paths(), id, response));
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener("abort", wake);
        this.#wake = undefined;
        this.#hasNews = false;
        if (signal.aborted) this.#stopWatch();
        resolve();
      };
      this.#wake = wake;
      if (this.#hasNews || signal.aborted) return wake();
      signal.addEventListener("abort", wake);
      if (this.#isClosed || this.#stopWatching !== undefined) return;
      this.#startWatch();
      this.#lookAgain();
    });
  }

  /**
   * Gives back watcher and timer, and wakes whoever still waits; a wait after this one ends with its signal only.
   * Until it resolves other threads may still remove files, so the run must not be given back before.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    this.#stopWatch();
    this.removeFiles();
    await this.#removals.settled();
  }

  #startWatch(): void {
    const { watch, paths } = this.#services;
    const stop = watch(paths().inbox, (name) => this.#lookAgain(name));
    let timer: NodeJS.Timeout;
    const poll = (): void => {
      const begun = performance.now();
      this.#lookAgain();
      schedule((performance.now() - begun) * POLL_SHARE);
    };
    const schedule = (delay: number): void => void (timer = setTimeout(poll, Math.max(POLL_MS, delay)));
    schedule(POLL_MS);
    this.#stopWatching = () => {
      clearTimeout(timer);
      stop();
    };
  }

  #stopWatch(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  #mayHaveChanged(): boolean {
    const { disk, paths } = this.#services;
    const modifiedAt = disk.facts(paths().inbox)?.modifiedAt ?? 0;
    if (modifiedAt !== this.#modifiedAt) return true;
    return this.#stopWatching === undefined && this.#listedAt - modifiedAt < COARSE_MS;
  }

  /** For those who wait: a disk that refuses now may answer at the next poll, and `peek` says so if not. */
  #lookAgain(name?: string): void {
    try {
      if (name === undefined) this.#look();
      else this.#lookAt(name);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
    }
  }

  /** Takes in what is new in the folder, and wakes whom it concerns. */
  #look(): void {
    const { disk, paths, now } = this.#services;
    const { inbox } = paths();
    this.#gone.clear();
    this.#listedAt = now();
    this.#modifiedAt = disk.facts(inbox)?.modifiedAt ?? -1;
    if (this.#modifiedAt !== -1) for (const entry of disk.list(inbox)) this.#takeIn(entry);
    if (this.#hasNews) this.#wake?.();
  }

  /** Takes in one file, when it is there and new: hints come for files that go, too. */
  #lookAt(name: string): void {
    if (this.#gone.delete(name) || !this.#isNew(name)) return;
    const { disk } = this.#services;
    const facts = disk.facts(this.#pathOf(name));
    if (facts !== undefined) this.#takeIn({ name, kind: facts.kind });
    if (this.#hasNews) this.#wake?.();
  }

  #isNew(name: string): boolean {
    return !this.#known.has(name) && !this.#removals.has(name) && !name.startsWith(".");
  }

  #takeIn({ name, kind }: FolderEntry): void {
    if (!this.#isNew(name)) return;
    const { disk, warn } = this.#services;
    try {
      const bytes = kind === "file" ? readMessageFile(disk, this.#pathOf(name)) : undefined;
      if (bytes === "gone") return;
      if (bytes === undefined) return this.#setAside(name);
      this.#known.add(name);
      this.#unreadable.delete(name);
      this.#waiting.add(entryOf(bytes.message, name, bytes.size));
      this.#hasNews = true;
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      // It may be readable at the next look: a process may be out of files for a moment.
      if (!this.#unreadable.has(name)) warn(`${name} in the inbox of the run cannot be read: ${textOf(error)}`);
      this.#unreadable.add(name);
    }
  }

  /** The message with its body, which is read again where it is large; undefined: it cannot be had any more. */
  #whole({ place, file, message }: WaitingMessage): Message | undefined {
    if (message !== undefined) return message;
    const read = readMessageFile(this.#services.disk, this.#pathOf(file));
    if (read !== undefined && read !== "gone" && read.message.id === place.id) return withoutOrder(read.message);
    this.#waiting.delete(place.id);
    this.#known.delete(file);
    if (read !== "gone") this.#setAside(file);
    else this.#services.warn(`${file}, a message "${place.name}", has gone from the inbox of the run, unreceived`);
    return undefined;
  }

  #setAside(file: string): void {
    const { disk, paths, warn } = this.#services;
    warn(`${file} in the inbox of the run is no message: moved to ${quarantine(disk, paths(), this.#pathOf(file))}`);
  }
}

function entryOf(stored: StoredMessage, file: string, size: number): WaitingMessage {
  const { id, name, sentAt, order = sentAt } = stored;
  return { place: { id, name, sentAt, order }, file, message: size > LARGE_BYTES ? undefined : withoutOrder(stored) };
}

function withoutOrder({ order: _order, ...message }: StoredMessage): Message {
  return message;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
