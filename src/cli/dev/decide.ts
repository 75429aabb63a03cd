/** What a supervisor does about a run: pure, so that each case is one line of a test. */
import type { RunListing } from "../../fs-driver/index.ts";
import { shownStateOf, waitingForOf } from "../summary-fold.ts";
import { isFinished } from "../views/run-facts.ts";

/** What is to be done. */
export type Decision = "take up" | "leave" | "over";

/** What is known besides the run's summary. */
export interface DecisionFacts {
  readonly now: number;
  /** Whether something lies in its inbox that was not there when it last came to rest, and that it waits for. */
  readonly hasNews: () => boolean;
  /** Not to be tried again before this time, ms since 1970. */
  readonly notBefore: number;
  /** Its code does not fit what is on record or is being compared with it, or its process keeps dying. */
  readonly isSetAside: boolean;
  /** It was paused when it was set aside, and its code was edited since. */
  readonly isRenewed: boolean;
}

/** Whether the run is to be taken up now. */
export function decide({ summary, isOwned }: RunListing, facts: DecisionFacts): Decision {
  if (summary === undefined) return "leave";
  const state = shownStateOf(summary, isOwned);
  if (isFinished(state)) return "over";
  if (isOwned || facts.isSetAside || facts.now < facts.notBefore) return "leave";
  switch (state) {
    case "paused":
      return facts.isRenewed ? "take up" : "leave";
    case "sleeping": {
      const until = waitingForOf(summary)?.until ?? summary.waitingFor?.until;
      return (until !== undefined && until <= facts.now) || facts.hasNews() ? "take up" : "leave";
    }
    default:
      return "take up";
  }
}
