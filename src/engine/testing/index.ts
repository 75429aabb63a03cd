/**
 * What tests of workflows need: a driver in memory and a clock moved by hand.
 *
 * @module
 */
export { type ContractCase, type ContractSubject, driverContract } from "./driver-contract.ts";
export { ManualClock } from "./manual-clock.ts";
export { InMemoryDriver } from "./memory-driver.ts";
export type { Look } from "../replay/examination.ts";
export { replayHistory, type ReplayOptions } from "../replay/replay-history.ts";
export type { Source } from "../replay/whereabouts.ts";
export type { Edit, Fix, Level, ReplayEntry, ReplayReport, Side, Site, Verdict } from "../replay/report.ts";
