// Counts what holds, and waits for what has to happen.

import { inspect, isDeepStrictEqual } from 'node:util';

let passed = 0;
let failed = 0;

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 6, breakLength: Infinity, compact: true });
  return text.length > 800 ? `${text.slice(0, 800)}…` : text;
}

/** One check; `seen` is what is told when it does not hold. */
export function check(what: string, holds: boolean, seen?: unknown): void {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok  ' : 'FAIL'}  ${what}${holds || seen === undefined ? '' : `: ${show(seen)}`}`);
}

/** Checks that two values are the same all the way down. */
export function same(what: string, seen: unknown, wanted: unknown): void {
  check(what, isDeepStrictEqual(seen, wanted), `${show(seen)} instead of ${show(wanted)}`);
}

/** Runs a group of checks; what it throws is one that failed, and the next group still runs. */
export async function scene(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    check(`${name}: runs to its end`, false, error instanceof Error ? error.message : error);
    if (process.env.VERBOSE) console.error(error);
  }
}

export const PATIENCE = 5_000;

/** Waits for what has to happen, not for ever. */
export async function within<T>(what: string, happens: PromiseLike<T>, patience = PATIENCE): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience} ms for ${what}`)), patience);
  });
  try {
    return await Promise.race([happens, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Says how it went. True when all is well. */
export function outcome(): boolean {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
}

/** What arrives from elsewhere, to be taken one by one. */
export class Queue<T> {
  readonly all: T[] = [];
  private taken = 0;
  private ended: Error | undefined;
  private wake: () => void = () => {};

  push(item: T): void {
    this.all.push(item);
    this.wake();
  }

  /** No more will come; whoever waits is told why. */
  end(why: Error): void {
    this.ended ??= why;
    this.wake();
  }

  /** Waits until as many as `count` have come. */
  async reach(what: string, count: number, patience = PATIENCE): Promise<void> {
    const until = Date.now() + patience;
    while (this.all.length < count) {
      if (this.ended) throw new Error(`waited for ${what}; ${this.ended.message}`);
      await this.more(what, until);
    }
  }

  private more(what: string, until: number): Promise<void> {
    return within(what, new Promise<void>((resolve) => (this.wake = resolve)), Math.max(1, until - Date.now()));
  }

  /** The next one that `wanted` says yes to; those before it are skipped. */
  async next(what: string, wanted: (item: T) => boolean = () => true, patience = PATIENCE): Promise<T> {
    const until = Date.now() + patience;
    for (;;) {
      while (this.taken < this.all.length) {
        const item = this.all[this.taken++]!;
        if (wanted(item)) return item;
      }
      if (this.ended) throw new Error(`waited for ${what}; ${this.ended.message}`);
      await this.more(what, until);
    }
  }
}
