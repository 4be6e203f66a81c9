// States as the API names them, as words and as one of five tones. A tone never stands alone: its word is beside it.

export type Tone = 'good' | 'bad' | 'busy' | 'held' | 'quiet';

const TONES: Record<string, Tone> = {
  running: 'good',
  connected: 'good',
  ready: 'good',
  completed: 'good',
  released: 'good',
  good: 'good',
  arrived: 'good',
  over: 'quiet',
  given_up: 'bad',
  open: 'bad',
  returned: 'bad',
  muted: 'quiet',
  resolved: 'good',
  paused: 'held',
  ended: 'good',
  cancelled: 'quiet',
  waiting: 'busy',
  failed: 'bad',
  not_done: 'bad',
  runtime_lost: 'bad',
  lost: 'bad',
  locked: 'bad',
  revoked: 'bad',
  rolled_back: 'bad',
  refused: 'bad',
  failing: 'bad',
  updating: 'busy',
  awaited: 'busy',
  late: 'held',
  handled: 'held',
  still_failing: 'held',
  held: 'held',
  stopped: 'quiet',
  superseded: 'quiet',
  live: 'good',
  replaced: 'quiet',
};

/** What is not known is busy. */
export function tone(state: string): Tone {
  return TONES[state] ?? 'busy';
}

/** `runtime_lost` -> `Runtime lost` */
export function spoken(state: string): string {
  const text = state === 'inflight' ? 'in flight' : state.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The states that ask somebody to do something, the worst first. */
export const NEEDS_ATTENTION = ['failed', 'runtime_lost', 'held'];

export const DONE_PHASES = ['ready', 'failed', 'rolled_back', 'superseded', 'stopped'];

/** Whatever a word means elsewhere: a phase that others follow is on its way. */
export function phaseTone(phase: string): Tone {
  return DONE_PHASES.includes(phase) ? tone(phase) : 'busy';
}
