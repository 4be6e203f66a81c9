// Routes that the layout is tested over: every kind of node that holds others, alone, in each other, and many times.

import type { Shape, ShapeNode } from './tree';

/** `kind` or `kind label`, nested lists inside of the one before. */
type Plan = (string | Plan)[];

function shape(name: string, plan: Plan): Shape {
  const nodes: ShapeNode[] = [{ node: 'from', kind: 'from', label: `direct://${name}`, parent: 0, line: 1 }];
  const counts = new Map<string, number>();
  const walk = (inside: Plan, parent: number) => {
    let last = parent;
    for (const one of inside) {
      if (typeof one !== 'string') {
        walk(one, last);
        continue;
      }
      const [kind = '', ...words] = one.split(' ');
      const ordinal = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, ordinal);
      nodes.push({ node: `${kind}#${ordinal}`, kind, label: words.join(' ') || null, parent, line: nodes.length + 1 });
      last = nodes.length;
    }
  };
  walk(plan, 1);
  return { name, integration: 'samples', environment: 'dev', from: `direct://${name}`, nodes };
}

const HOLDERS = [
  'split',
  'loop',
  'filter',
  'aggregate',
  'idempotentConsumer',
  'step',
  'pipeline',
  'kamelet',
  'throttle',
  'saga',
  'transacted',
  'resequence',
];
const BRANCHES: [string, Plan][] = [
  ['choice', ['when a', ['to a'], 'when b', ['to b', 'log b'], 'otherwise', ['to c']]],
  ['choiceOpen', ['when a', ['to a']]],
  ['multicast', ['to a', 'to b', 'to c']],
  ['loadBalance', ['to a', 'to b']],
  ['doTry', ['to a', 'log a', 'doCatch', ['to b'], 'doFinally', ['log c']]],
  ['circuitBreaker', ['to a', 'onFallback', ['setBody x']]],
];

export function routes(): Shape[] {
  const out: Shape[] = [
    shape('alone', []),
    shape('line', ['unmarshal json', 'to a', 'log done']),
    shape('caught', ['onException', ['to dead'], 'to a', 'onCompletion', ['log end']]),
    shape('deep', [
      'split',
      ['choice', ['when a', ['split', ['loop', ['to a']]], 'otherwise', ['multicast', ['to b', 'to c']]]],
      'to d',
    ]),
    shape('wide', [
      'choice',
      Array.from({ length: 12 }, (_, at) => [`when ${at}`, [`to ${at}`]]).flat() as Plan,
      'to end',
    ]),
    shape(
      'long',
      Array.from({ length: 60 }, (_, at) => `to ${at}`),
    ),
  ];
  out.push(
    shape('choiceTwo', [
      'split',
      [
        'choice',
        ['when ${body.qty} > 10', ['wireTap bulk'], 'when ${body.qty} == 0', ['log none'], 'otherwise', ['to a']],
      ],
      'to end',
    ]),
    shape('choiceUntold', ['choice when[simple{${body}}]otherwise', ['setHeader a', 'setBody b', 'to c'], 'to end']),
    shape('choiceUntoldOpen', ['choice when[simple{${body}}]', ['throwException a'], 'to end']),
    shape('choiceOpenTwice', ['choice', ['when a', ['choice', ['when b', ['to b']]], 'when c', ['to c']], 'to end']),
    shape('refused', ['choice', ['when a', ['setBody no', 'stop'], 'otherwise', ['throwException b']], 'to never']),
    shape('breaker', ['circuitBreaker', ['to a', 'log a', 'onFallback', ['setBody x', 'log b']], 'to end']),
    shape('tried', ['doTry', ['validate a', 'doCatch', ['setBody no', 'stop'], 'doFinally', ['log c']], 'to end']),
    shape('triedNever', ['doTry', ['throwException a', 'doFinally', ['log c']], 'to end']),
  );
  for (const kind of HOLDERS) {
    out.push(shape(`${kind}-one`, [kind, ['to a'], 'to b']));
    out.push(shape(`${kind}-last`, ['to a', kind, ['to b', 'log c']]));
  }
  for (const [name, inside] of BRANCHES) {
    const kind = name === 'choiceOpen' ? 'choice' : name;
    out.push(shape(`${name}-plain`, [kind, inside, 'to end']));
    out.push(shape(`${name}-last`, ['to begin', kind, inside]));
    for (const holder of ['split', 'filter', 'loop'])
      out.push(shape(`${name}-in-${holder}`, [holder, [kind, inside, 'to x'], 'to end']));
    for (const [other, ways] of BRANCHES.slice(0, 3)) {
      const first = other === 'choiceOpen' ? 'choice' : other;
      if (first === 'multicast') out.push(shape(`${name}-beside-${other}`, [kind, inside, first, ways]));
      else out.push(shape(`${name}-in-${other}`, [first, ['when x', [kind, inside]], 'to end']));
    }
  }
  return out;
}
