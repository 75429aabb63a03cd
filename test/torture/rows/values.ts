// R12 and R14: values there and back through a real driver's bytes, deeply equal or refused before a write; and every
// file of the tortured run read by a second CBOR library.

import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";
import { decodeSequence } from "cbor2";
import fc from "fast-check";
import { copyValue } from "../../../src/engine/values.ts";
import { decodeValue, encodeValue } from "../../../src/fs-driver/codec.ts";
import { exoticValues } from "../../fs-driver/support/values.ts";
import { live } from "../life.ts";
import { count, type Row, type RowOptions, type RowResult, Tally } from "../row.ts";
import { contentsOf, emptyDisk } from "../sim/disk-state.ts";
import { World } from "../world.ts";

async function thereAndBack(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  for (const [name, value] of exoticValues()) {
    await tally.check(name, () => {
      const shapes = [value, { inside: [value] }, new Map([[value, value]]), new Set([value])];
      return shapes.every((shape) => isDeepStrictEqual(decodeValue(encodeValue(shape)), shape))
        ? []
        : [`${name} is altered`];
    });
  }
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
    withObjectString: true,
    key: fc.string({ unit: "binary" }),
  });
  let refused = 0;
  for (const [index, value] of fc
    .sample(anything, { numRuns: options.isFull ? 2_000 : 200, seed: options.seed })
    .entries()) {
    await tally.check(`random-${index}`, () => {
      let copy: unknown;
      try {
        copy = copyValue(value);
      } catch (error) {
        refused++;
        return (error as { code?: unknown }).code === "value_not_storable" ? [] : [`refused with ${String(error)}`];
      }
      return isSame(decodeValue(encodeValue(copy)), copy)
        ? []
        : [`random value ${index} is altered: ${fc.stringify(value)}`];
    });
  }
  return {
    figure: `${count(tally.cases)} values, ${count(refused)} of them refused before a write`,
    violations: tally.violations,
  };
}

/** Node 20 finds that no invalid date equals another. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b) || fc.stringify(a) === fc.stringify(b);
}

async function readByAnother(options: RowOptions): Promise<RowResult> {
  const tally = new Tally(options);
  const life = await live(emptyDisk(), new World(), { isRecording: true });
  const seen = new Set<string>();
  const states = [
    ...life.machine.snapshots.filter((_, index) => options.isFull || index % 20 === 0),
    life.machine.state,
  ];
  for (const [index, state] of states.entries()) {
    for (const [path, bytes] of contentsOf(state)) {
      // A history is whole up to its last record only.
      if (!path.endsWith(".cbor") || bytes.length === 0) continue;
      const key = `${path} ${crc32(bytes)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      await tally.check(`${index} ${path}`, () =>
        [...decodeSequence(bytes)].length > 0 ? [] : [`${path} holds nothing`],
      );
    }
  }
  return { figure: `${count(tally.cases)} files`, violations: tally.violations };
}

export const values: Row = { id: "R12", title: "values, exact or refused", run: thereAndBack };
export const secondLibrary: Row = { id: "R14", title: "every file read by a second CBOR library", run: readByAnother };
