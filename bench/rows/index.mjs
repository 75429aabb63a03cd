// The rows by name. Each is loaded when it is measured, in a process of its own (`row.mjs`).

/**
 * One line of the table.
 * @typedef {object} Result
 * @property {string} id
 * @property {string} work what was done
 * @property {string} value what was measured, in words
 * @property {string} reference what it is beside, measured in the same run
 * @property {string} goal
 * @property {boolean | null} met null: not measured here, and `reference` says why
 * @property {Record<string, unknown>} figures the numbers behind the words
 * @property {string} [parts] where the time goes, measured in the same run: why a goal is missed, or by how little not
 */

/** @type {Record<string, () => Promise<Result[]>>} */
export const rows = {
  P1: async () => (await import("./steps.mjs")).p1(),
  P2: async () => (await import("./join.mjs")).p2(),
  P3: async () => (await import("./steps.mjs")).p3(),
  P4: async () => (await import("./resume.mjs")).p4(),
  P5: async () => (await import("./loop.mjs")).p5(),
  P6: async () => (await import("./messages.mjs")).p6(),
  P7: async () => (await import("./commands.mjs")).p7(),
  P8: async () => (await import("./send.mjs")).p8(),
  P9: async () => (await import("./commands.mjs")).p9(),
  P10: async () => (await import("./size.mjs")).p10(),
  peers: async () => (await import("./peers.mjs")).peers(),
  node: async () => (await import("./node-versions.mjs")).nodeVersions(),
};
