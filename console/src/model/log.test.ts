import { expect, test } from 'vitest';
import { folded, hits, logText, shortLogger } from './log';

test('a logger keeps its end', () => {
  expect(shortLogger('org.apache.camel.Timer')).toBe('o.a.c.Timer');
  expect(shortLogger('main')).toBe('main');
  expect(shortLogger('')).toBe('');
});

test('what is looked for is found whatever its case, every time', () => {
  expect(hits('Price of price', 'PRICE')).toEqual([
    { text: 'Price', isHit: true },
    { text: ' of ', isHit: false },
    { text: 'price', isHit: true },
  ]);
  expect(hits('none', '')).toEqual([{ text: 'none', isHit: false }]);
  expect(hits('', 'x')).toEqual([]);
});

test('a stack trace belongs to its line', () => {
  const entry = {
    integration: 'orders',
    time: 't',
    level: 'WARN',
    logger: 'l',
    thread: 'm',
    message: 'no',
    stack: 'at x',
  };
  expect(logText(entry)).toBe('t WARN  orders l [m] no\nat x');
});

test('a stack is folded to what was thrown and where', () => {
  expect(folded('a.B: no\n\tat c\n\tat d\n\tat e\n')).toEqual({
    first: 'a.B: no\n\tat c',
    rest: '\tat d\n\tat e',
    more: 2,
  });
  expect(folded('a.B: no\n\tat c\n\tat d\n')).toEqual({ first: 'a.B: no\n\tat c\n\tat d', rest: '', more: 0 });
});
