/**
 * What tests of workflows need: a driver in memory and a clock moved by hand.
 *
 * @module
 */
export { ManualClock } from "./manual-clock.ts";
export { InMemoryDriver } from "./memory-driver.ts";
export { replayHistory, type ReplayOptions } from "../replay/replay-history.ts";
export type { Fix, Level, ReplayEntry, ReplayReport, Side, Site, Verdict } from "../replay/report.ts";
