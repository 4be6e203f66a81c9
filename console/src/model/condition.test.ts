import { expect, test } from 'vitest';
import { failing, nameOf, stateOf, warnings } from './condition';

const not = (component: string, reason: string) => ({ component, ok: false, reason });

test('advice is a warning, and what keeps a workload from running is failing', () => {
  expect(stateOf({ component: 'java', ok: true, reason: 'Java 21' })).toBe('good');
  expect(stateOf(not('privilege_separation', 'workloads run as the same user as the runner'))).toBe('warning');
  expect(stateOf(not('privilege_separation', 'workloads run as user 7 and cannot pass through `/root`'))).toBe(
    'failing',
  );
  expect(stateOf(not('disk', '9 MiB free; make room before the next deployment'))).toBe('warning');
  expect(stateOf(not('disk', 'writing fails: no space'))).toBe('failing');
  expect(stateOf(not('telemetry', 'the spool could not be opened (MP-TEL-04)'))).toBe('failing');
});

test('a base library that is being fetched is waited for', () => {
  expect(stateOf(not('base_library', 'fetching 12 of 80'))).toBe('waiting');
  expect(stateOf(not('base_library', 'no way to the repository (MP-RUN-22)'))).toBe('failing');
});

test('both kinds are told apart', () => {
  const all = [not('ports', 'none left'), not('prune', 'held back')];
  expect([failing(all), warnings(all)]).toEqual([[all[0]], [all[1]]]);
});

test('a condition has a name in words, also one that is not known here', () => {
  expect([nameOf('prune'), nameOf('telemetry'), nameOf('next_thing')]).toEqual([
    'Removal of old workloads',
    'Telemetry',
    'Next thing',
  ]);
});
