// SubjectCounts: how often each subject was seen, with a rate that forgets. Bounded: what was
// quiet longest makes room.

import type { SubjectRow } from "./protocol";

const subjectsMax = 5000;
const halfLifeMs = 2000;

export class SubjectCounts {
  readonly #rows = new Map<string, SubjectRow & { fresh: number }>();
  #countedAt = 0;

  get size(): number {
    return this.#rows.size;
  }

  count(subject: string, bytes: number, at: number): void {
    let row = this.#rows.get(subject);
    if (!row) {
      if (this.#rows.size >= subjectsMax) this.#makeRoom();
      row = { subject, messages: 0, bytes: 0, rate: 0, at, fresh: 0 };
      this.#rows.set(subject, row);
    }
    row.messages += 1;
    row.bytes += bytes;
    row.fresh += 1;
    row.at = at;
  }

  // The busiest, then the latest. To be called at a steady pace.
  top(count: number, now: number): SubjectRow[] {
    const elapsed = Math.max(now - this.#countedAt, 1);
    this.#countedAt = now;
    const kept = 0.5 ** (elapsed / halfLifeMs);
    const rows = [...this.#rows.values()];
    for (const row of rows) {
      const rate = row.rate * kept + ((row.fresh * 1000) / elapsed) * (1 - kept);
      row.rate = rate < 0.01 ? 0 : rate;
      row.fresh = 0;
    }
    rows.sort((left, right) => right.rate - left.rate || right.at - left.at);
    return rows.slice(0, count).map(({ fresh: _, ...row }) => row);
  }

  clear(): void {
    this.#rows.clear();
  }

  #makeRoom(): void {
    const rows = [...this.#rows.values()].sort((left, right) => left.at - right.at);
    for (const row of rows.slice(0, subjectsMax / 10)) this.#rows.delete(row.subject);
  }
}
