import { expect, test } from 'vitest';
import { xmlProblem } from './markup';

test('what is well-formed has no problem', () => {
  expect(xmlProblem('<?xml version="1.0"?>\n<!-- c -->\n<a x="1"><b/>&amp;<![CDATA[<x>]]></a>\n')).toBeUndefined();
  expect(xmlProblem('\uFEFF<!DOCTYPE a><a>[masked $.customer]</a>')).toBeUndefined();
});

test('a tag that closes nothing, or is not closed, is named with its place', () => {
  expect(xmlProblem('<a>\n  <b>1</b></a></b></a>')).toBe(
    'It is not well-formed XML: line 2, column 15, </b> closes nothing.',
  );
  expect(xmlProblem('<a><b x="1">1</a>')).toBe('It is not well-formed XML: line 1, column 4, <b> is not closed.');
});

test('of anything else the place is said', () => {
  expect(xmlProblem('<a>1 & 2</a>')).toBe('It is not well-formed XML: line 1, column 6.');
  expect(xmlProblem('<a x=1/>')).toMatch(/line 1, column \d/);
  expect(xmlProblem('<a/>\n<b/>')).toMatch(/line 2, column 1, this stands outside/);
  expect(xmlProblem('text<a/>')).toMatch(/outside/);
});
