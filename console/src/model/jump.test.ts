import { expect, test } from 'vitest';
import { matches, parametersOf } from './jump';

const places = ['Messages', 'orders', 'reorders', 'prices'].map((name) => ({
  key: name,
  name,
  about: '',
  path: `/${name}`,
}));

test('what begins with it comes before a search for it, then comes what holds it', () => {
  expect(matches(places, 'ORDERS').map((place) => place.name)).toEqual([
    'orders',
    'Search messages for ORDERS',
    'reorders',
  ]);
  expect(matches(places, ' A-17 ').map((place) => place.parameters?.q)).toEqual(['A-17']);
  expect(matches(places, '')).toHaveLength(4);
});

test('a name is found however its words are set apart', () => {
  const back = { key: 'a', name: 'Roll back orders', about: '', path: '/' };
  for (const typed of ['rollback', 'roll back', 'Rollback  orders'])
    expect(matches([...places, back], typed)[0]?.key).toBe('a');
});

test('a place elsewhere moves the console there, and leaves one alone that shows all', () => {
  const place = { key: 'a', name: 'a', about: '', path: '/', environment: 'dev', parameters: { at: 'dev' } };
  expect(parametersOf(place, null)).toEqual({ at: 'dev' });
  expect(parametersOf(place, 'dev')).toEqual({ at: 'dev' });
  expect(parametersOf(place, 'prod')).toEqual({ at: 'dev', env: 'dev' });
});
