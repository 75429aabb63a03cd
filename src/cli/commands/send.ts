/** `wf send`: puts a message into a run's inbox; waits for its response with `--wait`, continues the run with `--resume`. */
import type { MessageResponse, SentMessage, Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import type { SendDocument } from "../documents.ts";
import { escapeJson, escapeLine } from "../escape.ts";
import { EXIT } from "../exit-codes.ts";
import { checkMessage } from "../declared-messages.ts";
import { readGivenValue } from "../input.ts";
import { openCommandStore, resolveRun } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { type Doubt, doubtAbout } from "../unawaited.ts";
import { toJson } from "../values-json.ts";
import { isFinished, messageNames, type RunFacts, type ShownState, waitingFor } from "../views/run-facts.ts";
import { goesOnWith } from "../goes-on.ts";
import { resumeRun } from "./resume.ts";

const SCHEMA = "wf.send/1";
/** How often `--wait` looks whether the run has ended without a response, ms. */
const LOOK_EVERY = 250;

/** `wf send <run> <message> [body]` */
export const send: Command = async (context, [wanted = "", name = "", json], options) => {
  checkName(name);
  const given = await readGivenValue({ json, fields: options.field, text: options.text, name: "body" });
  const store = await openCommandStore(context, options);
  const run = resolveRun(store, wanted);
  const { facts } = readRun(store, run);
  const body = await checkMessage(context, { store, facts, name }, { ...options, body: given });
  const sent = await store.send(run, name, body, options.id === undefined ? {} : { id: options.id });
  const named = { schema: SCHEMA, ok: true, run, message: sent.id, name, isNew: sent.isNew } as const;
  const doubt = doubtAbout(facts, name);
  const { facts: now } = readRun(store, run);
  const { isOwned } = now;
  const fields = {
    ...named,
    isAwaited: isAwaited(facts, name),
    isOwned,
    ...(doubt?.suggestion !== undefined && { suggestion: doubt.suggestion }),
  } satisfies SendDocument;
  say(
    context,
    `${sent.isNew ? "sent" : "already sent"} ${escapeLine(name)} to ${run}  (message ${escapeLine(sent.id)})`,
  );
  if (doubt !== undefined) for (const line of doubtLines(name, doubt)) say(context, line);
  if (options.resume === true) {
    const { owner } = store.read(run);
    if (owner === undefined) {
      const ended = await resumeRun(context, store, run, options);
      return options.wait === true ? answered(ended, await answerNow(store, run, sent), { run, sent, fields }) : ended;
    }
    say(context, `run ${run} is in the hands of process ${owner.pid ?? "?"}: it goes on there`);
  }
  if (!isOwned && options.resume !== true)
    for (const line of idleLines(now, { id: sent.id, name }, options.wait === true)) say(context, line);
  if (options.wait !== true) return { exitCode: EXIT.done, document: () => fields, text: () => "" };
  return responseResult(await awaitResponse(store, run, sent), EXIT.done, fields);
};

function responseResult(response: unknown, exitCode: number, fields: SendDocument): CommandResult {
  return {
    exitCode,
    document: () => ({ ...fields, response: toJson(response) }),
    text: () => (response === undefined ? "" : `${escapeJson(JSON.stringify(toJson(response), undefined, 2))}\n`),
  };
}

/** The response that is there; undefined where there is none. */
function answerNow(store: Store, run: string, sent: SentMessage): Promise<MessageResponse | undefined> {
  return store.response(run, sent.id, AbortSignal.abort());
}

/** After the run went on here: the response, or how the run stands where it gave none yet. @throws CliError where it never will */
function answered(
  ended: CommandResult,
  answer: MessageResponse | undefined,
  { run, sent, fields }: { readonly run: string; readonly sent: SentMessage; readonly fields: SendDocument },
): CommandResult {
  if (answer !== undefined) return responseResult(answer.response, ended.exitCode, fields);
  if (ended.exitCode === EXIT.done) throw notAnswered(run, sent);
  return ended;
}

/** Something in the run waits for a message of this name now. */
function isAwaited({ history }: RunFacts, name: string): boolean {
  const names = waitingFor(history)?.messages;
  return names !== undefined && (names.length === 0 || names.includes(name));
}

/** A later wait may take it, or its name is misspelt. */
function doubtLines(name: string, { names, suggestion }: Doubt): string[] {
  const meant = suggestion === undefined ? "" : " — did you mean that?";
  return [
    `no wait named ${JSON.stringify(name)} yet: it waits for ${messageNames(names)}${meant}`,
    "the message is kept: a later wait may take it",
  ].map(escapeLine);
}

/** What becomes of a message to a run that nobody has: it moves the run on only where something waits for it. */
function idleLines(
  facts: RunFacts,
  { id, name }: { readonly id: string; readonly name: string },
  isAnswerAwaited: boolean,
): string[] {
  // What it moves on is done: it was sent before, or received at once by a process that has left since.
  if (facts.history.received.has(id) || isFinished(facts.history.run.state)) return [];
  const mayTake = facts.history.waits.size === 0 || isAwaited(facts, name);
  if (mayTake) return goesOnWith(facts, isAnswerAwaited ? "waiting for the response; " : "");
  const isDoubtful = doubtAbout(facts, name) !== undefined;
  return [
    ...(isDoubtful ? [] : ["nothing waits for it now; the message is kept: a later wait may take it"]),
    ...(isAnswerAwaited ? ["waiting for the response"] : []),
  ];
}

function say(context: CommandContext, line: string): void {
  context.terminal.tell(line);
}

function checkName(name: string): void {
  if (name !== "" && !name.startsWith("wf:")) return;
  throw new CliError(
    name === "" ? "the name of the message is empty" : `${JSON.stringify(name)} cannot be the name of a message`,
    {
      code: "usage",
      exitCode: EXIT.usage,
      hint: name === "" ? "wf send RUN MESSAGE '{}'" : "names that begin with wf: are requests to the run's owner",
    },
  );
}

/** Waits until the message is answered, or the run is over, or gone. */
async function awaitResponse(store: Store, run: string, sent: SentMessage): Promise<unknown> {
  const abort = new AbortController();
  let failure: Error | undefined;
  const timer = setInterval(() => {
    try {
      if (isFinished((store.summary(run).summary?.state ?? "pending") as ShownState)) abort.abort();
    } catch (error) {
      failure = error as Error;
      abort.abort();
    }
  }, LOOK_EVERY);
  try {
    const answer = await store.response(run, sent.id, abort.signal);
    if (answer !== undefined) return answer.response;
    if (failure !== undefined) throw failure;
  } catch (error) {
    throw (error as { code?: unknown }).code === "not_found" ? gone(run, sent) : error;
  } finally {
    clearInterval(timer);
  }
  throw notAnswered(run, sent);
}

function gone(run: string, sent: SentMessage): CliError {
  return new CliError(`run ${run} was deleted before it answered`, {
    code: "not_found",
    exitCode: EXIT.notFound,
    hint: "wf list  shows the runs that are there",
    document: { run, message: sent.id },
  });
}

function notAnswered(run: string, sent: SentMessage): CliError {
  return new CliError(`run ${run} ended without answering`, {
    code: "not_answered",
    exitCode: EXIT.failed,
    hint: `wf inspect ${run}  (only a completable message is answered)`,
    document: { run, message: sent.id },
  });
}
