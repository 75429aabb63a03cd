/** Which answers came in another order than they were recorded. */
import type { Finding } from "./ledger.ts";

/**
 * The fewest findings that would have to be put elsewhere for the rest to be in recorded order: those outside of a
 * longest increasing subsequence.
 */
export function outOfOrder(findings: readonly Finding[]): ReadonlySet<Finding> {
  const ordered = findings.filter(({ index, orderMatters }) => index !== undefined && orderMatters !== false);
  if (isIncreasing(ordered)) return new Set();
  // `ends[n]`: the finding with the lowest index at which an increasing subsequence of n + 1 findings ends.
  const ends: Finding[] = [];
  const before = new Map<Finding, Finding | undefined>();
  for (const finding of ordered) {
    const at = firstNotBelow(ends, finding.index ?? 0);
    before.set(finding, ends[at - 1]);
    ends[at] = finding;
  }
  const moved = new Set(ordered);
  for (let finding = ends.at(-1); finding !== undefined; finding = before.get(finding)) moved.delete(finding);
  return moved;
}

function isIncreasing(findings: readonly Finding[]): boolean {
  return findings.every((finding, at) => at === 0 || (findings[at - 1]?.index ?? 0) < (finding.index ?? 0));
}

function firstNotBelow(ends: readonly Finding[], index: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle]?.index ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
