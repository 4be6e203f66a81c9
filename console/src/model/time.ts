// Instants and durations as people read them. No clock of its own: `now` is an argument.

const UNITS: [limitS: number, divideS: number, unit: string][] = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [Number.POSITIVE_INFINITY, 86_400, 'd'],
];

/** `12 s ago`, `in 3 h`; what is younger than a second is `now`. What is to come is rounded: a day that just began is `in 1 d`. */
export function ago(at: string | null | undefined, now: number): string {
  const then = at ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(then)) return 'never';
  const seconds = Math.round((now - then) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 1) return 'now';
  const whole = seconds < 0 ? Math.round : Math.floor;
  const [, divide, unit] = UNITS.find(([limit, each]) => whole(distance / each) * each < limit) ?? [0, 86_400, 'd'];
  const text = `${whole(distance / divide)} ${unit}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-11-27 03:04:05.678` in the browser's zone. */
export function absolute(at: string | null | undefined, withMs = false): string {
  const date = new Date(at ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clock(date, withMs)}`;
}

/** `03:04:05` */
export function clock(date: Date, withMs = false): string {
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${text}.${String(date.getMilliseconds()).padStart(3, '0')}` : text;
}

/** `03:04:05.678` today, `11-26 03:04` on another day. */
export function moment(at: string, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  if (date.toDateString() === new Date(now).toDateString()) return clock(date, true);
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(date).slice(0, 5)}`;
}

/** `870 µs`, `14 ms`, `2.1 s`, `3 min 5 s`: two digits that matter. */
export function duration(us: number | null | undefined): string {
  if (us === null || us === undefined) return '';
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${digits(us / 1_000)} ms`;
  if (us < 60_000_000) return `${digits(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function digits(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** `412 MB` */
export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return '';
  if (count < 1_000) return `${count} B`;
  const [divide, unit] = count < 1e6 ? [1e3, 'kB'] : count < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${digits(count / divide)} ${unit}`;
}

/** `1,204` up to five digits, then `12.4 k`. */
export function count(value: number): string {
  if (value < 100_000) return value.toLocaleString('en-US');
  return value < 1e6 ? `${digits(value / 1e3)} k` : `${digits(value / 1e6)} M`;
}

/** `0.4 %`; something that happened is never shown as none. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const percent = (100 * part) / whole;
  return percent < 0.1 ? '< 0.1 %' : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** How far another clock is from ours: within a second nobody has to know. */
export function skew(aheadMs: number | null | undefined): string {
  if (aheadMs === null || aheadMs === undefined) return '';
  if (Math.abs(aheadMs) < 1_000) return 'in step with ours';
  return `${duration(Math.abs(aheadMs) * 1_000)} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
}
