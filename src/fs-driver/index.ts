/**
 * `dotworkflows/fs`: runs in a folder. Opens stores and says what can go wrong; there is no logic here.
 */
export { findStore, type StorePlace } from "./discover.ts";
export type { Disk, DiskFile, FileFacts, FolderEntry, OpenMode } from "./disk.ts";
export { nodeDisk } from "./disk-node.ts";
export {
  BadIdError,
  ClosedError,
  CorruptError,
  type Damage,
  DiskError,
  FinishedError,
  IdConflictError,
  NotFoundError,
  type Owner,
  OwnedError,
  StoreError,
} from "./errors.ts";
export type { RunHealth } from "./health.ts";
export { isRunId, newRunId } from "./ids.ts";
export type { MessageResponse } from "./outbox.ts";
export type { RunListing, RunReading } from "./reading.ts";
export type { RepairReport } from "./repair.ts";
export type { RunDriver } from "./run-driver.ts";
export type { HistoryHeader, Tail } from "./scan.ts";
export type { SendOptions, SentMessage } from "./sending.ts";
export { decodeRunFile, encodeRunFile } from "./run-file.ts";
export { openStore, type Store, type StoreOptions } from "./store.ts";
export { foldRunEvents, isOver, type RunSummary, type SummaryFold } from "./summary.ts";
export type { WatchFolder } from "./disk-watch.ts";
