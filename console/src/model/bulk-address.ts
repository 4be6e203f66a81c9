// What was asked of a replay of many messages, as an address holds it: so that asking again begins with the same.

import { type Rules, wrong } from './bulk';

/** `canary=none` is what somebody chose; no `canary` is what is proposed. */
const NONE = 'none';

export type Asked = { rules: Rules; repeats: boolean };

export function readAsked(parameters: URLSearchParams, otherwise: Rules): Asked {
  const number = (name: string, fallback: number) => {
    const text = parameters.get(name);
    return text ? Number(text) : fallback;
  };
  const canary = parameters.get('canary');
  const rules = {
    canary: canary === NONE ? null : canary ? Number(canary) : otherwise.canary,
    perSecond: number('rate', otherwise.perSecond),
    stopAfter: number('stop', otherwise.stopAfter),
  };
  return { rules: wrong(rules) ? otherwise : rules, repeats: parameters.get('effects') === 'again' };
}

export function writeAsked({ canary, perSecond, stopAfter }: Rules, repeats = false): Record<string, string> {
  return {
    canary: canary === null ? NONE : String(canary),
    rate: String(perSecond),
    stop: String(stopAfter),
    ...(repeats ? { effects: 'again' } : {}),
  };
}
