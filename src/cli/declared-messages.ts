/**
 * What a workflow declares of its messages, held against one that is to be sent. The history says which names there
 * are, so that the module is loaded only where it has schemas to check a body with.
 */
import { parseMessage } from "../engine/define-workflow.ts";
import type { Store } from "../fs-driver/index.ts";
import { SchemaError } from "../engine/errors.ts";
import { CliError } from "./cli-error.ts";
import type { CommandContext, CommandOptions } from "./command.ts";
import { envWish, loadEnvFile } from "./env-file.ts";
import { escapeJson, escapeLine, shellQuote } from "./escape.ts";
import { type ExampleBody, exampleBody } from "./example-body.ts";
import { EXIT } from "./exit-codes.ts";
import { moduleOf } from "./module-of.ts";
import { nearest } from "./nearest.ts";
import { findOrGiveUp } from "./slow-load.ts";
import type { RunFacts } from "./views/run-facts.ts";

/** The names that a run's workflow declares; undefined where it declares none. */
export function declaredNames({ history }: RunFacts): readonly string[] | undefined {
  return history.run.started?.messages;
}

/** The body as the workflow declares it. @throws CliError for an undeclared name, or a body that does not fit */
export async function checkMessage(
  context: CommandContext,
  { store, facts, name }: { store: Store; facts: RunFacts; name: string },
  options: CommandOptions & { readonly body: unknown },
): Promise<unknown> {
  const names = declaredNames(facts);
  if (names === undefined || options.force === true) return options.body;
  if (!names.includes(name)) throw undeclared(facts, name, names);
  const reference = moduleOf(context, store, facts, options.module);
  loadEnvFile(reference.file, envWish(options), context.env);
  const { workflow } = await findOrGiveUp(reference, context.terminal);
  return parseMessage(workflow, name, options.body).catch((error: unknown) => {
    throw error instanceof SchemaError ? unfit(error, facts.run, name, exampleBody(workflow, name)) : error;
  });
}

function unfit(error: SchemaError, run: string, name: string, example: ExampleBody | undefined): CliError {
  const json = shellQuote(escapeJson(JSON.stringify(example?.body ?? {})));
  const is = example?.passes === true ? "this would pass" : "this is its shape";
  const lines = [`nothing was written; ${is}:`, `wf send ${run} ${shellQuote(escapeLine(name))} ${json}`];
  return new CliError(error.message, {
    code: error.code,
    exitCode: EXIT.usage,
    hint: example === undefined ? "nothing was written" : lines.join("\n"),
    document: { run },
    cause: error,
  });
}

function undeclared({ run }: RunFacts, name: string, names: readonly string[]): CliError {
  const best = nearest(name, names);
  const all = names.length === 0 ? "it declares no messages" : `its messages: ${names.join(", ")}`;
  return new CliError(`the workflow of run ${run} declares no message ${JSON.stringify(name)}`, {
    code: "undeclared_message",
    exitCode: EXIT.usage,
    hint: `${best === undefined ? all : `did you mean ${best}?`}  (--force sends it all the same)`,
    document: { run, messages: names },
  });
}
