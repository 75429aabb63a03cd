/** `wf completion`: a script for the shell, which asks `wf` itself what could come next. */
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions, Verb } from "../command.ts";
import type { CompletionDocument } from "../documents.ts";
import { declaredNames } from "../declared-messages.ts";
import { EXIT } from "../exit-codes.ts";
import { openCommandStore } from "../open-store.ts";
import { readRun } from "../read-run.ts";
import { templateNames } from "../templates.ts";
import { isFinished, shownState, waitingFor } from "../views/run-facts.ts";

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_wf() {
  local IFS=$'\\n'
  COMPREPLY=($(wf completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _wf wf dotworkflows
`,
  zsh: `#compdef wf dotworkflows
_wf() {
  local -a found
  found=("\${(@f)$(wf completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${#found} )) && [[ -n \${found[1]} ]]; then compadd -a found; else _files; fi
}
compdef _wf wf dotworkflows
`,
  fish: `complete -c wf -f -a '(wf completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null; or __fish_complete_path (commandline -ct))'
`,
};

/** `wf completion <shell>` */
export const completion: Command = async (context, [shell = "", ...words], options) => {
  if (shell === "words") {
    const found = await complete(context, words, options).catch(() => []);
    return textResult(found.map((word) => `${word}\n`).join(""));
  }
  const script = SCRIPTS[shell];
  if (script !== undefined) return textResult(script);
  throw new CliError(`there is no completion for ${JSON.stringify(shell)}`, {
    code: "usage",
    exitCode: EXIT.usage,
    hint: `one of ${Object.keys(SCRIPTS).join(", ")}`,
  });
};

function textResult(text: string): Awaited<ReturnType<Command>> {
  return {
    exitCode: EXIT.done,
    isStreamed: false,
    document: () => ({ schema: "wf.completion/1", ok: true, text }) satisfies CompletionDocument,
    text: () => text,
  };
}

/** What the last of the words could become. */
async function complete(context: CommandContext, words: readonly string[], options: CommandOptions): Promise<string[]> {
  const { verbs } = context;
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1).filter((word) => word !== "--json");
  const fits = (candidates: readonly string[]): string[] => candidates.filter((each) => each.startsWith(last));
  if (before.length === 0) return fits(verbs.map(({ name }) => name));
  const verb = verbs.find(({ name, alias }) => name === before[0] || alias === before[0]);
  if (verb === undefined) return [];
  const flag = verb.flags.find(({ name }) => name === before.at(-1));
  if (flag?.takesValue === true) return fits(await valuesOf(flag.name, context, { before, options }));
  if (last.startsWith("-")) return fits(verb.flags.map(({ name }) => name));
  return fits(await argumentOf(verb, context, { before, options }));
}

interface Typed {
  readonly before: readonly string[];
  readonly options: CommandOptions;
}

async function valuesOf(flag: string, context: CommandContext, typed: Typed): Promise<readonly string[]> {
  switch (flag) {
    case "--status":
      return ["pending", "running", "waiting", "sleeping", "paused", "interrupted", "failed", "completed", "cancelled"];
    case "--sort":
      return ["started", "updated", "state", "workflow", "id"];
    case "--durability":
      return ["sync", "os"];
    case "--template":
      return templateNames();
    case "--from":
    case "--step":
      return stepNames(context, typed);
    default:
      return [];
  }
}

/** Which argument is being typed, and what it could be. */
async function argumentOf(verb: Verb, context: CommandContext, typed: Typed): Promise<readonly string[]> {
  const given = argumentsGiven(verb, typed.before);
  switch (verb.args[given.length]) {
    case "run": {
      const store = await openCommandStore(context, typed.options);
      return [...store.ids(), "latest"];
    }
    case "message": {
      const store = await openCommandStore(context, typed.options);
      const { facts } = readRun(store, store.resolve(given[0] ?? ""));
      if (isFinished(shownState(facts))) return [];
      return [...new Set([...(waitingFor(facts.history)?.messages ?? []), ...(declaredNames(facts) ?? [])])];
    }
    case "location":
      return stepNames(context, typed);
    case "shell":
      return Object.keys(SCRIPTS);
    default:
      return [];
  }
}

async function stepNames(context: CommandContext, { before, options }: Typed): Promise<string[]> {
  const store = await openCommandStore(context, options);
  const { facts } = readRun(store, store.resolve(before[1] ?? "latest"));
  return [...(facts.history.root.children?.keys() ?? [])].map(String).filter((name) => !/\s/.test(name));
}

/** The arguments among the words: neither the verb, nor flags and their values. */
function argumentsGiven(verb: Verb, before: readonly string[]): string[] {
  const given: string[] = [];
  for (let index = 1; index < before.length; index++) {
    const word = before[index] ?? "";
    if (!word.startsWith("-")) given.push(word);
    else if (verb.flags.find(({ name }) => name === word)?.takesValue === true) index++;
  }
  return given;
}
