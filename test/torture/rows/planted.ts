// R16: bugs on purpose, and the row that finds each. The bugs are wrappers, made here and put between the driver and its
// disk, or between the engine and its driver: the product knows nothing of them.

import { FileInbox } from "../../../src/fs-driver/inbox.ts";
import type { EngineDriver, Inbox, Message } from "../../../src/engine/driver.ts";
import type { RunDriver } from "../../../src/fs-driver/index.ts";
import type { Bug } from "../life.ts";
import type { Row, RowOptions, RowResult } from "../row.ts";
import { bind, withFiles } from "../wrap-disk.ts";
import { kills } from "./kills.ts";
import { diskErrors } from "./disk-errors.ts";
import { owners } from "./owners.ts";
import { power } from "./power.ts";

interface Planted {
  readonly name: string;
  readonly bug: Bug;
  /** The row that must find it. */
  readonly row: Row;
}

const noSync: Bug = {
  disk: (disk) => withFiles(disk, () => ({ sync: () => undefined, syncLater: () => Promise.resolve() })),
};

const noFolderSync: Bug = { disk: (disk) => ({ ...bind(disk), syncFolder: () => undefined }) };

const ignoredShortWrite: Bug = {
  disk: (disk) =>
    withFiles(disk, (file) => ({
      write: (bytes, position) => {
        file.write(bytes, position);
        return bytes.length;
      },
    })),
};

const retriedSync: Bug = {
  disk: (disk) =>
    withFiles(disk, (file) => {
      const sync = (): void => {
        try {
          file.sync();
        } catch {
          file.sync();
        }
      };
      return { sync, syncLater: async () => sync() };
    }),
};

/** Whoever did nothing for a minute owns nothing any more. */
const lockByTime: Bug = {
  disk: (disk, now) =>
    withFiles(disk, (file) => ({
      tryLock: (kind) => file.tryLock(kind) || now() - file.facts().modifiedAt > 60_000,
    })),
};

/** A driver with some of its methods replaced. */
function withDriver(driver: RunDriver, change: Partial<EngineDriver>): EngineDriver {
  return {
    load: () => driver.load(),
    append: (events) => driver.append(events),
    commit: (events) => driver.commit(events),
    compact: (live) => driver.compact(live),
    inbox: driver.inbox,
    setAlarm: (at) => driver.setAlarm(at),
    clearAlarm: () => driver.clearAlarm(),
    workerPollInterval: driver.workerPollInterval,
    ...change,
  };
}

function withInbox({ inbox }: RunDriver, change: Partial<Inbox>): Inbox {
  return {
    add: (message) => inbox.add(message),
    peek: (names, count) => inbox.peek(names, count),
    remove: (ids) => inbox.remove(ids),
    respond: (id, response) => inbox.respond(id, response),
    wait: (signal) => inbox.wait(signal),
    ...change,
  };
}

const earlyAcknowledgement: Bug = {
  driver: (driver) =>
    withDriver(driver, {
      commit: async (events) => {
        driver.commit(events).catch(() => undefined);
      },
    }),
};

const unlinkBeforeRecord: Bug = {
  driver: (driver) => {
    const peek = async (names: readonly string[] | undefined, count: number): Promise<Message[]> => {
      const found = await driver.inbox.peek(names, count);
      await driver.inbox.remove(found.map(({ id }) => id));
      // There and then, and not a moment later with others.
      if (driver.inbox instanceof FileInbox) driver.inbox.removeFiles();
      return found;
    };
    return withDriver(driver, { inbox: withInbox(driver, { peek }) });
  },
};

/** Every time a message is looked at it seems to be another one. */
const noDedupe: Bug = {
  disk: (disk) => ({
    ...bind(disk),
    // The file of a message that was received stays, as after a crash before its removal.
    removeFile: (path) => {
      if (!/\/inbox\/[^.]/.test(path)) disk.removeFile(path);
    },
    removeFileLater: () => Promise.resolve(),
  }),
  driver: (driver) => {
    let looks = 0;
    const peek = async (names: readonly string[] | undefined, count: number): Promise<Message[]> =>
      (await driver.inbox.peek(names, count)).map((message) => ({ ...message, id: `${message.id}#${looks++}` }));
    const remove = (ids: readonly string[]): Promise<void> =>
      driver.inbox.remove(ids.map((id) => id.replace(/#\d+$/, "")));
    return withDriver(driver, { inbox: withInbox(driver, { peek, remove }) });
  },
};

const PLANTED: readonly Planted[] = [
  { name: "no sync", bug: noSync, row: power },
  { name: "early acknowledgement", bug: earlyAcknowledgement, row: kills },
  { name: "ignored short write", bug: ignoredShortWrite, row: diskErrors },
  { name: "retried sync", bug: retriedSync, row: diskErrors },
  { name: "unlink before record", bug: unlinkBeforeRecord, row: kills },
  { name: "no dedupe", bug: noDedupe, row: kills },
  { name: "lock by time", bug: lockByTime, row: owners },
  { name: "no folder sync", bug: noFolderSync, row: power },
];

/** A planted bug, by its name. */
export function bugNamed(name: string): Bug {
  const found = PLANTED.find((planted) => planted.name === name);
  if (found !== undefined) return found.bug;
  throw new Error(`no bug is called ${JSON.stringify(name)}; there are: ${PLANTED.map((one) => one.name).join(", ")}`);
}

/** Caught by its row, and again by the case alone that caught it. */
async function isCaught({ bug, row }: Planted, options: RowOptions): Promise<{ figure: string; isCaught: boolean }> {
  const { isFull, seed } = options;
  const { figure, violations } = await row.run({ isFull, seed, bug });
  const [first] = violations;
  if (first === undefined) return { figure, isCaught: false };
  const again = await row.run({ isFull, seed, bug, only: first.case });
  return { figure: `the case ${first.case} alone does not show it`, isCaught: again.violations.length > 0 };
}

async function run(options: RowOptions): Promise<RowResult> {
  const violations: { case: string; what: string }[] = [];
  let caught = 0;
  // In short two of them, others with the next seed.
  const all = PLANTED.filter(({ name }, at) =>
    options.only === undefined ? options.isFull || (at + options.seed) % 4 === 0 : options.only === name,
  );
  for (const planted of all) {
    const { name, row } = planted;
    const result = await isCaught(planted, options);
    if (result.isCaught) caught++;
    else violations.push({ case: name, what: `${row.id} does not find the planted bug "${name}" (${result.figure})` });
  }
  return {
    figure: `${caught} of ${all.length} planted bugs caught, and again by the case that caught them`,
    violations,
  };
}

export const planted: Row = { id: "R16", title: "planted bugs, each of which the suite must catch", run };
