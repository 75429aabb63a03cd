// The shape of the house (ARCHITECTURE.md), held. Every rule is shown to fail on a planted offender, then asked of the
// files as they are.

import { describe, expect, it } from "vitest";
import {
  brokenImports,
  cycles,
  forbiddenImports,
  homeless,
  readHouse,
  readSource,
  upwardImports,
  type SourceFile,
} from "./support/architecture.ts";

const house = readHouse("src", "test", "bench", "bin");
const source = house.filter((file) => file.path.startsWith("src/"));

const maxLines = 300;
const inside =
  (...folders: string[]) =>
  (file: string): boolean =>
    folders.some((folder) => file.startsWith(folder));
const isFileSystem = (name: string): boolean => /^(node:)?fs(\/|$)/.test(name);

const tooLong = (files: readonly SourceFile[]): string[] =>
  files.filter((file) => file.lines > maxLines).map((file) => `${file.path}: ${file.lines} lines`);

const impureEngine = (files: readonly SourceFile[]): string[] =>
  forbiddenImports(files, inside("src/engine/"), inside("src/engine/"));

const driverReachingOut = (files: readonly SourceFile[]): string[] =>
  forbiddenImports(files, inside("src/fs-driver/"), (to) => !inside("src/cli/")(to));

const strayFileSystem = (files: readonly SourceFile[]): string[] =>
  forbiddenImports(
    files,
    (file) => inside("src/fs-driver/")(file) && !/^src\/fs-driver\/disk[^/]*\.ts$/.test(file),
    (to) => !isFileSystem(to),
  );

const strayExits = (files: readonly SourceFile[]): string[] =>
  files.filter((file) => file.exits && file.path !== "src/cli/main.ts").map((file) => file.path);

const shipped = (files: readonly SourceFile[]): SourceFile[] =>
  files.filter((file) => inside("src/", "bin/")(file.path));

const testsInTheProduct = (files: readonly SourceFile[]): string[] =>
  forbiddenImports(files, inside("src/", "bin/"), (to) => !inside("test/", "bench/", "scripts/")(to));

const planted = (file: string, ...lines: string[]): SourceFile => readSource(file, lines.join("\n"));

describe("the house", () => {
  const rules: [
    rule: string,
    check: (files: readonly SourceFile[]) => string[],
    files: SourceFile[],
    offender: SourceFile[],
  ][] = [
    [
      "has no cycle of imports, those of types included",
      cycles,
      source,
      [
        planted("src/a.ts", 'import type { B } from "./b.ts";'),
        planted("src/b.ts", 'export type C = import("./c.ts").C;'),
        planted("src/c.ts", 'export const a = () => import("./a.ts");'),
      ],
    ],
    [`has no file of more than ${maxLines} lines`, tooLong, house, [planted("src/a.ts", "\n".repeat(maxLines + 1))]],
    [
      "has no import of a file that is not there",
      brokenImports,
      source,
      [planted("src/a.ts", 'export * from "./nowhere.ts";')],
    ],
    [
      "keeps the engine pure: it imports nothing but itself",
      impureEngine,
      source,
      [planted("src/engine/context.ts", 'import { readFile } from "node:fs/promises";')],
    ],
    [
      "keeps the command line out of the file driver",
      driverReachingOut,
      source,
      [planted("src/fs-driver/store.ts", 'import { main } from "../cli/main.ts";')],
    ],
    [
      "keeps the file system of the file driver behind its disk",
      strayFileSystem,
      source,
      [planted("src/fs-driver/journal.ts", 'import { openSync } from "fs";')],
    ],
    [
      "ends the process in main only",
      strayExits,
      shipped(house),
      [planted("src/cli/host.ts", 'import { exit } from "node:process";', "exit(1);")],
    ],
    [
      "ships nothing that leans on tests, benchmarks or scripts",
      testsInTheProduct,
      house,
      [planted("src/cli/host.ts", 'import "../../test/support/architecture.ts";')],
    ],
    ["gives every file of the engine a floor", homeless, source, [planted("src/engine/utils.ts")]],
    [
      "has no import in the engine that runs back up",
      upwardImports,
      source,
      [planted("src/engine/history/fold.ts", 'import type { Step } from "../api.ts";')],
    ],
  ];

  it.each(rules)("%s", (_rule, check, files, offender) => {
    expect(check(offender), "the rule must catch what breaks it").toHaveLength(1);
    expect(check(files)).toEqual([]);
  });

  it("was read in full: each folder that exists gave files, and the imports that everything hangs on", () => {
    expect(house.map((file) => file.path)).toContain("test/architecture.test.ts");
    const imports = new Set(house.flatMap((file) => file.imports));
    expect(imports).toContain("test/support/architecture.ts");
    expect(imports).toContain("vitest");
    for (const folder of ["src/engine/", "src/fs-driver/", "src/cli/"]) {
      const files = source.filter((file) => inside(folder)(file.path));
      const isJoined = files.some((file) => file.imports.some(inside(folder)));
      expect(files.length > 1 && !isJoined, `no import inside ${folder} was seen`).toBe(false);
    }
  });

  it("lets the disk use the file system, main exit, and floors import down and sideways", () => {
    expect(strayFileSystem([planted("src/fs-driver/disk-node.ts", 'import fs from "node:fs";')])).toEqual([]);
    expect(strayExits([planted("src/cli/main.ts", "process.exit(0);")])).toEqual([]);
    const below = planted("src/engine/run/pass.ts", 'import "./outcome.ts";', 'import "../history/fold.ts";');
    expect(upwardImports([below])).toEqual([]);
    expect(upwardImports([planted("src/engine/testing/clock.ts", 'import "../run/pass.ts";')])).toEqual([]);
    expect(upwardImports([planted("src/engine/index.ts", 'import "./testing/clock.ts";')])).toHaveLength(1);
  });
});
