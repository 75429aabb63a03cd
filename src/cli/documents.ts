/**
 * The JSON documents that `--json` prints: their fields, by schema. `docs/json.md` is made of this file
 * and of `replay-documents.ts` by `scripts/json-page.mjs`. Times are ms since 1970; a location is an array such as `["orders", 12, "charge"]`; a value
 * that JSON cannot hold is a tagged object such as `{"$bigint":"5"}`: `$undefined`, `$number` (`NaN`, `-0`), `$bigint`,
 * `$date`, `$map`, `$set`, `$url`, `$regexp`, `$error`, in base64 `$bytes` (a `Uint8Array`), `$buffer`, `$arrayBuffer`
 * and `$typed`, and `$object` around an object that looks like one of these.
 */
import type { Location } from "../engine/history/location.ts";

/** A recorded error. */
export interface ErrorFields {
  /** The error's own `code` where it has one, else `workflow_failed`. */
  code: string;
  name: string;
  message: string;
  stack?: string;
  cause?: unknown;
  /** The error's own fields. */
  fields?: unknown;
}

/** What a run waits for. */
export interface WaitingForFields {
  /** Message names; `[]`: any message. */
  messages?: string[];
  /** The earliest time at which it can go on. */
  until?: number;
}

/** A run. */
export interface RunFields {
  /** Its id. */
  run: string;
  workflow?: string;
  /** Relative to the store's parent folder, with `#export`. */
  module?: string;
  /** `pending` (not begun, or woken and not taken up yet), `running`, `sleeping`, `paused`, `interrupted`, `failed`, `completed`, `cancelled` or `rolling_back`. */
  state: string;
  /** Of a completed run. */
  output?: unknown;
  /** Of a failed run. */
  error?: ErrorFields;
  /** Of a cancelled run: what `wf cancel --reason` said. */
  cancelReason?: string;
  /** Of a paused run: a key or signal, or who paused it and why, such as `wf dev: died 5 times in charge`. */
  pausedBy?: string;
  waitingFor?: WaitingForFields;
  /** Of a fork or a copy: when it was made. */
  startedAt?: number;
  /** Of a run that is over. */
  endedAt?: number;
  /** A process has it. Of a run that is not over. */
  isOwned?: boolean;
  /** The process that has it, since when in ms. Of a run that is not over. */
  owner?: { pid?: number; host?: string; since?: number };
  /** Names of the messages that were sent and are not received yet. Of `inspect`, and a run that is not over. */
  inbox?: readonly string[];
  /** The messages that were sent and not received, each with its id as `message`, `name`, `body` and `sentAt`. Of `inspect`. */
  inboxMessages?: readonly unknown[];
  /** `sync` or `os`, as it was last executed. */
  durability?: string;
  /** A hash of the code it was last executed with. */
  code?: string;
  /** The run that this one was forked or imported from. */
  origin?: { run: string; seq: number; at?: number };
}

/** An entry of a run: a step, a sleep, a queue wait, a loop, a join, a race, and so on. */
export interface EntryFields {
  location: Location;
  /** `step`, `sleep`, `message`, `loop`, `join`, `race`, `removed`, `rollback_checkpoint` or `version_check`; `scope`: an iteration, a branch or a try block. */
  kind: string;
  status?: string;
  startedAt?: number;
  endedAt?: number;
  /** Of a step: attempts begun. */
  attempts?: number;
  /** Of a step, a loop: what it answered. */
  output?: unknown;
  /** Of a step: what its last attempt failed with. */
  error?: ErrorFields;
  /** Of a step: when it is tried again. */
  retryAt?: number;
  /** Of a step: it was undone. */
  rolledBack?: boolean;
  /** Of a sleep, a queue wait: its deadline. */
  until?: number;
  /** Of a sleep: `elapsed` or `woken`. */
  how?: string;
  /** Of a queue wait: message names; absent: any. */
  names?: readonly string[];
  /** Of a queue wait: what was received. */
  messages?: unknown;
  /** Of a loop: the iteration it is in, or ended in, from 0 on. */
  iteration?: number;
  /** Of a loop: how many there are, a last one that recorded nothing and only ended the loop left out. */
  iterations?: number;
  /** Of a loop: the state with which that iteration began. */
  state?: unknown;
  /** Of a race. */
  winner?: string;
  /** Of a join or a race: `name`, `status`, `output`, `error` of each. */
  branches?: unknown[];
  /** Of a removed entry: what it was. */
  originalKind?: string;
  /** Of a version check. */
  version?: number;
  latest?: number;
  /** Of a scope: what is in it. */
  entries?: unknown[];
}

/** `wf run`, `resume`, `retry`, `cancel`: the run as it is now. */
export interface RunDocument extends RunFields {
  schema: "wf.run/1";
  ok: boolean;
}

/** `wf inspect`: a run with its entries. */
export interface InspectDocument extends RunFields {
  schema: "wf.inspect/1";
  ok: boolean;
  /** With `--at`: after which event this is. */
  at?: number;
  entries: EntryFields[];
  /** With `--events`: the events as they are recorded, each with `type`, `seq`, `at`, and `loc` where it belongs to an entry. */
  events?: unknown[];
}

/** `wf inspect --step`: one entry. */
export interface EntryDocument extends EntryFields {
  schema: "wf.entry/1";
  ok: boolean;
  run: string;
  /** What happened to it. */
  events: unknown[];
  /** Where the name that was given fits several entries: the earlier ones. This is the last. */
  others?: readonly Location[];
}

/** `wf list`. */
export interface ListDocument {
  schema: "wf.list/1";
  ok: boolean;
  /** The store's folder. */
  store: string;
  /** Of each run: `run`, `workflow`, `module`, `state` (`corrupt`: its history cannot be read; `error.code` is `disk` where the disk does not give it), `waitingFor`, `error`, `startedAt`, `updatedAt`, `endedAt`, `isOwned`, `isMessageWaiting` (nobody has it, its inbox holds a message that it waits for). */
  runs: unknown[];
}

/**
 * `wf send`. With `--resume`, where the run goes on here and no response is printed, it is `wf.run/1` as of `wf resume`;
 * give the message an `--id` to know it by.
 */
export interface SendDocument {
  schema: "wf.send/1";
  ok: boolean;
  run: string;
  /** The message's id. */
  message: string;
  name: string;
  /** False: the same message had been sent before. */
  isNew: boolean;
  /** Something in the run waits for a message of this name now. False: it is kept, and a later wait may take it. */
  isAwaited: boolean;
  /** A process has the run. False: the message is received when `wf resume` or a `wf dev` takes the run up, and something waits for it. */
  isOwned: boolean;
  /** What is waited for, and was probably meant. */
  suggestion?: string;
  /** With `--wait`. */
  response?: unknown;
}

/** `wf wake`: the run, and what was woken. */
export interface WakeDocument extends RunFields {
  schema: "wf.wake/1";
  ok: boolean;
  woken: readonly Location[];
}

/** `wf fork`: the new run. With `--resume` it is `wf.run/1` as of `wf resume`, whose `origin` names the run it was made from. */
export interface ForkDocument extends RunFields {
  schema: "wf.fork/1";
  ok: boolean;
  /** The run it was made from. */
  source: string;
  /** What runs anew. */
  from: Location;
}

/** `wf init`. */
export interface InitDocument {
  schema: "wf.init/1";
  ok: boolean;
  folder: string;
  template: string;
  /** What was written or added to. */
  files: string[];
  /** What was there and is as it was: files, and scripts of package.json as `scripts.NAME`. */
  kept: readonly string[];
  /** Commands to type. */
  next: string[];
}

/** `wf export` without `--output`: the run as the file that `wf import` reads; with `--output` nothing is printed. */
export interface ExportDocument {
  schema: "wf.export/1";
  run: string;
  /** The history, event by event. */
  events: unknown[];
  /** Sent and not yet received. */
  messages: unknown[];
  /** Of completable messages. */
  responses: unknown[];
}

/** `wf import`. */
export interface ImportDocument {
  schema: "wf.import/1";
  ok: boolean;
  /** The run's id here. */
  run: string;
  /** Its id in the file. */
  from: string;
  /** How many were taken in. */
  events: number;
  /** How many came along that were sent and not received. */
  messages: number;
}

/** `wf prune`. */
export interface PruneDocument {
  schema: "wf.prune/1";
  /** Nothing that was to go was kept. */
  ok: boolean;
  isDryRun: boolean;
  /** Ids of the runs that were deleted, or would be. */
  runs: string[];
  /** Runs that a process has: `run` and `error`. */
  kept: { run: string; error: string }[];
}

/** `wf doctor`. */
export interface DoctorDocument {
  schema: "wf.doctor/1";
  /** Every history can be read. */
  ok: boolean;
  /** Version of Node. */
  node: string;
  platform: string;
  /** The file that answers to `wf`. */
  wf: string;
  /** The store's folder. */
  store: string;
  /** The store's folder exists. */
  isThere: boolean;
  durability: string;
  warnings: readonly string[];
  /** Of each run: `run`, `state` (`good`, `corrupt`, or `unreadable`: the disk does not give it), `isMended`, `events`, `bytes` of its history, `notes`, and with `--repair` what it cost as `repair`. */
  runs: unknown[];
}

/** `wf completion`. */
export interface CompletionDocument {
  schema: "wf.completion/1";
  ok: boolean;
  /** The script. */
  text: string;
}

/**
 * Any command that failed. Where a run failed or was cancelled, or its code does not fit, it is `wf.run/1` with `ok: false` and this
 * `error`: the fields of the run, or of its comparison, are there, too.
 */
export interface ErrorDocument {
  schema: "wf.error/1" | "wf.run/1";
  ok: false;
  /** `code` is stable, `hint` says what to do next, `where` is a place in the user's files. */
  error: { code: string; message: string; hint: string | null; where?: string };
  /** The run that it is about, where there is one. */
  run?: string;
  /** Of a run that cannot be rolled back with this code: the locations of the steps whose handlers it does not find. */
  missingHandlers?: (string | number)[][];
}
