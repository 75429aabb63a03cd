/** One row of the table of edits. */
import type { Verdict } from "dotworkflows/testing";
import type { Script } from "./project.ts";

/** An edit, and what it is to make of a recorded run. */
export interface EditCase {
  readonly title: string;
  /** The workflow's body as it was recorded, or all files with `main.ts` or `main.js` among them. */
  readonly before: string | Readonly<Record<string, string>>;
  /** What is replaced by what; with a file's name first, in that file. */
  readonly edits: readonly (readonly [from: string, to: string] | readonly [file: string, from: string, to: string])[];
  /** How far the run gets before it is edited. Default: up to its first wait. */
  readonly script?: Script;
  /** What is not `ok`, in order: verdict, location, and the text in the edited source at which the site points. */
  readonly expect: readonly (readonly [verdict: Verdict, location: string, site?: string | undefined])[];
  /** Default: true when all of `expect` are notes. */
  readonly compatible?: boolean;
  /** How many ways to mend it can be pasted, all told. */
  readonly fixes: number;
  /** What a person does who follows a fix that says `says`, where a program cannot know whether it is meant. Then it fits. */
  readonly byHand?: { readonly says: string; readonly edits: readonly (readonly [from: string, to: string])[] };
  /** The ending of the main file. */
  readonly ending?: "ts" | "js" | "mts";
  readonly deep?: boolean;
  /** What is missing is asked for behind the wait, which no comparison can see: the fix for what is gone is not for it. */
  readonly isAskedLater?: boolean;
}
