// What a runtime says of itself, condition by condition: its name in words, and whether it hurts or is only advice.

export type Condition = { component: string; ok: boolean; reason: string };

/** Where the word of the runtime does not say it to whoever reads it for the first time. */
const NAMES: Record<string, string> = {
  base_library: 'Base library of Camel',
  disk: 'Disk space',
  ports: 'Ports for workloads',
  privilege_separation: 'Workloads apart from the runner',
  prune: 'Removal of old workloads',
  specifications: 'What it is asked to run',
  memory_limits: 'Memory limits',
};

export function nameOf(component: string): string {
  const text = NAMES[component] ?? component.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Nothing stands still because of these; others keep something from running. */
const ADVICE = ['clock', 'prune', 'privilege_separation'];
/** In which case one of these is no mere advice. */
const HURTS = /cannot pass through/;
/** What failed has a code; what is only being done has none. */
const CODE = /\(MP-[A-Z]+-\d+\)$/;

/** `warning`: everything goes on, and somebody should know of it. `waiting`: it comes by itself. */
export function stateOf({ component, ok, reason }: Condition): 'good' | 'waiting' | 'warning' | 'failing' {
  if (ok) return 'good';
  if (component === 'base_library' && !CODE.test(reason)) return 'waiting';
  const isAdvice = ADVICE.includes(component) || (component === 'disk' && reason.includes('make room'));
  return isAdvice && !HURTS.test(reason) ? 'warning' : 'failing';
}

export function failing(conditions: Condition[]): Condition[] {
  return conditions.filter((one) => stateOf(one) === 'failing');
}

export function warnings(conditions: Condition[]): Condition[] {
  return conditions.filter((one) => stateOf(one) === 'warning');
}
