/** `wf completion`: a script for the shell, which asks `wf` itself what could come next. */
import type { RunListing, Store } from "../../fs-driver/index.ts";
import { CliError } from "../cli-error.ts";
import type { Command, CommandContext, CommandOptions, Verb } from "../command.ts";
import { GLOBAL_FLAGS } from "../command-row.ts";
import type { CompletionDocument } from "../documents.ts";
import { declaredNames } from "../declared-messages.ts";
import { EXIT } from "../exit-codes.ts";
import { LISTED_STATES } from "../listed-states.ts";
import { openCommandStore } from "../open-store.ts";
import { locationsIn } from "../find-place.ts";
import { modulesAt } from "../module-files.ts";
import { readRun } from "../read-run.ts";
import { shownStateOf } from "../summary-fold.ts";
import { templateNames } from "../templates.ts";
import { isFinished, type ShownState, shownState, waitingFor } from "../views/run-facts.ts";

/**
 * The words come as they are; each shell quotes what it puts on the line. bash also breaks words at `:` and `=`, and
 * its first loop joins them again. Where a file is meant, the one word is `::files`, and the shell has its own. The last line of zsh's is for both ways to load it: as a function of its fpath, which
 * is first called when somebody presses Tab, and by `eval`.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_wf() {
  local word last broken= glued= count=0
  local -a words=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ $count -gt 0 && ( -n $glued || $word == [:=] ) ]]; then words[count-1]+=$word; else words[count++]=$word; fi
    glued=; [[ $word == [:=] ]] && glued=1
  done
  last=\${words[count-1]}
  [[ $last == *[:=]* ]] && broken=\${last%"\${last##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r word; do
    if [[ $word == ::files ]]; then
      compopt -o default 2>/dev/null || while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$last")
      continue
    fi
    [[ $word == */ ]] && compopt -o nospace 2>/dev/null
    [[ $last == [\\"\\']* ]] || printf -v word %q "$word"
    COMPREPLY+=("\${word#"$broken"}")
  done < <(wf completion words -- "\${words[@]//[\\"\\'\\\\]/}" 2>/dev/null)
}
complete -F _wf wf dotworkflows
`,
  zsh: `#compdef wf dotworkflows
_wf() {
  local -a found folders others
  found=("\${(@f)$(wf completion words -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  folders=(\${(M)found:#*/})
  others=(\${found:#*/})
  if [[ $found[1] == ::files ]]; then _files; return; fi
  (( $#folders )) && compadd -S '' -a folders
  [[ -n $others[1] ]] && compadd -a others
}
if [[ $funcstack[1] == _wf ]]; then _wf "$@"; else compdef _wf wf dotworkflows; fi
`,
  fish: `function __wf_words
  set -l typed (commandline -opc)
  set -l last (commandline -ct)
  set -l plain (string replace -ar '["\\'\\\\\\\\]' '' -- "$last")
  set -l found (wf completion words -- $typed[2..-1] "$plain" 2>/dev/null)
  if test "$found" = ::files
    __fish_complete_path "$last"
  else if test (count $found) -gt 0
    printf '%s\\n' $found
  end
end
complete -c wf -f -a '(__wf_words)'
complete -c dotworkflows -f -a '(__wf_words)'
`,
};

/** Stands for any file: what the shell itself completes. */
const ANY_FILE = "::files";
const FILE_FLAGS: readonly string[] = ["--output", "--env", "--env-file", "--dir"];

/** Flags that every command has. */
const GLOBALS: readonly string[] = [...GLOBAL_FLAGS.map(([spelt]) => spelt.replace(/ .*$/, "")), "--help"];

/** `wf completion <shell>` */
export const completion: Command = async (context, [shell = "", ...words], options) => {
  if (shell === "words") {
    const found = await complete(context, words, options).catch(() => []);
    return textResult(
      found
        .filter((word) => !/\p{C}/u.test(word))
        .map((word) => `${word}\n`)
        .join(""),
    );
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
  const verbs = context.verbs();
  const last = words.at(-1) ?? "";
  const { before, dir } = withoutGlobals(words.slice(0, -1));
  const typed: Typed = { before, last, options: dir === undefined ? options : { ...options, dir } };
  const fits = (candidates: readonly string[]): string[] => candidates.filter((each) => each.startsWith(last));
  const names = verbs.map(({ name }) => name);
  if (last.startsWith("@") || words.at(-2) === "--dir") return [ANY_FILE];
  if (before.length === 0) return fits(last.startsWith("-") ? GLOBALS : names);
  if (before.length === 1 && before[0] === "help") return fits(names);
  const verb = verbs.find(({ name, alias }) => name === before[0] || alias === before[0]);
  if (verb === undefined) return [];
  const [, joined = ""] = /^(--[\w-]+)=/.exec(last) ?? [];
  const flag = valueFlag(verb, joined === "" ? before.at(-1) : joined);
  if (flag !== undefined) {
    if (FILE_FLAGS.includes(flag.name)) return [ANY_FILE];
    const start = joined === "" ? "" : `${joined}=`;
    const found = await valuesOf(`${verb.name} ${flag.name}`, context, { ...typed, last: last.slice(start.length) });
    return found.includes(ANY_FILE) ? [ANY_FILE] : fits(found.map((value) => start + value));
  }
  if (last.startsWith("-"))
    return fits([...verb.flags.flatMap(({ name, isHidden }) => (isHidden ? [] : [name])), ...GLOBALS]);
  const found = await argumentOf(verb, context, typed);
  return found.includes(ANY_FILE) ? [ANY_FILE] : fits(found);
}

/** What is not about the verb, taken out of the words. */
function withoutGlobals(words: readonly string[]): { before: readonly string[]; dir: string | undefined } {
  const before: string[] = [];
  let dir: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--dir") dir = words[++index];
    else if (word.startsWith("--dir=")) dir = word.slice("--dir=".length);
    else if (!GLOBALS.includes(word)) before.push(word);
  }
  return { before, dir };
}

interface Typed {
  readonly before: readonly string[];
  /** The word that is being typed. */
  readonly last: string;
  readonly options: CommandOptions;
}

/** The flag that is spelt so, where it takes a value. */
function valueFlag({ flags }: Verb, spelt: string | undefined): Verb["flags"][number] | undefined {
  return flags.find(
    ({ name, short, takesValue }) => takesValue && spelt !== undefined && [name, short].includes(spelt),
  );
}

/** @param which the command and its flag */
async function valuesOf(which: string, context: CommandContext, typed: Typed): Promise<readonly string[]> {
  switch (which.replace(/^.* /, "")) {
    case "--status":
      return which.startsWith("prune ") ? ["completed", "failed", "cancelled"] : [...LISTED_STATES, "waiting"];
    case "--sort":
      return ["started", "updated", "state", "workflow", "id"];
    case "--durability":
      return ["sync", "os"];
    case "--template":
      return templateNames();
    case "--module":
      return modulesFor(context, typed);
    case "--from": // of inspect it is an event's number
      return which.startsWith("fork ") ? stepNames(context, typed) : [];
    case "--step":
      return stepNames(context, typed);
    case "--redact":
      return [...(await stepNames(context, typed)), "all"];
    default:
      return [];
  }
}

/** Which argument is being typed, and what it could be. */
async function argumentOf(verb: Verb, context: CommandContext, typed: Typed): Promise<readonly string[]> {
  const given = argumentsGiven(verb, typed.before);
  const last = verb.args.at(-1);
  const wanted = verb.args[given.length] ?? (last?.endsWith("...") === true ? last : undefined);
  switch (wanted?.replace("...", "")) {
    case "run": {
      const store = await openCommandStore(context, typed.options);
      return [...runsFor(verb.name, store), "latest"];
    }
    case "message": {
      const store = await openCommandStore(context, typed.options);
      const { facts } = readRun(store, store.resolve(given[0] ?? ""));
      if (isFinished(shownState(facts))) return [];
      return [...new Set([...(waitingFor(facts.history)?.messages ?? []), ...(declaredNames(facts) ?? [])])];
    }
    case "location":
      return stepNames(context, typed);
    case "module":
      return modulesFor(context, typed);
    case "file":
    case "dir":
      return [ANY_FILE];
    case "shell":
      return Object.keys(SCRIPTS);
    default:
      return [];
  }
}

/** Only a shell knows whose home `~` is. */
function modulesFor({ folder }: CommandContext, { last }: Typed): readonly string[] {
  return last.startsWith("~") ? [ANY_FILE] : modulesAt(folder, last);
}

/** The runs with which a command can do something. */
function runsFor(verb: string, store: Store): string[] {
  const isMeant = STATES_FOR[verb];
  if (isMeant === undefined) return store.ids();
  const state = ({ summary, isOwned }: RunListing): ShownState | undefined =>
    summary === undefined ? undefined : shownStateOf(summary, isOwned);
  return store.list().flatMap((listing) => {
    const shown = state(listing);
    return shown !== undefined && isMeant(shown, listing.isOwned) ? [listing.run] : [];
  });
}

const STATES_FOR: Readonly<Record<string, (state: ShownState, isOwned: boolean) => boolean>> = {
  resume: (state, isOwned) => !isFinished(state) && !isOwned,
  send: (state) => !isFinished(state),
  wake: (state) => !isFinished(state),
  cancel: (state) => !isFinished(state),
  retry: (state) => state === "failed",
};

async function stepNames(context: CommandContext, { before, options }: Typed): Promise<string[]> {
  const store = await openCommandStore(context, options);
  const verb = context.verbs().find(({ name, alias }) => name === before[0] || alias === before[0]);
  const [run = "latest"] = verb === undefined ? [] : argumentsGiven(verb, before);
  const { facts } = readRun(store, store.resolve(run));
  return [...new Set(locationsIn(facts.history.root))];
}

/** The arguments among the words: neither the verb, nor flags and their values. */
function argumentsGiven(verb: Verb, before: readonly string[]): string[] {
  const given: string[] = [];
  for (let index = 1; index < before.length; index++) {
    const word = before[index] ?? "";
    if (!word.startsWith("-")) given.push(word);
    else if (valueFlag(verb, word) !== undefined) index++;
  }
  return given;
}
