// The time, as far as a screen follows it. One timer for each pace, however many things show a time.

import { useSyncExternalStore } from 'react';

class Clock {
  private time = Date.now();
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly everyMs: number) {}

  /** The same function every time: React begins anew with another one. */
  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.timer ??= setInterval(this.tick, this.everyMs);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  };

  /** Old when nobody listened for a while: whoever comes next gets the time anew. */
  readonly now = (): number => {
    if (!this.timer && Date.now() - this.time > this.everyMs) this.time = Date.now();
    return this.time;
  };

  private readonly tick = (): void => {
    this.time = Date.now();
    for (const listener of this.listeners) listener();
  };
}

const clocks = new Map<number, Clock>();

function clockOf(everyMs: number): Clock {
  const clock = clocks.get(everyMs) ?? new Clock(everyMs);
  clocks.set(everyMs, clock);
  return clock;
}

/** Now, and again every so often while it is shown. */
export function useNow(everyMs = 1_000): number {
  const clock = clockOf(everyMs);
  return useSyncExternalStore(clock.listen, clock.now);
}
