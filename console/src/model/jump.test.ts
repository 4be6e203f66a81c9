import { expect, test } from 'vitest';
import { matches } from './jump';

const places = ['Messages', 'orders', 'reorders', 'prices'].map((name) => ({
  key: name,
  name,
  about: '',
  path: `/${name}`,
}));

test('what begins with it comes before what holds it, and any text can be searched for', () => {
  expect(matches(places, 'ORDERS').map((place) => place.name)).toEqual(['orders', 'reorders', 'Messages: ORDERS']);
  expect(matches(places, ' A-17 ').map((place) => place.parameters?.q)).toEqual(['A-17']);
  expect(matches(places, '')).toHaveLength(4);
});

test('a name is found however its words are set apart', () => {
  const back = { key: 'a', name: 'Roll back orders', about: '', path: '/' };
  for (const typed of ['rollback', 'roll back', 'Rollback  orders'])
    expect(matches([...places, back], typed)[0]?.key).toBe('a');
});
