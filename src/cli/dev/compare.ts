/** Compares runs with the code as it is now, in a process of its own: no user code runs in the supervisor. */
import { EXIT } from "../exit-codes.ts";
import type { ComparedFields, ComparisonFields, ReplayDiffDocument } from "../replay-documents.ts";
import { NEVER_LOADED } from "../slow-load.ts";
import type { Child } from "./child.ts";

/** A process that takes longer is ended, ms: the module never finishes loading. */
const PATIENCE = 60_000;
/** One that has taken longer is ended when the module is saved again. */
const PATIENCE_ON_SAVE = 3_000;

/** What came of one run. */
export type Verdict =
  /** `isWhole`: to the end, as far as it is recorded. */
  | { readonly kind: "fits"; readonly isEdited: boolean; readonly isWhole: boolean }
  /** `shapes`: one for each difference, the same for the same one in another run. */
  | {
      readonly kind: "differs";
      readonly isEdited: boolean;
      readonly shapes: readonly string[];
      readonly code: string | undefined;
    }
  | { readonly kind: "fails"; readonly message: string }
  | { readonly kind: "hangs" };

/** Starts `wf replay-diff <args>`. */
export type StartCompare = (
  args: readonly string[],
  heard: { readonly say: (line: string) => void; readonly out?: (piece: string) => void },
) => Child;

/** The comparisons of one supervisor. */
export class Comparisons {
  readonly #start: StartCompare;
  /** Since when each has run, ms of the process. */
  readonly #running = new Map<Child, number>();

  constructor(start: StartCompare) {
    this.#start = start;
  }

  /** Compares runs of one module. Those of which nothing can be said are not in the answer. */
  async verdicts(runs: readonly string[]): Promise<ReadonlyMap<string, Verdict>> {
    const pieces: string[] = [];
    const heard = { say: () => undefined, out: (piece: string) => void pieces.push(piece) };
    const end = await this.#ended(this.#start(["--json", ...runs], heard));
    if (end === "hangs") return new Map(runs.map((run) => [run, { kind: "hangs" }]));
    const document = parsed(pieces.join(""));
    const all = document?.runs ?? (document === undefined ? [] : [document]);
    return new Map(
      all.flatMap((fields, at) => {
        const verdict = verdictOf(fields);
        const run = fields.run ?? (all.length === runs.length ? runs[at] : undefined);
        return verdict === undefined || run === undefined ? [] : [[run, verdict] as const];
      }),
    );
  }

  /** The comparison of a run in words: those of a failure where the module cannot be loaded. */
  async words(run: string): Promise<{ lines: readonly string[]; isMisfit: boolean }> {
    const lines: string[] = [];
    const exitCode = await this.#ended(this.#start([run], { say: (line) => lines.push(line) }));
    return { lines, isMisfit: exitCode === EXIT.diverged || exitCode === EXIT.usage };
  }

  /** A module was saved: what does not get on with an earlier state of it need not be waited for. */
  savedAgain(): void {
    const now = performance.now();
    for (const [child, since] of this.#running) if (now - since > PATIENCE_ON_SAVE) child.kill();
  }

  /** Ends what is under way. */
  close(): void {
    for (const child of this.#running.keys()) child.kill();
  }

  async #ended(child: Child): Promise<number | null | "hangs"> {
    this.#running.set(child, performance.now());
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = true;
      child.kill();
    }, PATIENCE);
    const { exitCode } = await child.ended;
    clearTimeout(timer);
    this.#running.delete(child);
    return hangs ? "hangs" : exitCode;
  }
}

type Fields = Partial<ComparisonFields>;

function parsed(text: string): (Omit<ReplayDiffDocument, "runs"> & { runs?: Fields[] } & Fields) | undefined {
  try {
    return JSON.parse(text) as ReplayDiffDocument;
  } catch {
    return undefined; // it was killed, or the module has ended it
  }
}

function verdictOf({ error, compatible, code, recordedCode, differences = [] }: Fields): Verdict | undefined {
  if (error?.code === NEVER_LOADED) return { kind: "hangs" };
  if (error !== undefined) return { kind: "fails", message: `${error.code} ${error.message}` };
  if (compatible === undefined) return undefined;
  const counted = differences.filter(({ level }) => level === "difference");
  const refused = counted.filter(({ verdict }) => verdict !== "not compared");
  const isEdited = code === undefined || code !== recordedCode;
  if (compatible || refused.length === 0) return { kind: "fits", isEdited, isWhole: compatible };
  const shapes = refused.map(shapeOf);
  return { kind: "differs", isEdited, shapes: [...new Set(shapes)], code };
}

/** What is the same of a difference in every run: not the round of a loop, nor the values. */
function shapeOf({ verdict, location, recorded, asked, site }: ComparedFields): string {
  const named = (place: typeof location | undefined): unknown => place?.filter((part) => typeof part === "string");
  const [before, now] = [recorded, asked].map((side) => [side?.kind, named(side?.location)]);
  return JSON.stringify([verdict, named(location), before, now, site]);
}
