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
