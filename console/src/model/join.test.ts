import { expect, test } from 'vitest';
import { dials, isLoopback } from './join';

test('a token says where it leads', () => {
  expect(dials('midplane runner join mp1.MTI3LjAuMC4xOjcxNDM.klwfb7on5G.0-50GT')).toBe('127.0.0.1:7143');
  expect(dials('midplane runner join')).toBeUndefined();
});

test('what only this machine reaches is known', () => {
  for (const address of ['127.0.0.1:7443', 'localhost:7443', '[::1]:7443']) expect(isLoopback(address)).toBe(true);
  for (const address of ['10.0.0.4:7443', 'midplane.example.com:7443']) expect(isLoopback(address)).toBe(false);
});
